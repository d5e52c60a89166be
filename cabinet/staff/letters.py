"""Letters: whether they left, never what stood in them, because links in them open doors."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, and_, or_
from sqlmodel import col
from starlette.requests import Request

from cabinet.i18n import N_
from cabinet.mail.models import Letter
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Moment, Number, OptionalMoment, Text
from cabinet.staff.gate import Desk
from cabinet.staff.menu import Section
from cabinet.staff.words import later


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
    row_actions = ("view",)

    fields: ClassVar[Sequence[Any]] = [
        Moment("created_at", label=later(N_("Written"))),
        Text("recipient", label=later(N_("Recipient"))),
        Text("subject", label=later(N_("Subject line"))),
        OptionalMoment("sent_at", label=later(N_("Sent"))),
        OptionalMoment("failed_at", label=later(N_("Given up"))),
        Number("attempts", label=later(N_("Attempts")), exclude_from_list=True),
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
