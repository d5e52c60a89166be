"""The staff as people: who works here as what, who joins, who leaves."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.i18n import N_, current_locale
from cabinet.kit.dates import say_moment
from cabinet.kit.devices import say_device
from cabinet.residents import service
from cabinet.residents.models import LoginSession, Resident, Role
from cabinet.residents.person import Permission
from cabinet.staff import person_acts
from cabinet.staff.desk_view import note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import act, done, fields_of, id_in_path
from cabinet.staff.people_words import PEOPLE_WORDS
from cabinet.staff.words import ROLES, Words, later
from cabinet.staff.work_view import BASE, WorkView, as_id, with_query

_ROLES: Words = {role: ROLES[role] for role in Role if role is not Role.RESIDENT}
_MAY: dict[Role, Any] = {
    role: PEOPLE_WORDS[f"may_{role.value}"] for role in Role if role is not Role.RESIDENT
}


class ColleaguesView(WorkView):
    """Everybody with a role, and the way to one."""

    menu_label = later(N_("Staff"))
    icon = "fa-solid fa-user-tie"
    path = "/staff"
    route_name = "staff"
    permission = Permission.SEE_STAFF

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """All colleagues, and a form for one more."""
        return await self._list(request)

    async def _list(self, request: Request, error: str = "", form: dict[str, str] | None = None) -> Response:
        found = await service.staff_members(session=request.state.session)
        await note(request, "list", "staff", "", {"rows": len(found)})
        return self._render(
            request,
            "staff.html",
            error,
            people=found,
            seen=await _last_seen(found, request.state.session),
            form=form or {"role": Role.SUPPORT.value},
        )

    def _render(self, request: Request, template: str, error: str, **facts: Any) -> Response:
        said = PEOPLE_WORDS.get(f"done_{request.query_params.get('done', '')}", "")
        shared = {"w": PEOPLE_WORDS, "roles": _ROLES, "may_of": _MAY, "say_state": say_state, "done": said}
        return self.render(request, template, error, **shared, **facts)

    @act("", Permission.MANAGE_STAFF, name="staff-hire")
    async def hire(self, request: Request) -> Response:
        """Add a colleague."""
        form = await fields_of(request)
        answer = await done(request, _hire(form, desk_of(request)), with_query(f"{BASE}/staff", done="hired"))
        return await self._list(request, answer, form) if isinstance(answer, str) else answer

    @route("/{staff_id}", name="colleague")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def colleague(self, request: Request) -> Response:
        """One colleague: role, sessions, access."""
        return await self._show(request)

    async def _show(self, request: Request, error: str = "") -> Response:
        desk, staff = desk_of(request), await _of_staff(request)
        await note(request, "view", "staff", staff.id)
        manages = desk.person.may(Permission.MANAGE_STAFF)
        care = {
            "w": PEOPLE_WORDS,
            "may_edit": manages,
            "sessions": await service.open_sessions(staff.id, staff.role, session=request.state.session),
            "say_device": say_device,
            "moment": lambda at: say_moment(at, desk.timezone),
            "is_closed": staff.blocked_at is not None,
            "factor_since": staff.second_factor_at,
            "may_reset": desk.person.may(Permission.RESET_FACTORS) and staff.id != desk.person.id,
            "base": f"{BASE}/staff/{staff.id}",
        }
        return self._render(
            request,
            "colleague.html",
            error,
            staff=staff,
            care=care,
            is_self=staff.id == desk.person.id,
            all_roles=ROLES,
        )

    @act("/{staff_id}/role", Permission.MANAGE_STAFF, name="staff-role")
    async def role(self, request: Request) -> Response:
        """Give another role."""
        form = await fields_of(request)
        return await self._do(request, "role", _change_role(*_who(request), form))

    @act("/{staff_id}/close", Permission.MANAGE_STAFF, name="staff-close")
    async def close(self, request: Request) -> Response:
        """Close the access, with a reason."""
        form = await fields_of(request)
        return await self._do(request, "closed", person_acts.close(*_who(request), form.get("reason", "")))

    @act("/{staff_id}/open", Permission.MANAGE_STAFF, name="staff-open")
    async def open(self, request: Request) -> Response:
        """Open it again."""
        return await self._do(request, "opened", person_acts.open_again(*_who(request)))

    @act("/{staff_id}/letter", Permission.MANAGE_STAFF, name="staff-letter")
    async def letter(self, request: Request) -> Response:
        """Send the way to a password once more."""
        return await self._do(request, "letter", person_acts.letter(*_who(request)))

    @act("/{staff_id}/sign-out", Permission.MANAGE_STAFF, name="staff-sign-out")
    async def sign_out(self, request: Request) -> Response:
        """End all sessions."""
        return await self._do(request, "signed_out", person_acts.end_all(*_who(request)))

    @act("/{staff_id}/reset-factor", Permission.RESET_FACTORS, name="staff-reset-factor")
    async def reset_factor(self, request: Request) -> Response:
        """Take the second factor off, with a reason."""
        form = await fields_of(request)
        work = person_acts.reset_factor(*_who(request), form.get("reason", ""))
        return await self._do(request, "factor_reset", work)

    @act("/{staff_id}/sessions/{session_id}/end", Permission.MANAGE_STAFF, name="staff-session-end")
    async def session(self, request: Request) -> Response:
        """End one session."""
        work = person_acts.end_one(*_who(request), id_in_path(request, "session_id"))
        return await self._do(request, "session", work)

    async def _do(self, request: Request, said: str, work: Any) -> Response:
        staff_id = id_in_path(request, "staff_id")
        answer = await done(request, work, with_query(f"{BASE}/staff/{staff_id}", done=said))
        return await self._show(request, answer) if isinstance(answer, str) else answer


def say_state(staff: Resident) -> str:
    """Whether the colleague can sign in."""
    if staff.blocked_at:
        return str(PEOPLE_WORDS["closed"])
    return str(PEOPLE_WORDS["working" if staff.confirmed_at else "invited"])


async def _of_staff(request: Request) -> Resident:
    staff = await request.state.session.get(Resident, id_in_path(request, "staff_id"))
    if staff is None or staff.role is Role.RESIDENT:
        raise HTTPException(404)
    return staff


async def _last_seen(found: Sequence[Resident], session: Any) -> dict[UUID, Any]:
    rows = await session.exec(
        select(col(LoginSession.resident_id), func.max(col(LoginSession.last_seen_at)))
        .where(col(LoginSession.resident_id).in_([one.id for one in found]))
        .group_by(col(LoginSession.resident_id))
    )
    return dict(rows.all())


def _who(request: Request) -> tuple[UUID, Desk]:
    return id_in_path(request, "staff_id"), desk_of(request)


def _role_in(form: dict[str, str]) -> tuple[Role, UUID | None]:
    """The chosen role, and the provider, which counts for a clerk only."""
    chosen = form.get("role", "")
    if chosen not in set(Role):
        raise NotFound
    role = Role(chosen)
    return role, as_id(form.get("provider_id", "")) if role is Role.CLERK else None


async def _hire(form: dict[str, str], desk: Desk) -> None:
    role, provider_id = _role_in(form)
    if provider_id is not None and provider_id not in desk.providers:
        raise NotFound
    async with unit_of_work() as session:
        await service.hire(
            form.get("email", ""),
            role,
            provider_id,
            form.get("full_name", "").replace("\x00", ""),
            by=desk.person,
            session=session,
            address=desk.address,
            locale=current_locale(),
        )


async def _change_role(staff_id: UUID, desk: Desk, form: dict[str, str]) -> None:
    role, provider_id = _role_in(form)
    if provider_id is not None and provider_id not in desk.providers:
        raise NotFound
    async with unit_of_work() as session:
        await service.change_role(
            staff_id, role, provider_id, by=desk.person, session=session, address=desk.address
        )
