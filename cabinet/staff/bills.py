"""Bills with their lines, and those that do not add up."""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, cast

from sqlalchemy import Select
from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.contrib.sqlmodel import InlineModelView
from starlette_admin.routing import route

from cabinet.accounts.models import Account
from cabinet.billing.gaps import bills_with_gaps
from cabinet.billing.lines import line_gaps, total_of
from cabinet.billing.models import Bill, Charge
from cabinet.billing.views import lines_of
from cabinet.billing.words import say_signed, say_tariff, say_volume
from cabinet.i18n import N_, _
from cabinet.kit.dates import say_month
from cabinet.kit.text import fold, group_digits
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView, note
from cabinet.staff.fields import Day, Moment, Shown, Text, choice, in_any_way, key_contains, row_id
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.related import Card, of_account
from cabinet.staff.words import later
from cabinet.staff.work_view import WorkView, asked_id, own_provider
from cabinet.staff.work_words import CHARGE_KINDS

_NUMBER_SIGNS = str.maketrans("", "", " -–—.")


def say_month_of(_request: Request, bill: Any) -> str:
    """The month that the bill is for."""
    return say_month(bill.period)


class ChargesInline(InlineModelView):
    """The lines of a bill."""

    model = Charge
    fk_attr = "bill_id"
    key = "charges"
    menu_label = later(N_("Lines"))
    display_name = later(N_("line"))
    extra = 0
    fields: ClassVar[Sequence[Any]] = [
        row_id(),
        Text("service", label=later(N_("Service"))),
        choice("kind", later(N_("Kind")), CHARGE_KINDS),
        Shown(
            "volume",
            label=later(N_("Volume")),
            getter=lambda _request, line: say_volume(line.volume, line.unit) or None,
        ),
        Shown(
            "tariff", label=later(N_("Tariff")), getter=lambda _request, line: say_tariff(line.tariff) or None
        ),
        Shown(
            "recalculation",
            label=later(N_("Recalculation")),
            getter=lambda _request, line: say_signed(line.recalculation_minor),
        ),
        Shown(
            "amount", label=later(N_("Amount")), getter=lambda _request, line: say_signed(line.amount_minor)
        ),
    ]

    async def find_by_parent(self, request: Request, parent: Any) -> Sequence[Any]:
        """The lines in the order of the bill; the bill was found among the person's own."""
        rows = await request.state.session.exec(
            select(Charge).where(Charge.bill_id == parent.id).order_by(col(Charge.position), col(Charge.id))
        )
        return rows.all()


def _known(name: str) -> Any:
    """A figure of the provider's, or nothing."""

    def read(_request: Request, bill: Bill) -> str | None:
        value = cast(int | None, getattr(bill, name))
        return None if value is None else say_signed(value)

    return read


class BillsView(DeskView):
    """The bills of all providers, or of the clerk's own."""

    key = "bills"
    icon = "fa-solid fa-file-invoice-dollar"
    section = Section.READINGS
    menu_label = later(N_("Bills"))
    display_name = later(N_("bill"))
    permission = Permission.SEE_BILLS
    subject = "bill"
    personal = True
    inlines = (ChargesInline,)
    row_actions = ("view",)

    fields: ClassVar[Sequence[Any]] = [
        Shown(
            "account",
            label=later(N_("Account")),
            getter=lambda request, bill: request.state.bills[bill.id][0],
        ),
        Shown(
            "provider",
            label=later(N_("Provider")),
            getter=lambda request, bill: request.state.bills[bill.id][1],
        ),
        Shown("month", label=later(N_("For the month")), getter=say_month_of),
        Text("number", label=later(N_("No."))),
        Shown(
            "opening",
            label=later(N_("Opening balance")),
            getter=_known("opening_minor"),
            exclude_from_list=True,
        ),
        Shown(
            "total", label=later(N_("Charged")), getter=lambda request, bill: request.state.bills[bill.id][2]
        ),
        Shown(
            "paid",
            label=later(N_("Paid since the bill before")),
            getter=_known("paid_minor"),
            exclude_from_list=True,
        ),
        Shown("closing", label=later(N_("To pay in all")), getter=_known("closing_minor")),
        Shown(
            "gap", label=later(N_("Adds up")), getter=lambda request, bill: request.state.bills[bill.id][3]
        ),
        Day("due_on", label=later(N_("Due"))),
        Moment("issued_at", label=later(N_("Came"))),
    ]
    searchable_fields: ClassVar[Sequence[str]] = ["number", "issued_at"]
    sortable_fields: ClassVar[Sequence[str]] = ["number", "month", "due_on", "issued_at"]
    sortable_field_mapping: ClassVar[dict[str, Any]] = {"month": Bill.period}
    fields_default_sort: ClassVar[Sequence[Any]] = [("issued_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """The bills of the own provider's accounts, or all."""
        if desk.sees_all:
            return query
        own = select(Account.id).where(Account.provider_id == desk.person.provider_id)
        return query.where(col(Bill.account_id).in_(own))

    async def related(self, request: Request, row: Bill) -> list[Card]:
        """The account, and everything of it."""
        return await of_account(request, [row.account_id], is_account=False)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By the account (number, owner, address) or by the bill's own number."""
        accounts = select(Account.id).where(
            key_contains(Account, term) | key_contains(Account, fold(term).translate(_NUMBER_SIGNS))
        )
        number = term.strip().replace("\x00", "")
        return in_any_way(Bill, (col(Bill.account_id).in_(accounts), col(Bill.number) == number))

    async def prepare(self, request: Request, rows: Sequence[Bill]) -> None:
        """Account, provider, sum and whether it adds up, of all rows at once."""
        session, desk = request.state.session, desk_of(request)
        ids = {row.account_id for row in rows}
        found = await session.exec(
            select(Account.id, Account.number, Account.provider_id).where(col(Account.id).in_(ids))
        )
        accounts = {key: (group_digits(number), desk.provider_name(owner)) for key, number, owner in found}
        lines = await lines_of([row.id for row in rows], session=session)
        request.state.bills = {
            row.id: (
                *accounts[row.account_id],
                say_signed(total_of(lines[row.id])),
                _say_gap(row, bool(line_gaps(lines[row.id]))),
            )
            for row in rows
        }

    async def repr(self, obj: Any, request: Request) -> str:
        """«Квитанция: 100 200 300, октябрь 2026»."""
        return f"{request.state.bills[obj.id][0]}, {say_month(cast(date, obj.period))}"


def _say_gap(bill: Bill, has_wrong_line: bool) -> str:
    if bill.gap_minor:
        return _("No: it differs by {sum}").format(sum=say_signed(bill.gap_minor))
    return _("No: a line differs") if has_wrong_line else _("Yes")


class GapsView(WorkView):
    """Bills whose figures do not fit together."""

    menu_label = later(N_("Bills that do not add up"))
    icon = "fa-solid fa-scale-unbalanced"
    section = Section.READINGS
    path = "/gaps"
    route_name = "gaps"
    permission = Permission.SEE_BILLS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The latest of them, with what differs."""
        chosen = own_provider(desk_of(request), asked_id(request, "provider"))
        found = await bills_with_gaps(session=request.state.session, provider_id=chosen)
        await note(request, "list", "bill", "", {"what": "gaps", "rows": len(found)})
        return self.render(
            request, "gaps.html", gaps=found, chosen=chosen, signed=say_signed, say_number=group_digits
        )
