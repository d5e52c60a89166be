"""What the demo's bills list and what its meters look like, per kind of provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from cabinet.billing.service import ChargeLine
from cabinet.meters.models import MeterKind
from cabinet.providers.models import ProviderKind


@dataclass(frozen=True, slots=True)
class DemoZone:
    """One tariff zone: the line that it makes on the bill, and a month's use from and to."""

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


_DAY_AND_NIGHT = (
    DemoZone("Электроэнергия, пик (T1)", "8.41", (40, 110)),
    DemoZone("Электроэнергия, ночь (T2)", "3.27", (30, 90)),
    DemoZone("Электроэнергия, полупик (T3)", "6.05", (50, 130)),
)
_THREE_ZONES = DemoMeter(MeterKind.ELECTRICITY, "кВт·ч", 6, 1, _DAY_AND_NIGHT)
_GAS = DemoMeter(MeterKind.GAS, "м³", 5, 0, (DemoZone("Газоснабжение", "8.93", (25, 190)),))
_COLD = DemoMeter(MeterKind.COLD_WATER, "м³", 5, 3, (DemoZone("Холодная вода", "52.18", (3, 9)),))
_HOT = DemoMeter(MeterKind.HOT_WATER, "м³", 5, 3, (DemoZone("Горячая вода", "231.40", (2, 6)),))
_HEAT = DemoMeter(MeterKind.HEAT, "Гкал", 5, 3, (DemoZone("Отопление", "2611.75", (1, 2)),))
_ONE_ZONE = DemoMeter(MeterKind.ELECTRICITY, "кВт·ч", 6, 1, (DemoZone("Электроэнергия", "6.73", (90, 320)),))
_METERS: dict[ProviderKind, tuple[DemoMeter, ...]] = {
    ProviderKind.GAS: (_GAS,),
    ProviderKind.WATER: (_COLD, _HOT),
    ProviderKind.HEAT: (_HEAT,),
    ProviderKind.HOUSING: (),
}


def meters_for(kind: ProviderKind, index: int) -> tuple[DemoMeter, ...]:
    """The meters of the account with this number in the row."""
    if kind is ProviderKind.ELECTRICITY:
        return (_ONE_ZONE,) if index % 5 == 4 else (_THREE_ZONES,)
    return _METERS[kind]


def metered_line(meter: DemoMeter, zone: DemoZone, volume: Decimal) -> ChargeLine:
    """The line of a bill for what a zone counted."""
    return charge(zone.service, volume, meter.unit, zone.tariff)


def standing_lines(kind: ProviderKind, area: Decimal, volumes: Sequence[Decimal]) -> list[ChargeLine]:
    """The lines that no meter makes."""
    if kind is ProviderKind.GAS:
        return [charge("Обслуживание газового оборудования", Decimal(1), "мес.", "98.50")]
    if kind is ProviderKind.WATER:
        return [charge("Водоотведение", sum(volumes, Decimal(0)), "м³", "38.66")]
    if kind is ProviderKind.HOUSING:
        return [
            charge("Содержание жилого помещения", area, "м²", "32.40"),
            charge("Взнос на капитальный ремонт", area, "м²", "14.69"),
            charge("Вывоз мусора", Decimal(1), "мес.", "187.20"),
        ]
    return []


def charge(service: str, volume: Decimal, unit: str, tariff: str) -> ChargeLine:
    """A line whose amount is volume times tariff, rounded half up to kopecks."""
    price = Decimal(tariff)
    amount = int((volume * price * 100).quantize(Decimal(1), ROUND_HALF_UP))
    return ChargeLine(service, amount, volume=volume, unit=unit, tariff=price)


def invent_use(random: Random, meter: DemoMeter, zone: DemoZone) -> Decimal:
    """What a zone counts in one month."""
    scale = 10**meter.decimals
    low, high = zone.use
    return Decimal(random.randint(low * scale, high * scale)) / scale
