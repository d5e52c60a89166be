"""Invented residents who signed up and linked accounts in the last weeks, so that staff see life on a fresh start.

They take accounts that are neither offered to newcomers nor in debt: those are for people to try. They pay nothing,
because a payment that the processor does not know would be a difference in the nightly reconciliation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.demo.catalogue import demo_id
from cabinet.demo.people import invent_owner
from cabinet.residents.models import Resident
from cabinet.residents.rows import search_key

COUNT = 36
_DAYS = 30
_PROVE = 0.6
"""So many prove that the account is theirs."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The rows, in the order in which they refer to each other."""

    residents: list[Resident] = field(default_factory=list[Resident])
    links: list[AccountLink] = field(default_factory=list[AccountLink])


def make_neighbours(moment: datetime, account_ids: Sequence[UUID], password_hash: str) -> Neighbours:
    """Residents of the last 30 days before `moment`, each with one of the accounts; no letters reach them."""
    random, made = Random("neighbours"), Neighbours()  # noqa: S311 - invented lives, not secrets
    for index, account_id in enumerate(account_ids[:COUNT]):
        came = moment - timedelta(days=random.betavariate(1, 2) * _DAYS, minutes=7)
        resident = _resident(index, invent_owner(random), came, password_hash)
        made.residents.append(resident)
        linked = min(came + timedelta(minutes=random.randint(2, 90)), moment)
        made.links.append(_link(resident, account_id, linked, proves=random.random() < _PROVE))
    return made


def _resident(index: int, full_name: str, came: datetime, password_hash: str) -> Resident:
    email = f"zhitel{index + 1}@demo.example"
    return Resident(
        id=demo_id("resident", index),
        email=email,
        email_key=email,
        password_hash=password_hash,
        full_name=full_name,
        letters_about_payments=False,
        letters_about_bills=False,
        letters_about_readings=False,
        letters_about_notices=False,
        search_key=search_key(email, full_name, ""),
        created_at=came,
        confirmed_at=came + timedelta(minutes=1),
        welcomed_at=came + timedelta(minutes=5),
    )


def _link(resident: Resident, account_id: UUID, at: datetime, *, proves: bool) -> AccountLink:
    return AccountLink(
        id=demo_id("link", resident.id),
        resident_id=resident.id,
        account_id=account_id,
        level=LinkLevel.FULL if proves else LinkLevel.LITE,
        proved_at=at if proves else None,
        created_at=at,
    )
