"""The support desk: the queue of requests, and one request with its thread."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.http.uploads import files_in, most_bytes, read_upload
from cabinet.i18n import N_
from cabinet.kit.dates import now, say_duration
from cabinet.kit.text import group_digits
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import finish_reading, note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import done, fields_of
from cabinet.staff.requests_queue import (
    Beside,
    Order,
    QueueRow,
    Wanted,
    Whose,
    find_ticket,
    find_tickets,
    last_payments,
    linked_accounts,
    other_requests,
    whole_thread,
)
from cabinet.staff.requests_words import ORDERS, REQUEST_WORDS, WHOSE
from cabinet.staff.words import PAYMENT_STATES, TICKET_STATES, later
from cabinet.staff.work_view import BASE, WorkView, as_id, asked_id, desk_provider, own_provider, with_query
from cabinet.staff.work_words import WORK_WORDS
from cabinet.support import canned
from cabinet.support import service as support
from cabinet.support.errors import say_size
from cabinet.support.files import with_kept_files
from cabinet.support.models import TicketState
from cabinet.support.service import Draft, MessageView

QUEUE = f"{BASE}/requests"
_ANY_STATE = "any"
_KEPT = ("state", "whose", "provider", "q", "order")
_SOON, _LATE = timedelta(days=1), timedelta(days=3)
"""After so long an open request is marked as waiting, and as waiting too long."""


class RequestsView(WorkView):
    """Requests to support."""

    menu_label = later(N_("Support requests"))
    icon = "fa-solid fa-comments"
    path = "/requests"
    section = Section.PEOPLE
    place = 10
    route_name = "support-requests"
    permission = Permission.SEE_TICKETS

    def is_active(self, request: Request) -> bool:
        """The queue and the threads; the table of the same name has a place of its own."""
        path = request.scope["path"].removeprefix(request.scope["root_path"])
        return path.startswith(self.path) and path not in ("/requests/list", "/requests/detail")

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """A page of the queue, with the figures of the desk."""
        wanted = _wanted(request)
        session = request.state.session
        rows, more = await find_tickets(wanted, session=session)
        figures = await support.desk_figures(session=session)
        await note(request, "list", "ticket", "", {**_query(request), "rows": len(rows)})
        return self.render(
            request,
            "requests.html",
            rows=rows,
            wanted=wanted,
            figures=figures,
            next_page=with_query(QUEUE, **_query(request), after=_cursor(rows[-1])) if more else "",
            first_page=with_query(QUEUE, **_query(request)) if wanted.after else "",
            whose=WHOSE,
            orders=ORDERS,
            query=_query(request),
            any_state=_ANY_STATE,
            **_words(),
        )

    @route("/{ticket_id:uuid}", name="support-request")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def thread(self, request: Request) -> Response:
        """One request: looking at it is written down."""
        row, desk = await self._own(request), desk_of(request)
        await finish_reading(request)
        async with unit_of_work() as session:
            await record(
                desk.person.id, "view", "ticket", row.ticket.id, address=desk.address, session=session
            )
        return await self._show(request)

    @route("/{ticket_id:uuid}/answer", methods=["POST"], name="support-request-answer")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def answer(self, request: Request) -> Response:
        """Send the answer with its files, or put an answer kept ready into the text."""
        form = await self._received(request)
        if isinstance(form, Response):
            return form
        if form.get("do") == "insert":
            return await self._show(request, typed=await self._with_canned(request, form))
        return await self._write(request, form, "answer", "sent")

    @route("/{ticket_id:uuid}/note", methods=["POST"], name="support-request-note")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def note(self, request: Request) -> Response:
        """Write for colleagues."""
        form = await self._received(request)
        return form if isinstance(form, Response) else await self._write(request, form, "note", "noted")

    @route("/{ticket_id:uuid}/assign", methods=["POST"], name="support-request-assign")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def assign(self, request: Request) -> Response:
        """Say who answers; `me` is who presses."""
        row, form, desk = await self._own(request), await fields_of(request), desk_of(request)
        chosen = form.get("assignee", "")
        assignee_id = desk.person.id if form.get("do") == "me" else as_id(chosen)
        if chosen and assignee_id is None:
            raise HTTPException(404)
        return await self._act(request, row, _assign(row.ticket.id, assignee_id, desk), "assigned")

    @route("/{ticket_id:uuid}/state", methods=["POST"], name="support-request-state")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def move(self, request: Request) -> Response:
        """Say whose turn it is."""
        row, form = await self._own(request), await fields_of(request)
        if form.get("state") not in set(TicketState):
            raise HTTPException(404)
        work = _move(row.ticket.id, TicketState(form["state"]), desk_of(request))
        return await self._act(request, row, work, "moved")

    async def _received(self, request: Request) -> FormData | Response:
        """What was sent, or the thread with what is wrong with it: too large, or cut in the middle."""
        try:
            return await _form(request)
        except CabinetError as problem:
            return await self._show(request, problem.message())

    async def _own(self, request: Request) -> QueueRow:
        row = await find_ticket(_ticket_id(request), desk_provider(request), session=request.state.session)
        if row is None:
            raise HTTPException(404)
        return row

    async def _act(self, request: Request, row: QueueRow, work: Awaitable[Any], said: str) -> Response:
        answer = await done(request, work, _page(row.ticket.id, request, said))
        return await self._show(request, answer) if isinstance(answer, str) else answer

    async def _write(self, request: Request, form: FormData, kind: str, said: str) -> Response:
        """Put the message into the thread, or show it again with what stands in the way."""
        row, desk = await self._own(request), desk_of(request)
        await finish_reading(request)
        try:
            await _save(row.ticket.id, form, kind, desk)
        except NotFound:
            raise HTTPException(404) from None
        except Forbidden:
            raise HTTPException(403) from None
        except CabinetError as problem:
            typed = {
                kind: _text(form, "message"),
                "seen": _text(form, "seen"),
                "had_files": bool(files_in(form)),
            }
            return await self._show(request, problem.message(), typed=typed)
        return RedirectResponse(_page(row.ticket.id, request, said), status_code=303)

    async def _with_canned(self, request: Request, form: FormData) -> dict[str, Any]:
        """What was typed, and the chosen answer below it."""
        row, typed = await self._own(request), _text(form, "message")
        chosen = as_id(_text(form, "canned"))
        texts = await _canned_texts(row, request)
        added = next((text for canned_id, _title, text in texts if canned_id == chosen), "")
        return {
            "answer": "\n\n".join(part for part in (typed.rstrip(), added) if part),
            "seen": _text(form, "seen"),
            "had_files": bool(files_in(form)),
        }

    async def _show(self, request: Request, error: str = "", typed: dict[str, Any] | None = None) -> Response:
        row, session, desk = await self._own(request), request.state.session, desk_of(request)
        messages = await whole_thread(row.ticket.id, session=session)
        may_write = desk.person.may(Permission.EDIT_TICKETS)
        return self.render(
            request,
            "request.html",
            error,
            row=row,
            messages=messages,
            new_since=_seen_at(messages, typed),
            typed=typed or {},
            form_keys=(uuid4(), uuid4()),
            seen=messages[-1].id if messages else "",
            beside=await _beside(request, row),
            times=await support.time_in_states(row.ticket.id, session=session),
            rating=await support.latest_rating(row.ticket, session=session),
            canned=await _canned_texts(row, request) if may_write else [],
            colleagues=await support.colleagues(session=session) if may_write else [],
            query=_query(request),
            most_bytes=most_bytes(),
            **_words(),
        )


def _words() -> dict[str, Any]:
    return {
        "w": WORK_WORDS | REQUEST_WORDS,
        "states": TICKET_STATES,
        "payment_states": PAYMENT_STATES,
        "TicketState": TicketState,
        "say_number": group_digits,
        "say_size": say_size,
        "duration": say_duration,
        "waited": lambda since: say_duration(now() - since),
        "urgency": _urgency,
        "with_query": with_query,
        "queue": QUEUE,
    }


def _urgency(row: QueueRow) -> str:
    """How an open request's waiting looks: the words beside it say it too."""
    if row.ticket.state is not TicketState.OPEN:
        return ""
    waited = now() - row.ticket.state_since
    return "late" if waited >= _LATE else "soon" if waited >= _SOON else ""


