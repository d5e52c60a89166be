"""Whom a notice is for: conditions for use inside queries."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, not_, or_
from sqlmodel import col

from cabinet.accounts.models import Account, AccountLink
from cabinet.kit.dates import now
from cabinet.notices.models import Notice


def is_shown() -> ColumnElement[bool]:
    """The notices whose time it is."""
    moment = now()
    return and_(
        col(Notice.withdrawn_at).is_(None),
        col(Notice.shown_from) <= moment,
        col(Notice.shown_until) > moment,
    )


def is_for(resident_id: Any, account_id: UUID | None = None) -> ColumnElement[bool]:
    """The notices for a resident by the links that are current, or by the one to `account_id`.

    The operator's without a part of an address are for everybody, also before the first account is linked;
    they concern no account in particular.
    """
    for_all = and_(col(Notice.provider_id).is_(None), col(Notice.address_part) == "")
    if account_id is not None:
        return and_(not_(for_all), _has_link(resident_id, col(Account.id) == account_id))
    return or_(for_all, _has_link(resident_id))


def address_holds(address: Any, part: Any) -> ColumnElement[bool]:
    """Whether the part stands in the address as whole words, whatever the case and the signs between.

    «садовая, д. 1» is in «ул. Садовая, д. 1, кв. 5» and not in «ул. Садовая, д. 12».
    """
    return func.strpos(_words(address), _words(part)) > 0


def is_current() -> ColumnElement[bool]:
    """The links that have neither ended nor expired."""
    expires = col(AccountLink.expires_at)
    return and_(col(AccountLink.ended_at).is_(None), or_(expires.is_(None), expires > now()))


def _has_link(resident_id: Any, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        col(AccountLink.resident_id) == resident_id,
        col(Account.id) == col(AccountLink.account_id),
        is_current(),
        or_(col(Notice.provider_id).is_(None), col(Account.provider_id) == col(Notice.provider_id)),
        or_(col(Notice.address_part) == "", address_holds(col(Account.address), col(Notice.address_part))),
        *more,
    )


def accounts_for(provider_id: UUID | None, address_part: str) -> Iterable[ColumnElement[bool]]:
    """The conditions on accounts that a notice of this provider and address concerns."""
    if provider_id is not None:
        yield col(Account.provider_id) == provider_id
    if address_part:
        yield address_holds(col(Account.address), literal(address_part))


def _words(text: Any) -> ColumnElement[str]:
    """The words with one space around each: folded as `kit.text.fold` does, without signs."""
    folded = func.replace(func.lower(text), "ё", "е")
    return literal(" ") + func.btrim(func.regexp_replace(folded, "[^[:alnum:]/]+", " ", "g")) + literal(" ")
