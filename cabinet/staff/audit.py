"""The log of what staff did and looked at: searched, read page by page, taken home as a file."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from csv import writer
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from json import dumps
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette_admin.routing import route

from cabinet.accounts.models import Account
from cabinet.audit.models import AuditRecord
from cabinet.audit.reading import Place, Wanted, every_record, find_records, place_of
from cabinet.database import read_only
from cabinet.i18n import N_, _, current_locale, use_locale
from cabinet.keys.models import ApiKey
from cabinet.kit.text import disarm_formula
from cabinet.payments.models import Payment
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Permission
from cabinet.staff.audit_words import ACTIONS, SUBJECTS, Change, changes_of, say_action, say_subject
from cabinet.staff.desk_view import note
from cabinet.staff.fields import key_contains
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.people_words import AUDIT_WORDS
from cabinet.staff.related import Line, person_line
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, as_id, with_query
from cabinet.support.models import Ticket

PAGE = 50
_MOST_PEOPLE = 50
_MACHINE = "-"
_PAGES = {
    "reading": "readings",
    "notice": "notices",
    "reconciliation": "money/reconciliation",
    "staff": "staff",
    "registry": "imports",
    "registry_export": "exports",
    "canned_answer": "canned",
    "webhook_endpoint": "keys/addresses",
}
"""Rows that have a page outside the tables."""
_ASKED = ("who", "action", "subject", "row", "since", "until", "address")


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as it is read."""

    at: datetime
    actor: Line | None
    action: str
    subject: str
    href: str
    subject_id: str
    changes: list[Change]
    address: str


