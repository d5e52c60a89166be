"""A scanned bill on its way to the next page. It stays on the server: account numbers stand in no address and no log."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import reflex as rx

from cabinet.accounts.service import LinkedAccount


@dataclass(frozen=True)
class KeptBill:
    """What the pages for linking and for the proof begin with; what the code did not say is empty."""

    provider_id: UUID
    number: str = ""
    sum_minor: int | None = None
    period: date | None = None

    def is_of(self, account: LinkedAccount) -> bool:
        """Whether it is a bill of this account."""
        return (self.provider_id, self.number) == (account.provider_id, account.number)


class KeptBillState(rx.State):
    """The bill that was scanned last in this tab; the underscores keep it from the browser."""

    _bill: KeptBill | None = None
    _waits: bool = False
    """The page for linking has not taken it yet."""


async def keep_bill(state: rx.State, bill: KeptBill | None) -> None:
    """Remember the bill in place of the one before, for the tab of `state`."""
    kept = await state.get_state(KeptBillState)
    kept._bill, kept._waits = bill, bill is not None  # pyright: ignore[reportPrivateUsage]


async def take_bill(state: rx.State) -> KeptBill | None:
    """The bill for the page for linking: once, so that a form opened later begins empty."""
    kept = await state.get_state(KeptBillState)
    taken = kept._bill if kept._waits else None  # pyright: ignore[reportPrivateUsage]
    kept._waits = False  # pyright: ignore[reportPrivateUsage]
    return taken


async def scanned_sum(state: rx.State, account: LinkedAccount, period: date) -> int:
    """What the bill of this month that was scanned for the account says; 0 if there is none."""
    bill = (await state.get_state(KeptBillState))._bill  # pyright: ignore[reportPrivateUsage]
    if bill is None or not bill.is_of(account) or bill.period not in (None, period):
        return 0
    return bill.sum_minor or 0
