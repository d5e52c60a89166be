"""Letters: whether they left, never what stood in them, because links in them open doors."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, and_, or_
from sqlmodel import col
from starlette.requests import Request
from starlette_admin import action, row_action
from starlette_admin.actions import ActionSelection
from starlette_admin.exceptions import ActionFailed
from starlette_admin.flash import flash

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import N_, _
from cabinet.mail.models import Letter
from cabinet.mail.resending import resend_failed, resend_letter
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView, finish_reading
from cabinet.staff.fields import Moment, Number, OptionalMoment, Shown, Text
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.words import later

_REASONS = {
    "SMTPRecipientsRefused": N_("The recipient's mail server does not accept this address."),
    "SMTPDataError": N_("The mail server refused the letter."),
    "SMTPAuthenticationError": N_("Our mail server refused our password: tell your engineer."),
    "SMTPConnectError": N_("Our mail server could not be reached: tell your engineer."),
    "SMTPConnectTimeoutError": N_("Our mail server could not be reached: tell your engineer."),
    "SMTPServerDisconnected": N_("Our mail server could not be reached: tell your engineer."),
    "ConnectionRefusedError": N_("Our mail server could not be reached: tell your engineer."),
    "render:": N_("The letter could not be made: tell your engineer."),
}


def _state(_request: Request, letter: Letter) -> str:
    if letter.sent_at:
        return _("Sent")
    if letter.failed_at:
        return _("Not sent")
    return _("Waits for the next try") if letter.attempts else _("Waits to be sent")


def _why(_request: Request, letter: Letter) -> str | None:
    """The error in words; None where there is none, or none that we have words for."""
    reason = _REASONS.get(letter.error.partition(" ")[0])
    return _(reason) if reason else None


class LettersView(DeskView):
    """The outbox."""

    key = "letters"
    icon = "fa-solid fa-paper-plane"
    section = Section.PEOPLE
    menu_label = later(N_("Letters"))
    display_name = later(N_("letter"))
    permission = Permission.SEE_LETTERS
    subject = "letter"
    personal = True
    actions = ("resend_failed",)
    row_actions = ("view", "resend")

    fields: ClassVar[Sequence[Any]] = [
        Shown("state", label=later(N_("State")), getter=_state),
        Moment("created_at", label=later(N_("Written"))),
        Text("recipient", label=later(N_("Recipient"))),
        Text("subject", label=later(N_("Subject line"))),
        OptionalMoment("sent_at", label=later(N_("Sent"))),
        OptionalMoment("failed_at", label=later(N_("Given up"))),
        Number("attempts", label=later(N_("Attempts")), exclude_from_list=True),
        OptionalMoment("resent_at", label=later(N_("Sent again by staff")), exclude_from_list=True),
        Shown("why", label=later(N_("Why it was not sent")), getter=_why, exclude_from_list=True),
        Text("error", label=later(N_("Last error")), exclude_from_list=True),
        Text("kind", label=later(N_("Kind")), exclude_from_list=True),
        Text("locale", label=later(N_("Language")), exclude_from_list=True),
    ]
    searchable_fields: ClassVar[Sequence[str]] = [
        "created_at",
        "recipient",
        "subject",
        "sent_at",
        "failed_at",
    ]
    sortable_fields: ClassVar[Sequence[str]] = ["created_at", "recipient", "sent_at", "failed_at"]
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """All: who may not see letters does not get here."""
        return query

    def get_search_query(self, request: Request, term: str) -> Any:
        """Every word in the recipient or the subject, in any case."""
        words = term.replace("\x00", "").split()
        places = (col(Letter.recipient), col(Letter.subject))
        return and_(
            True, *(or_(*(place.icontains(word, autoescape=True) for place in places)) for word in words)
        )

    async def repr(self, obj: Any, request: Request) -> str:
        """The subject line."""
        return obj.subject

    async def is_action_allowed(self, request: Request, name: str) -> bool:
        """Sending needs its permission."""
        allowed = await super().is_action_allowed(request, name)
        return allowed and desk_of(request).person.may(Permission.SEND_LETTERS)

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        """Looking is for all who see the table; sending needs its permission."""
        return name == "view" or desk_of(request).person.may(Permission.SEND_LETTERS)

    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """A letter that is on its way leaves once."""
        on_its_way = obj.sent_at is None and obj.failed_at is None
        if name == "resend" and on_its_way:
            return False
        return await super().is_row_action_allowed_for_obj(request, name, obj)

    @row_action(
        name="resend",
        text=later(N_("Send again")),
        confirmation=later(N_("The same letter will be sent to the same address once more.")),
        icon_class="fa-solid fa-rotate-right",
        submit_btn_text=later(N_("Send again")),
        exclude_from_list=True,
    )
    async def resend(self, request: Request, pk: Any) -> None:
        """Let the letter leave once more."""
        letter = await self.find_by_pk(request, pk)
        if letter is None:
            raise ActionFailed(_("This page does not exist, or you have no access to it."))
        desk, letter_id = desk_of(request), letter.id
        await finish_reading(request)
        try:
            async with unit_of_work() as session:
                await resend_letter(letter_id, by=desk.person, address=desk.address, session=session)
        except CabinetError as error:
            raise ActionFailed(error.message()) from None
        flash(request, _("The letter is on its way again."), "success")

    @action(
        name="resend_failed",
        text=later(N_("Send the failed ones again")),
        confirmation=later(
            N_("All letters that could not be sent leave again, but for those whose links no longer work.")
        ),
        icon_class="fa-solid fa-rotate-right",
        submit_btn_text=later(N_("Send again")),
        allow_empty_selection=True,
        dedicated_button=True,
    )
    async def resend_failed(self, request: Request, selection: ActionSelection) -> None:
        """Let the letters that were given up leave once more."""
        desk = desk_of(request)
        await finish_reading(request)
        try:
            async with unit_of_work() as session:
                told = await resend_failed(by=desk.person, address=desk.address, session=session)
        except CabinetError as error:
            raise ActionFailed(error.message()) from None
        said = _("On their way again: {sent}. Still not sent: {left}.")
        flash(request, said.format(sent=told.sent, left=told.left), "success")
