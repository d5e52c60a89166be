"""What the demo's bills list and what its meters look like, per kind of provider."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from cabinet.billing.lines import ChargeLine, price_minor
from cabinet.meters.models import MeterKind
from cabinet.providers.models import ProviderKind

BEFORE_THE_CHANGE = Decimal("0.915")
"""What a price was before the last change, of what it is now."""
TRANSFORMED_INDEX, TRANSFORMATION_RATIO = 4, 15
"""This account of the electricity has a meter behind a current transformer."""


@dataclass(frozen=True, slots=True)
class DemoZone:
    """One tariff zone: the line that it makes on the bill, its present tariff, a month's use from and to."""

    service: str
    tariff: str
    use: tuple[int, int]


@dataclass(frozen=True, slots=True)
class DemoMeter:
    """One device; use is counted in its smallest digit."""

    kind: MeterKind
    unit: str
    digits: int
    decimals: int
    zones: tuple[DemoZone, ...]
    ratio: int = 1


_DAY_AND_NIGHT = (
    DemoZone("Электроэнергия, пик (Т1)", "8.41", (40, 110)),
    DemoZone("Электроэнергия, ночь (Т2)", "3.27", (30, 90)),
    DemoZone("Электроэнергия, полупик (Т3)", "6.05", (50, 130)),
)
_THREE_ZONES = DemoMeter(MeterKind.ELECTRICITY, "кВт·ч", 6, 1, _DAY_AND_NIGHT)
_GAS = DemoMeter(MeterKind.GAS, "м³", 5, 0, (DemoZone("Газоснабжение", "8.93", (25, 190)),))
_COLD = DemoMeter(MeterKind.COLD_WATER, "м³", 5, 3, (DemoZone("Холодная вода", "52.18", (3, 9)),))
_HOT = DemoMeter(MeterKind.HOT_WATER, "м³", 5, 3, (DemoZone("Горячая вода", "231.40", (2, 6)),))
_HEAT = DemoMeter(MeterKind.HEAT, "Гкал", 5, 3, (DemoZone("Отопление", "2611.75", (1, 2)),))
_ONE_ZONE = DemoMeter(MeterKind.ELECTRICITY, "кВт·ч", 6, 1, (DemoZone("Электроэнергия", "6.73", (90, 320)),))
_BEHIND_TRANSFORMER = replace(
    _ONE_ZONE, zones=(DemoZone("Электроэнергия", "6.73", (6, 21)),), ratio=TRANSFORMATION_RATIO
)
_METERS: dict[ProviderKind, tuple[DemoMeter, ...]] = {
    ProviderKind.GAS: (_GAS,),
    ProviderKind.WATER: (_COLD, _HOT),
    ProviderKind.HEAT: (_HEAT,),
    ProviderKind.HOUSING: (),
}


def meters_for(kind: ProviderKind, index: int) -> tuple[DemoMeter, ...]:
    """The meters of the account with this number in the row."""
    if kind is ProviderKind.ELECTRICITY:
        if index == TRANSFORMED_INDEX:
            return (_BEHIND_TRANSFORMER,)
        return (_ONE_ZONE,) if index % 5 == 4 else (_THREE_ZONES,)
    return _METERS[kind]


def all_meters() -> dict[ProviderKind, tuple[DemoMeter, ...]]:
    """Every sort of meter of each kind of provider."""
    return {**_METERS, ProviderKind.ELECTRICITY: (_THREE_ZONES, _ONE_ZONE)}


def last_change(day: date) -> date:
    """The 1 October from which the present prices hold."""
    this_year = date(day.year, 10, 1)
    return this_year if this_year <= day else date(day.year - 1, 10, 1)


def price(tariff: str, *, is_new: bool) -> Decimal:
    """Roubles for a unit, after the last change or before it."""
    present = Decimal(tariff)
    return present if is_new else (present * BEFORE_THE_CHANGE).quantize(Decimal("0.01"), ROUND_HALF_UP)


def metered_line(meter: DemoMeter, zone: DemoZone, volume: Decimal, *, is_new: bool) -> ChargeLine:
    """The line of a bill for what a zone counted."""
    return charge(zone.service, volume, meter.unit, zone.tariff, is_new=is_new)


def standing_lines(
    kind: ProviderKind, area: Decimal, volumes: Sequence[Decimal], *, is_new: bool
) -> list[ChargeLine]:
    """The lines that no meter makes."""
    rows: list[tuple[str, Decimal, str, str]] = []
    if kind is ProviderKind.GAS:
        rows = [("Обслуживание газового оборудования", Decimal(1), "мес.", "98.50")]
    if kind is ProviderKind.WATER:
        rows = [("Водоотведение", sum(volumes, Decimal(0)), "м³", "38.66")]
    if kind is ProviderKind.HOUSING:
        rows = [
            ("Содержание жилого помещения", area, "м²", "32.40"),
            ("Взнос на капитальный ремонт", area, "м²", "14.69"),
            ("Вывоз мусора", Decimal(1), "мес.", "187.20"),
        ]
    return [charge(*row, is_new=is_new) for row in rows]


def charge(service: str, volume: Decimal, unit: str, tariff: str, *, is_new: bool = True) -> ChargeLine:
    """A line whose amount is volume times tariff, rounded half up to kopecks."""
    current = price(tariff, is_new=is_new)
    return ChargeLine(service, price_minor(volume, current), volume=volume, unit=unit, tariff=current)


def corrected(line: ChargeLine, recalculation_minor: int) -> ChargeLine:
    """The line with a recalculation for earlier months."""
    return replace(
        line, amount_minor=line.amount_minor + recalculation_minor, recalculation_minor=recalculation_minor
    )


def invent_use(random: Random, meter: DemoMeter, zone: DemoZone) -> Decimal:
    """What a zone counts in one month."""
    scale = 10**meter.decimals
    low, high = zone.use
    return Decimal(random.randint(low * scale, high * scale)) / scale
