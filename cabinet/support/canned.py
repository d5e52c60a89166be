"""Answers kept ready: kept by staff, filled with what is known of the request."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import changes, record
from cabinet.errors import BadFields, NotFound
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.kit.text import fold
from cabinet.residents.person import Permission, Person
from cabinet.support.models import CannedAnswer

LONGEST_TITLE = 100
LONGEST_TEXT = 4000
PLACES = ("name", "number", "subject", "account")
"""What stands in braces in a text and is filled in: {name}, {number}…"""
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class CannedValues:
    """What staff enter; without English those who read English get the Russian text."""

    title: str
    text_ru: str
    text_en: str = ""


async def list_canned(*, session: AsyncSession) -> list[CannedAnswer]:
    """The answers in use, by title."""
    rows = await session.exec(select(CannedAnswer).where(col(CannedAnswer.withdrawn_at).is_(None)))
    return sorted(rows, key=lambda one: fold(one.title))


async def get_canned(canned_id: UUID, *, session: AsyncSession) -> CannedAnswer:
    """One answer in use. Raises NotFound."""
    row = await session.get(CannedAnswer, canned_id)
    if row is None or row.withdrawn_at is not None:
        raise NotFound
    return row


async def save_canned(
    canned_id: UUID | None, values: CannedValues, *, by: Person, session: AsyncSession, address: str = ""
) -> UUID:
    """Write an answer to keep, or change one. Raises Forbidden, NotFound, BadFields."""
    by.require(Permission.EDIT_TICKETS)
    if problems := dict(_problems(values)):
        raise BadFields(problems)
    row = await _locked(canned_id, session) if canned_id else None
    before = row.model_dump() if row else {}
    action = "edit" if row else "create"
    row = row or CannedAnswer(**asdict(values))
    row.sqlmodel_update(asdict(values))
    session.add(row)
    await session.flush()
    was, now_is = changes(before, row.model_dump())
    await record(by.id, action, "canned_answer", row.id, was, now_is, address, session=session)
    return row.id


async def withdraw_canned(canned_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Offer it no more. Raises Forbidden, NotFound."""
    by.require(Permission.EDIT_TICKETS)
    row = await _locked(canned_id, session)
    row.withdrawn_at = now()
    await record(by.id, "withdraw", "canned_answer", row.id, None, None, address, session=session)


def text_in(canned: CannedAnswer, locale: str) -> str:
    """The text for a reader of that language."""
    return canned.text_en if locale == "en" and canned.text_en else canned.text_ru


def fill_places(text: str, known: dict[str, str]) -> str:
    """The text with what is known in its places; what is not known stays, to be seen and filled in by hand."""
    return _PLACE.sub(lambda found: known.get(found[1]) or found[0], text)


async def _locked(canned_id: UUID, session: AsyncSession) -> CannedAnswer:
    row = await session.get(CannedAnswer, canned_id, with_for_update=True, populate_existing=True)
    if row is None or row.withdrawn_at is not None:
        raise NotFound
    return row


def _problems(values: CannedValues) -> Iterator[tuple[str, str]]:
    if not values.title:
        yield "title", _("Write a title.")
    if not values.text_ru:
        yield "text_ru", _("Write the text.")
    limits = {"title": LONGEST_TITLE, "text_ru": LONGEST_TEXT, "text_en": LONGEST_TEXT}
    for name, limit in limits.items():
        text = getattr(values, name)
        if len(text) > limit:
            yield name, _("Up to {count} characters fit here.").format(count=limit)
        elif unknown := sorted(set(_PLACE.findall(text)) - set(PLACES)):
            yield (
                name,
                _("There is no place named {name}. Use {known}.").format(
                    name="{" + unknown[0] + "}", known=", ".join("{" + place + "}" for place in PLACES)
                ),
            )
