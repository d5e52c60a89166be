"""What the address of the payment page asks for: the month and the sum of a bill. Wishes: the server counts anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cabinet.billing.service import OpenLine
from cabinet.i18n import _
from cabinet.kit.dates import say_month
from cabinet.kit.money import format_amount, plain_amount
from cabinet.payments import service as payments

_LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Wished:
    """How the form begins: the month that is not paid yet (or none) and the sum in minor units (0: the debt)."""

    period: date | None
    amount_minor: int
    words: str

    @property
    def own(self) -> str:
        """The sum as it stands in the field; empty for the debt."""
        return plain_amount(self.amount_minor) if self.amount_minor else ""


def wished(asked: Mapping[str, str], debts: list[OpenLine], debt_minor: int) -> Wished | None:
    """The form for `?period=2026-10&sum=184250`; None if the address asks for nothing that can be read."""
    month, amount = _month(asked.get("period", "")), _amount(asked.get("sum", ""))
    if month is None and not amount:
        return None
    opened = {one.period: one.open_minor for one in payments.open_periods(debts)}
    period = month if month in opened else None
    wanted = amount or (opened[period] if period else 0)
    is_debt = wanted == max(debt_minor, 0)
    return Wished(
        period=period,
        amount_minor=0 if is_debt else wanted,
        words=_say(month, amount, is_open=month is None or period is not None),
    )


def _say(month: date | None, amount: int, *, is_open: bool) -> str:
    if month and not is_open:
        return _("Nothing is owed for {month} by our data. Compare the sum before you pay.").format(
            month=say_month(month)
        )
    what = ", ".join([*([say_month(month)] if month else []), *([format_amount(amount)] if amount else [])])
    return _("From the bill: {what}. Compare it before you pay.").format(what=what)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == len("2026-10") else None
    except ValueError:
        return None


def _amount(text: str) -> int:
    return min(int(text), _LARGEST) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
