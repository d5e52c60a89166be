"""Payments and the accounts they go to. A clerk sees the part that belongs to the own provider."""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, exists
from sqlmodel import col, select
from starlette.requests import Request
from starlette_admin import BaseField, RequestAction
from starlette_admin.contrib.sqlmodel import InlineModelView

from cabinet.accounts.models import Account
from cabinet.i18n import N_
from cabinet.kit.dates import say_month
from cabinet.payments.models import Payment, PaymentItem
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Moment, Money, OptionalMoment, Shown, Text, choice, row_id
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.payment_search import own_accounts, payments_like
from cabinet.staff.related import Card, of_payment
from cabinet.staff.words import PAYMENT_STATES, later


class ItemsInline(InlineModelView):
    """The accounts that a payment goes to, shown below the payment."""

    model = PaymentItem
    fk_attr = "payment_id"
    key = "items"
    menu_label = later(N_("Where the money goes"))
    display_name = later(N_("part"))
    extra = 0
    fields: ClassVar[Sequence[Any]] = [
        row_id(),
        Shown(
            "account",
            label=later(N_("Account")),
            getter=lambda request, item: request.state.paid[item.account_id],
        ),
        Money("amount_minor", label=later(N_("Amount"))),
        Shown(
            "period",
            label=later(N_("For the month")),
            getter=lambda request, item: say_month(item.period) if item.period else None,
        ),
        OptionalMoment("handed_over_at", label=later(N_("Sent to the provider"))),
        OptionalMoment("posted_at", label=later(N_("Found in the provider's statement"))),
    ]

    async def find_by_parent(self, request: Request, parent: Any) -> Sequence[Any]:
        """The items whose accounts the person may see."""
        desk = desk_of(request)
        wanted = (
            select(PaymentItem, Account)
            .join(Account, col(Account.id) == col(PaymentItem.account_id))
            .where(PaymentItem.payment_id == parent.id)
            .order_by(col(Account.number))
        )
        found = list(await request.state.session.exec(own_accounts(wanted, desk)))
        request.state.paid = {
            one.id: f"{desk.provider_name(one.provider_id)} · {one.number}" for _item, one in found
        }
        return [item for item, _account in found]


class PaymentsView(DeskView):
    """Payments that reached us, and those that did not."""

    key = "payments"
    icon = "fa-solid fa-ruble-sign"
    section = Section.MONEY
    menu_label = later(N_("Payments"))
    display_name = later(N_("payment"))
    permission = Permission.SEE_PAYMENTS
    subject = "payment"
    personal = True
    exportable = True
    inlines = (ItemsInline,)
    row_actions = ("view",)
    detail_template = "payment_detail.html"

    fields: ClassVar[Sequence[Any]] = [
        Text("number", label=later(N_("No."))),
        Moment("created_at", label=later(N_("Date"))),
        choice("state", later(N_("State")), PAYMENT_STATES),
        Money(
            "own_minor",
            label=later(N_("Amount")),
            getter=lambda request, payment: request.state.own_minor[payment.id],
            read_only=True,
        ),
        Money("commission_minor", label=later(N_("Commission")), exclude_from_list=True),
        Shown(
            "resident",
            label=later(N_("Resident")),
            getter=lambda request, payment: request.state.payers.get(payment.resident_id),
        ),
        OptionalMoment("settled_at", label=later(N_("Money received"))),
        Text("reason", label=later(N_("Reason")), exclude_from_list=True),
        Text("processor", label=later(N_("Processor")), exclude_from_list=True),
        Text(
            "session_ref",
            label=later(N_("Processor's session")),
            exclude_from_list=True,
            exclude_from_export=True,
        ),
        Text("charge_ref", label=later(N_("Processor's payment")), exclude_from_list=True),
    ]
    searchable_fields: ClassVar[Sequence[str]] = ["state", "created_at", "settled_at", "charge_ref"]
    sortable_fields: ClassVar[Sequence[str]] = ["number", "created_at", "state", "settled_at"]
    fields_default_sort: ClassVar[Sequence[Any]] = [("created_at", True)]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """Payments with a part for the own provider, or all."""
        if desk.sees_all:
            return query
        item = (
            exists()
            .where(col(PaymentItem.payment_id) == col(Payment.id))
            .where(col(Account.id) == col(PaymentItem.account_id))
            .where(col(Account.provider_id) == desk.person.provider_id)
        )
        return query.where(item)

    def can_access_field(
        self, request: Request, field: BaseField, action: RequestAction | None = None
    ) -> bool:
        """Who paid, and how, is not the business of a provider's clerk."""
        hidden = field.name in {"resident", "session_ref", "charge_ref", "commission_minor"}
        if hidden and not desk_of(request).person.may(Permission.SEE_RESIDENTS):
            return False
        return super().can_access_field(request, field, action)

    async def related(self, request: Request, row: Payment) -> list[Card]:
        """Who paid, the accounts, requests and letters of the payer."""
        return await of_payment(request, row)

    def shows_money(self, request: Request) -> bool:
        """Whether the person may go on to refunds, disputes and checks."""
        return desk_of(request).person.may(Permission.SEE_MONEY)

    def shows_registries(self, request: Request) -> bool:
        """Whether the person may look up in which registry the provider was told."""
        return desk_of(request).person.may(Permission.SEE_REGISTRIES)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By anything that a resident may read out; see `payment_search`."""
        return payments_like(term, desk_of(request))

    async def prepare(self, request: Request, rows: Sequence[Payment]) -> None:
        """The sums that the person may see, and who paid."""
        session, desk = request.state.session, desk_of(request)
        ids = [row.id for row in rows]
        wanted = select(PaymentItem.payment_id, PaymentItem.amount_minor).join(
            Account, col(Account.id) == col(PaymentItem.account_id)
        )
        sums = dict.fromkeys(ids, 0)
        for payment_id, amount in await session.exec(
            own_accounts(wanted.where(col(PaymentItem.payment_id).in_(ids)), desk)
        ):
            sums[payment_id] += amount
        request.state.own_minor = sums
        payers = select(Resident.id, Resident.email).where(
            col(Resident.id).in_({row.resident_id for row in rows})
        )
        request.state.payers = dict((await session.exec(payers)).all())
