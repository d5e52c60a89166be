"""The lines of a bill, and whether it adds up by the provider's own figures. Pure rules without tolerance."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from cabinet.billing.models import ChargeKind


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A line of a bill; tariff in roubles for a unit, amounts in minor units."""

    service: str
    amount_minor: int
    """The recalculation included."""
    kind: ChargeKind = ChargeKind.SERVICE
    volume: Decimal | None = None
    unit: str = ""
    tariff: Decimal | None = None
    recalculation_minor: int = 0

    @property
    def charged_minor(self) -> int:
        """What was charged for this month, without what corrects earlier ones."""
        return self.amount_minor - self.recalculation_minor


@dataclass(frozen=True, slots=True)
class Figures:
    """What the provider says about a bill as a whole, in minor units; None: it says nothing."""

    opening_minor: int | None = None
    paid_minor: int | None = None
    closing_minor: int | None = None
    number: str = ""


@dataclass(frozen=True, slots=True)
class LineGap:
    """A line whose amount is not volume × tariff and recalculation, in minor units."""

    service: str
    amount_minor: int
    expected_minor: int


def total_of(lines: Iterable[ChargeLine]) -> int:
    """What the lines add to the balance."""
    return sum(line.amount_minor for line in lines)


def gap_of(figures: Figures, total_minor: int) -> int:
    """By how much the closing balance exceeds opening + lines − paid; 0 where a figure is not given."""
    opening, paid, closing = figures.opening_minor, figures.paid_minor, figures.closing_minor
    if opening is None or paid is None or closing is None:
        return 0
    return closing - (opening + total_minor - paid)


def price_minor(volume: Decimal, tariff: Decimal) -> int:
    """Volume × tariff in minor units, rounded half up."""
    return int((volume * tariff * 100).quantize(Decimal(1), ROUND_HALF_UP))


def line_gaps(lines: Iterable[ChargeLine]) -> list[LineGap]:
    """The lines that do not add up; one without volume or tariff cannot be checked."""
    return [
        LineGap(line.service, line.amount_minor, expected)
        for line in lines
        if (expected := _expected(line)) is not None and expected != line.amount_minor
    ]


def _expected(line: ChargeLine) -> int | None:
    if line.volume is None or line.tariff is None:
        return None
    return price_minor(line.volume, line.tariff) + line.recalculation_minor
