"""Tokens of residents' programs: which there are, when they were used, and the way to end one. Never a secret."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, or_
from sqlmodel import col, select
from starlette.requests import Request
from starlette_admin import row_action
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import N_, _
from cabinet.keys import personal
from cabinet.keys.personal_models import PersonalToken
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView, finish_reading
from cabinet.staff.fields import Moment, OptionalMoment, Shown, Text, key_contains
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.words import later


class PersonalTokensView(DeskView):
    """All tokens, living and ended."""

    key = "tokens"
    icon = "fa-solid fa-key"
    section = Section.PEOPLE
    menu_label = later(N_("Tokens of programs"))
    display_name = later(N_("token"))
    permission = Permission.SEE_RESIDENTS
    subject = "personal_token"
    personal = True
    row_actions = ("view", "revoke")

    fields: ClassVar[Sequence[Any]] = [
        Shown(
            "owner",
            label=later(N_("Resident")),
            getter=lambda request, token: request.state.owners.get(token.resident_id, ""),
        ),
        Text("name", label=later(N_("Name"))),
        Text("prefix", label=later(N_("Begins with"))),
        Moment("created_at", label=later(N_("Created"))),
        OptionalMoment("last_used_at", label=later(N_("Last used"))),
        Text("last_used_from", label=later(N_("From the address")), exclude_from_list=True),
        OptionalMoment("expires_at", label=later(N_("Works until"))),
        OptionalMoment("ended_at", label=later(N_("Ended"))),
    ]
    searchable_fields: ClassVar[Sequence[str]] = [
        "name",
        "created_at",
        "last_used_at",
        "expires_at",
        "ended_at",
    ]
    sortable_fields: ClassVar[Sequence[str]] = [
        "name",
        "created_at",
        "last_used_at",
        "expires_at",
        "ended_at",
    ]
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """All: who may not see residents does not get here."""
        return query

    def get_search_query(self, request: Request, term: str) -> Any:
        """The name of the token, or its owner by e-mail, name or phone."""
        plain = term.replace("\x00", "").strip()
        owners = select(Resident.id).where(key_contains(Resident, plain))
        named = col(PersonalToken.name).icontains(plain, autoescape=True)
        return or_(named, col(PersonalToken.resident_id).in_(owners))

    async def prepare(self, request: Request, rows: Sequence[Any]) -> None:
        """The owners' addresses."""
        wanted = select(Resident.id, Resident.email).where(
            col(Resident.id).in_([row.resident_id for row in rows])
        )
        request.state.owners = dict((await request.state.session.exec(wanted)).all())

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        """Looking is for all who see the table; the rest needs its permission."""
        return name == "view" or desk_of(request).person.may(Permission.EDIT_RESIDENTS)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """One that has ended cannot be ended again."""
        fits = name == "view" or obj.ended_at is None
        return fits and await super().is_row_action_allowed_for_obj(request, name, obj)

    @row_action(
        name="revoke",
        text=later(N_("End the token")),
        confirmation=later(N_("The program cannot come in any more. The resident gets a letter.")),
        icon_class="fa-solid fa-ban",
        submit_btn_text=later(N_("End the token")),
        action_btn_class="btn btn-danger",
        exclude_from_list=True,
    )
    async def revoke(self, request: Request, pk: Any) -> None:
        """End it by the service, which asks for the permission, keeps a record and writes the letter."""
        token = await self.find_by_pk(request, pk)
        if token is None:
            raise ActionFailed(_("This page does not exist, or you have no access to it."))
        token_id, desk = token.id, desk_of(request)
        await finish_reading(request)
        try:
            async with unit_of_work() as session:
                await personal.revoke(token_id, by=desk.person, session=session, address=desk.address)
        except CabinetError as error:
            raise ActionFailed(error.message()) from None
        flash(request, _("The token is ended."), "success")