def _wanted(request: Request) -> Wanted:
    asked, desk = request.query_params, desk_of(request)
    state = asked.get("state", TicketState.OPEN.value)
    whose, order = asked.get("whose", ""), asked.get("order", "")
    return Wanted(
        me=desk.person.id,
        only_provider=desk_provider(request),
        provider_id=own_provider(desk, asked_id(request, "provider")),
        whose=Whose(whose) if whose in set(Whose) else Whose.ANYBODY,
        state=TicketState(state) if state in set(TicketState) else None,
        words=asked.get("q", "").strip()[:100],
        order=Order(order) if order in set(Order) else Order.LONGEST,
        after=_after(asked.get("after", "")),
    )


def _cursor(row: QueueRow) -> str:
    return f"{row.ticket.state_since.isoformat()}~{row.ticket.id}"


def _after(text: str) -> tuple[datetime, UUID] | None:
    moment, _sign, ident = text.partition("~")
    ticket_id = as_id(ident)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, ticket_id) if ticket_id and at.tzinfo else None


def _query(request: Request) -> dict[str, str]:
    """What was asked for, to be kept in links and after an act."""
    asked = request.query_params
    return {name: asked[name] for name in _KEPT if asked.get(name)}


def _page(ticket_id: UUID, request: Request, said: str) -> str:
    return with_query(f"{QUEUE}/{ticket_id}", **_query(request), done=said)


