"""People who sign in: whom we know, since when, and what they linked. For administrators only."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette_admin import row_action
from starlette_admin.contrib.sqlmodel import InlineModelView
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from cabinet.accounts.models import Account, AccountLink
from cabinet.audit.service import record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import N_, _
from cabinet.residents import service
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView, finish_reading
from cabinet.staff.fields import Choice, Moment, OptionalMoment, Shown, Text, choice, provider_choice, row_id
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.words import LINK_LEVELS, ROLES, later

_LOCALES: list[tuple[str, str]] = [("ru", "Русский"), ("en", "English")]


class LinksInline(InlineModelView):
    """The accounts that a resident linked, shown below the resident."""

    model = AccountLink
    fk_attr = "resident_id"
    key = "links"
    menu_label = later(N_("Linked accounts"))
    display_name = later(N_("link"))
    extra = 0
    fields: ClassVar[Sequence[Any]] = [
        row_id(),
        Shown(
            "account",
            label=later(N_("Account")),
            getter=lambda request, link: request.state.linked[link.account_id],
        ),
        Text("own_name", label=later(N_("Own name"))),
        choice("level", later(N_("Access")), LINK_LEVELS),
        Moment("created_at", label=later(N_("Linked"))),
        OptionalMoment("ended_at", label=later(N_("Unlinked"))),
    ]

    async def find_by_parent(self, request: Request, parent: Any) -> Sequence[Any]:
        """The links, the newest first, with their accounts' names."""
        links = sorted(
            await super().find_by_parent(request, parent), key=lambda link: link.created_at, reverse=True
        )
        wanted = select(Account).where(col(Account.id).in_([link.account_id for link in links]))
        accounts = await request.state.session.exec(wanted)
        desk = desk_of(request)
        request.state.linked = {
            one.id: f"{desk.provider_name(one.provider_id)} · {one.number}" for one in accounts
        }
        return links


class ResidentsView(DeskView):
    """Residents and staff."""

    key = "residents"
    icon = "fa-solid fa-users"
    section = Section.PEOPLE
    menu_label = later(N_("Residents"))
    display_name = later(N_("resident"))
    permission = Permission.SEE_RESIDENTS
    subject = "resident"
    personal = True
    inlines = (LinksInline,)
    row_actions = ("view", "end_sessions", "close_access", "open_access")

    fields: ClassVar[Sequence[Any]] = [
        Text("email", label=later(N_("E-mail"))),
        Text("full_name", label=later(N_("Full name"))),
        Text("phone", label=later(N_("Phone")), exclude_from_list=True),
        choice("role", later(N_("Role")), ROLES),
        provider_choice(later(N_("Provider"))),
        Choice("locale", label=later(N_("Language")), choices=_LOCALES, exclude_from_list=True),
        Moment("created_at", label=later(N_("Signed up"))),
        OptionalMoment("confirmed_at", label=later(N_("E-mail confirmed")), exclude_from_list=True),
        OptionalMoment("blocked_at", label=later(N_("Access closed"))),
    ]
    searchable_fields: ClassVar[Sequence[str]] = [
        "email",
        "full_name",
        "role",
        "provider_id",
        "created_at",
        "confirmed_at",
        "blocked_at",
    ]
    sortable_fields: ClassVar[Sequence[str]] = ["email", "full_name", "role", "created_at", "blocked_at"]
    sortable_field_mapping: ClassVar[dict[str, Any]] = {"email": Resident.email_key}
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """Everybody: who may not see all does not get here."""
        return query if desk.sees_all else query.where(Resident.id == desk.person.id)  # pyright: ignore[reportArgumentType]

    async def repr(self, obj: Any, request: Request) -> str:
        """The e-mail."""
        return obj.email

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        """Looking is for all who see the table; the rest needs its permission."""
        return name == "view" or desk_of(request).person.may(Permission.EDIT_RESIDENTS)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Nobody locks themselves out, and only one of «close» and «open» makes sense."""
        if name == "close_access":
            fits = obj.blocked_at is None and obj.id != desk_of(request).person.id
        else:
            fits = name != "open_access" or obj.blocked_at is not None
        return fits and await super().is_row_action_allowed_for_obj(request, name, obj)

    @row_action(
        name="end_sessions",
        text=later(N_("Sign out everywhere")),
        confirmation=later(N_("This person will have to sign in again on every device.")),
        icon_class="fa-solid fa-right-from-bracket",
        submit_btn_text=later(N_("End sessions")),
        exclude_from_list=True,
    )
    async def end_sessions(self, request: Request, pk: Any) -> None:
        """End every session of the person."""
        await self._act(request, pk, "end_sessions", service.end_all_sessions)
        flash(request, _("All sessions of this person are ended."), "success")

    @row_action(
        name="close_access",
        text=later(N_("Close access")),
        confirmation=later(
            N_("This person will be signed out and cannot sign in until you open access again.")
        ),
        icon_class="fa-solid fa-lock",
        submit_btn_text=later(N_("Close access")),
        action_btn_class="btn btn-danger",
        exclude_from_list=True,
    )
    async def close_access(self, request: Request, pk: Any) -> None:
        """Sign the person out and refuse the next sign-in."""
        await self._act(request, pk, "close_access", service.close_access)
        flash(request, _("Access is closed."), "success")

    @row_action(
        name="open_access",
        text=later(N_("Open access")),
        confirmation=later(N_("This person will be able to sign in again.")),
        icon_class="fa-solid fa-lock-open",
        submit_btn_text=later(N_("Open access")),
        exclude_from_list=True,
    )
    async def open_access(self, request: Request, pk: Any) -> None:
        """Let the person in again."""
        await self._act(request, pk, "open_access", service.open_access)
        flash(request, _("Access is open again."), "success")

    async def _act(
        self, request: Request, pk: Any, action: str, change: Callable[..., Awaitable[None]]
    ) -> None:
        resident = await self.find_by_pk(request, pk)
        if resident is None:
            raise ActionFailed(_("This page does not exist, or you have no access to it."))
        await finish_reading(request)
        desk = desk_of(request)
        try:
            async with unit_of_work() as session:
                await self._do(session, desk, resident.id, action, change)
        except CabinetError as error:
            raise ActionFailed(error.message()) from None

    async def _do(
        self,
        session: AsyncSession,
        desk: Desk,
        resident_id: UUID,
        action: str,
        change: Callable[..., Awaitable[None]],
    ) -> None:
        await change(resident_id, session=session)
        await record(desk.person.id, action, self.subject, resident_id, address=desk.address, session=session)
