"""When a standing order charges: pure rules over calendar days."""

from dataclasses import dataclass
from datetime import date, timedelta

from cabinet.kit.dates import add_months, month_of

NOTICE = timedelta(days=2)
"""How long before the charge the letter is written, in whole days."""
PATIENCE = timedelta(days=3)
"""How long after its day a charge may still be made; a later one is left out, with a letter."""
BILL_LOOK_BACK = timedelta(days=7)
"""How old a bill may be and still be announced: after an outage or a pause."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One charge to be announced: the month that it is for, and the day that it comes on."""

    period: date
    charge_on: date


def turn_by_day(day: int, today: date) -> Turn | None:
    """The turn to announce today, for an order that charges on a day of the month."""
    for period in (month_of(today), add_months(month_of(today), 1)):
        planned = period.replace(day=day)
        if planned - NOTICE <= today <= planned:
            return Turn(period, max(planned, today + NOTICE))
    return None


def turn_by_bill(period: date, today: date) -> Turn:
    """The turn of a bill that has arrived."""
    return Turn(period, today + NOTICE)


def next_by_day(day: int, today: date, after: date | None) -> date:
    """The next charge that is not announced yet; `after` is the month that had its turn already."""
    period = month_of(today)
    while period.replace(day=day) < today or (after is not None and period <= after):
        period = add_months(period, 1)
    return max(period.replace(day=day), today + NOTICE)


def is_too_late(charge_on: date, today: date) -> bool:
    """Whether the charge has been missed for so long that it would come as a surprise."""
    return today > charge_on + PATIENCE