def _ticket_id(request: Request) -> UUID:
    return UUID(str(request.path_params["ticket_id"]))


async def _form(request: Request) -> FormData:
    """What was sent, with files or without."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await read_upload(request)
    return await request.form()


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.replace("\x00", "") if isinstance(value, str) else ""


async def _save(ticket_id: UUID, form: FormData, kind: str, desk: Desk) -> None:
    desk.person.require(Permission.EDIT_TICKETS)
    text, key = _text(form, "message"), as_id(_text(form, "key"))

    async def save(kept: Any, session: Any) -> None:
        draft = Draft(text, kept, key)
        if kind == "note":
            await support.add_note(ticket_id, draft, by=desk.person, session=session, address=desk.address)
            return
        await support.answer(
            ticket_id,
            draft,
            by=desk.person,
            session=session,
            seen=as_id(_text(form, "seen")),
            closes=form.get("do") == "close",
            address=desk.address,
        )

    await with_kept_files(files_in(form), save)


async def _assign(ticket_id: UUID, assignee_id: UUID | None, desk: Desk) -> None:
    async with unit_of_work() as session:
        await support.assign_ticket(
            ticket_id, assignee_id, by=desk.person, session=session, address=desk.address
        )


async def _move(ticket_id: UUID, state: TicketState, desk: Desk) -> None:
    async with unit_of_work() as session:
        await support.move_ticket(ticket_id, state, by=desk.person, session=session, address=desk.address)


async def _canned_texts(row: QueueRow, request: Request) -> list[tuple[UUID, str, str]]:
    """Id, title and filled-in text of each answer kept ready, in the language of who asked."""
    known = {
        "name": row.name if row.name != row.ticket.email else "",
        "number": str(row.ticket.number),
        "subject": row.ticket.subject,
        "account": group_digits(row.account.number) if row.account else "",
    }
    rows = await canned.list_canned(session=request.state.session)
    return [
        (one.id, one.title, canned.fill_places(canned.text_in(one, row.ticket.locale), known)) for one in rows
    ]


async def _beside(request: Request, row: QueueRow) -> Beside:
    """What the person may see of who asked."""
    person, session, only = desk_of(request).person, request.state.session, desk_provider(request)
    return Beside(
        accounts=await linked_accounts(row.ticket, only, session=session)
        if person.may(Permission.SEE_ACCOUNTS)
        else [],
        payments=await last_payments(row.ticket, only, session=session)
        if person.may(Permission.SEE_PAYMENTS)
        else [],
        others=await other_requests(row.ticket, only, session=session),
    )


def _seen_at(messages: list[MessageView], typed: dict[str, Any] | None) -> datetime | None:
    """When the last message came that the person had seen: what came after it is marked as new."""
    seen = as_id((typed or {}).get("seen", ""))
    return next((one.created_at for one in messages if one.id == seen), None)
