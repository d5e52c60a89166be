"""What is done for a resident, from the resident's page: access, letters, sessions, links."""

from collections.abc import Awaitable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import RequestAction

from cabinet.access.service import unlink_for
from cabinet.database import unit_of_work
from cabinet.i18n import N_
from cabinet.mydata.email import agree_for_lost_mailbox
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff import person_acts
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import act, done, fields_of, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, with_query


class ResidentActs(WorkView):
    """The forms of a resident's page. It has no page of its own."""

    menu_label = later(N_("Residents"))
    path = "/residents"
    route_name = "resident-acts"
    permission = Permission.SEE_RESIDENTS
    add_to_menu = False

    @act("/{resident_id}/close", Permission.EDIT_RESIDENTS, name="resident-close")
    async def index(self, request: Request) -> Response:
        """Close the access, with a reason."""
        form = await fields_of(request)
        return await self._do(request, "closed", person_acts.close(*_who(request), form.get("reason", "")))

    @act("/{resident_id}/open", Permission.EDIT_RESIDENTS, name="resident-open")
    async def open(self, request: Request) -> Response:
        """Open it again."""
        return await self._do(request, "opened", person_acts.open_again(*_who(request)))

    @act("/{resident_id}/letter", Permission.EDIT_RESIDENTS, name="resident-letter")
    async def letter(self, request: Request) -> Response:
        """Send the confirmation, or the way to a new password, once more."""
        return await self._do(request, "letter", person_acts.letter(*_who(request)))

    @act("/{resident_id}/sign-out", Permission.EDIT_RESIDENTS, name="resident-sign-out")
    async def sign_out(self, request: Request) -> Response:
        """End all sessions."""
        return await self._do(request, "signed_out", person_acts.end_all(*_who(request)))

    @act("/{resident_id}/reset-factor", Permission.RESET_FACTORS, name="resident-reset-factor")
    async def reset_factor(self, request: Request) -> Response:
        """Take the second factor off, with a reason."""
        form = await fields_of(request)
        work = person_acts.reset_factor(*_who(request), form.get("reason", ""))
        return await self._do(request, "factor_reset", work)

    @act("/{resident_id}/sessions/{session_id}/end", Permission.EDIT_RESIDENTS, name="resident-session-end")
    async def session(self, request: Request) -> Response:
        """End one session."""
        work = person_acts.end_one(*_who(request), id_in_path(request, "session_id"))
        return await self._do(request, "session", work)

    @act("/{resident_id}/links/{link_id}/end", Permission.EDIT_RESIDENTS, name="resident-unlink")
    async def unlink(self, request: Request) -> Response:
        """End one link, with a reason."""
        form = await fields_of(request)
        work = _unlink(*_who(request), id_in_path(request, "link_id"), form.get("reason", ""))
        return await self._do(request, "unlinked", work)

    @act("/{resident_id}/email", Permission.EDIT_RESIDENTS, name="resident-email")
    async def email(self, request: Request) -> Response:
        """Agree to a change of the e-mail in place of a lost mailbox, with a reason."""
        form = await fields_of(request)
        return await self._do(request, "email", _agree(*_who(request), form.get("reason", "")))

    async def _do(self, request: Request, said: str, work: Awaitable[Any]) -> Response:
        """Do it and go back to the page; what stands in the way is said on it."""
        resident_id = id_in_path(request, "resident_id")
        page = f"{BASE}/residents/detail"
        answer = await done(request, work, with_query(page, pk=resident_id, done=said))
        if not isinstance(answer, str):
            return answer
        return await self._page_with(request, resident_id, answer)

    async def _page_with(self, request: Request, resident_id: UUID, problem: str) -> Response:
        """The resident's page with what stands in the way on top."""
        admin: Any = self._admin
        view = admin._find_view_by_key("residents")
        request.state.action, request.state.problem = RequestAction.DETAIL, problem
        row: Resident | None = await view.find_by_pk(request, resident_id)
        if row is None:
            return RedirectResponse(f"{BASE}/residents/list", status_code=303)
        context = {
            "title": view.title(request),
            "view": view,
            "raw_obj": row,
            "_actions": [],
            "obj": await view.serialize(row, request),
            "inlines": [],
        }
        return admin._template_response(request, view.detail_template, context, 422)


def _who(request: Request) -> tuple[UUID, Desk]:
    return id_in_path(request, "resident_id"), desk_of(request)


async def _unlink(resident_id: UUID, desk: Desk, link_id: UUID, reason: str) -> None:
    async with unit_of_work() as session:
        await unlink_for(resident_id, link_id, reason, by=desk.person, session=session, address=desk.address)


async def _agree(resident_id: UUID, desk: Desk, reason: str) -> None:
    async with unit_of_work() as session:
        await agree_for_lost_mailbox(
            resident_id, reason, by=desk.person, session=session, address=desk.address
        )
