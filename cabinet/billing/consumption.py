"""What was used, month by month, as the bills say. A pure rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cabinet.billing.views import BillView

_NOT_USED = frozenset({"", "м²", "м2", "кв.м", "кв. м", "мес.", "мес", "чел.", "чел", "шт.", "шт"})
"""Units of what does not depend on anybody's use: floor space, months, people."""


@dataclass(frozen=True, slots=True)
class Use:
    """One service, the oldest month first."""

    service: str
    unit: str
    by_month: list[tuple[date, Decimal]]


def consumption_of(bills: Sequence[BillView]) -> list[Use]:
    """The services with a volume that somebody uses; a month whose bill lacks one counts as nothing used."""
    found: dict[tuple[str, str], dict[date, Decimal]] = {}
    for bill in bills:
        for line in bill.services:
            if line.volume is not None and line.unit not in _NOT_USED:
                months = found.setdefault((line.service, line.unit), {})
                months[bill.period] = months.get(bill.period, Decimal(0)) + line.volume
    periods = [bill.period for bill in bills]
    return [
        Use(service, unit, [(period, months.get(period, Decimal(0))) for period in periods])
        for (service, unit), months in found.items()
    ]
