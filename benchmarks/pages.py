"""What the server does when a page of a resident loads, and when a payment is made, without a browser."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import reflex as rx

from cabinet.database import unit_of_work
from cabinet.kit.dates import now
from cabinet.payments import processor
from cabinet.payments.models import Payment, PaymentItem, PaymentState
from cabinet.payments.processor import CheckoutTruth
from cabinet.portal.account.state import AccountState
from cabinet.portal.bills.state import BillsState, BillState
from cabinet.portal.history.state import HistoryState
from cabinet.portal.pay.state import PayState
from cabinet.portal.readings.state import ReadingsState
from cabinet.residents.person import Person
from cabinet.ui import gate, routes
from cabinet.ui.accounts import AccountsState

Page = tuple[str, list[type[rx.State]]]
"""Its address, and the states that load."""


def pages(account_id: UUID, bill_id: UUID) -> dict[str, Page]:
    """The pages that show an account."""
    account = str(account_id)
    return {
        "cabinet": (routes.CABINET, [AccountsState]),
        "account": (routes.account(account), [AccountState]),
        "pay": (routes.pay(account), [PayState]),
        "readings": (routes.READINGS, [ReadingsState]),
        "bills": (routes.bills(account), [BillsState]),
        "bill": (routes.bill(bill_id), [BillState]),
        "payments": (routes.payments(account), [AccountsState, HistoryState]),
    }


async def load(person: Person | None, page: Page) -> None:
    """Run the load events of a page, as its states do for whoever is signed in."""
    path, states = page
    gate._person.set(person)  # pyright: ignore[reportPrivateUsage]
    for state in states:
        await _state_at(path, state).load()


def _state_at(path: str, kind: type[rx.State]) -> Any:
    """A new state whose page has that address."""
    where, _, query = path.partition("?")
    asked = dict(part.split("=") for part in query.split("&")) if query else {}
    url = SimpleNamespace(path=where, query_parameters=asked)
    kind.router = SimpleNamespace(url=url, session=SimpleNamespace(session_id="bench"))  # pyright: ignore
    return kind(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]


async def agree(resident_id: UUID, account_id: UUID, amount_minor: int, **item: Any) -> UUID:
    """A payment for one account that the card has made and nobody has settled."""
    payment = pending(resident_id, amount_minor)
    async with unit_of_work() as session:
        session.add(payment)
        await session.flush()
        session.add(
            PaymentItem(payment_id=payment.id, account_id=account_id, amount_minor=amount_minor, **item)
        )
    return payment.id


def pending(resident_id: UUID, amount_minor: int) -> Payment:
    """A payment that waits for its settlement."""
    key = uuid4().hex
    return Payment(
        resident_id=resident_id,
        amount_minor=amount_minor,
        processor="sandbox",
        idempotency_key=key,
        session_ref=f"cs_{key}",
        state=PaymentState.PENDING,
        expires_at=now(),
    )


def let_cards_pay(amount_minor: int) -> None:
    """Put a processor into this process that takes no time, and to which every payment is one of this amount."""

    async def paid(session_ref: str) -> CheckoutTruth:
        return CheckoutTruth(
            session_ref, "complete", "paid", amount_minor, "RUB", f"pi_{session_ref}", None, None, None, None
        )

    processor.fetch_checkout = paid