class AuditView(WorkView):
    """The log. Looking at it is written down in it, too."""

    menu_label = later(N_("Audit log"))
    icon = "fa-solid fa-clipboard-list"
    path = "/audit"
    route_name = "audit"
    permission = Permission.SEE_AUDIT

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """A page of the records that were asked for."""
        session, asked = request.state.session, _asked(request)
        wanted = await _wanted(asked, desk_of(request), session)
        after = _place_in(request.query_params.get("after", ""))
        records = await find_records(wanted, session=session, after=after, limit=PAGE + 1)
        shown = await self._shown(records[:PAGE], desk_of(request), session)
        await note(request, "list", "audit", "", {"q": {k: v for k, v in asked.items() if v}})
        last = _say_place(place_of(records[PAGE - 1])) if len(records) > PAGE else ""
        return self.render(
            request,
            "audit.html",
            w=AUDIT_WORDS,
            records=shown,
            form=asked,
            actions=sorted(((key, _(word)) for key, word in ACTIONS.items()), key=lambda pair: pair[1]),
            subjects=sorted(((key, _(word)) for key, word in SUBJECTS.items()), key=lambda pair: pair[1]),
            next_page=with_query(f"{BASE}/audit", **asked, after=last) if last else "",
            first_page=with_query(f"{BASE}/audit", **asked) if after else "",
            file=with_query(f"{BASE}/audit/export", **asked),
        )

    @route("/export", name="audit-export")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def export(self, request: Request) -> Response:
        """All of them as CSV, read and sent in batches."""
        desk, asked = desk_of(request), _asked(request)
        wanted = await _wanted(asked, desk, request.state.session)
        await note(request, "export", "audit", "", {"q": {k: v for k, v in asked.items() if v}})
        return StreamingResponse(
            _csv(wanted, desk.timezone, current_locale()),
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="audit.csv"',
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _shown(self, records: Sequence[AuditRecord], desk: Desk, session: Any) -> list[Shown]:
        actors = await _actors_of(records, session)
        labels = {subject: self._labels(subject) for subject in {one.subject for one in records}}
        return [
            Shown(
                at=one.at,
                actor=actors.get(one.actor_id or one.key_id),
                action=say_action(one.action),
                subject=say_subject(one.subject),
                href=self._href(one),
                subject_id=one.subject_id,
                changes=list(changes_of(one.before, one.after, labels[one.subject], desk.timezone)),
                address=one.address,
            )
            for one in records
        ]

    def _table_of(self, subject: str) -> Any:
        admin: Any = self._admin
        return next((one for one in admin._model_views if one.subject == subject), None)

    def _labels(self, subject: str) -> dict[str, str]:
        table = self._table_of(subject)
        return {field.name: str(field.label) for field in table.fields} if table else {}

    def _href(self, record: AuditRecord) -> str:
        """The page of the row, if it has one."""
        if as_id(record.subject_id) is None:
            return ""
        if table := self._table_of(record.subject):
            return f"{BASE}/{table.key}/detail?pk={record.subject_id}"
        there = _PAGES.get(record.subject)
        return f"{BASE}/{there}/{record.subject_id}" if there else ""


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").replace("\x00", "").strip()[:200] for name in _ASKED}


async def _wanted(asked: dict[str, str], desk: Desk, session: Any) -> Wanted:
    zone = ZoneInfo(desk.timezone)
    since, until = (_day_in(asked[name]) for name in ("since", "until"))
    who, row = asked["who"], asked["row"]
    return Wanted(
        actors=await _actors(who, session) if who and who != _MACHINE else None,
        by_machine=who == _MACHINE,
        action=asked["action"],
        subject=asked["subject"],
        rows=await _rows(row, session) if row else None,
        since=datetime.combine(since, time.min, zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time.min, zone) if until else None,
        address=asked["address"],
    )


async def _actors(text: str, session: Any) -> list[UUID]:
    """Whom the words may mean: staff first, for the log is mostly theirs."""
    wanted = select(Resident.id).where(key_contains(Resident, text))
    ordered = wanted.order_by(col(Resident.role) == Role.RESIDENT, col(Resident.id))
    return list(await session.exec(ordered.limit(_MOST_PEOPLE)))


async def _rows(text: str, session: Any) -> list[str]:
    """The ids that the text may mean: an id itself, or the number or e-mail that people know the row by."""
    if as_id(text) is not None or not text:
        return [str(as_id(text) or text)]
    plain = text.removeprefix("№").replace(" ", "")
    ways = [
        select(Account.id).where(Account.number == plain),
        select(Resident.id).where(Resident.email_key == text.casefold()),
    ]
    if plain.isdecimal() and plain.isascii() and len(plain) < 18:
        ways += [select(one.id).where(col(one.number) == int(plain)) for one in (Payment, Ticket)]
    return [str(found) for way in ways for found in await session.exec(way.limit(_MOST_PEOPLE))]


async def _actors_of(records: Sequence[AuditRecord], session: Any) -> dict[UUID | None, Line]:
    """The people and the providers' keys that acted, by their ids."""
    people = select(Resident).where(col(Resident.id).in_({one.actor_id for one in records}))
    keys = select(ApiKey).where(col(ApiKey.id).in_({one.key_id for one in records}))
    found: dict[UUID | None, Line] = {one.id: person_line(one) for one in await session.exec(people)}
    return found | {one.id: _key_line(one) for one in await session.exec(keys)}


def _key_line(key: ApiKey) -> Line:
    return Line(f"{BASE}/keys", _("Program “{name}”").format(name=key.name), f"{key.prefix}…")


def _day_in(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) < day < date(2200, 1, 1) else None


def _say_place(place: Place) -> str:
    return f"{place[0].isoformat()}_{place[1]}"


def _place_in(text: str) -> Place | None:
    """The place in the address; anything else begins at the top."""
    at, _sign, number = text.partition("_")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    is_place = moment.tzinfo is not None and number.isdecimal() and len(number) < 19
    return (moment, int(number)) if is_place else None


async def _csv(wanted: Wanted, zone: str, locale: str) -> AsyncGenerator[bytes]:
    with use_locale(locale):
        heads = [
            str(AUDIT_WORDS[name]) for name in ("when", "who", "action", "subject", "row", "before", "after")
        ]
        heads.append(str(AUDIT_WORDS["address"]))
    yield b"\xef\xbb\xbf" + _lines([heads])
    async for batch in every_record(wanted):
        async with read_only() as session:
            with use_locale(locale):
                actors = await _actors_of(batch, session)
                rows = [_row(one, actors, zone) for one in batch]
        yield _lines(rows)


def _row(record: AuditRecord, actors: dict[UUID | None, Line], zone: str) -> list[str]:
    actor = actors.get(record.actor_id or record.key_id)
    return [
        record.at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds"),
        actor.text if actor else str(AUDIT_WORDS["machine"]),
        say_action(record.action),
        say_subject(record.subject),
        record.subject_id,
        dumps(record.before, ensure_ascii=False) if record.before else "",
        dumps(record.after, ensure_ascii=False) if record.after else "",
        record.address,
    ]


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows of CSV as spreadsheets here expect it; no cell begins a formula."""
    text = StringIO()
    writer(text, delimiter=";", lineterminator="\r\n").writerows(
        [disarm_formula(cell) for cell in row] for row in rows
    )
    return text.getvalue().encode()
