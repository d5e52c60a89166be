"""What meters count and in which zones, as registries write it."""

from dataclasses import dataclass

from cabinet.exchange.formats.values import BadValue, shorten
from cabinet.i18n import _
from cabinet.kit.text import fold
from cabinet.meters.models import MeterKind


@dataclass(frozen=True, slots=True)
class MeterText:
    """A kind and, where the same word says it, the zone (T1 peak or day, T2 night, T3 half-peak) of so many."""

    kind: MeterKind
    zone: int = 1
    zones: int = 1


SBER_TYPES = {
    "1": MeterText(MeterKind.GAS),
    "2": MeterText(MeterKind.ELECTRICITY),
    "3": MeterText(MeterKind.ELECTRICITY, 1, 2),
    "4": MeterText(MeterKind.ELECTRICITY, 2, 2),
    "5": MeterText(MeterKind.ELECTRICITY, 1, 3),
    "6": MeterText(MeterKind.ELECTRICITY, 3, 3),
    "7": MeterText(MeterKind.ELECTRICITY, 2, 3),
    "8": MeterText(MeterKind.HOT_WATER),
    "9": MeterText(MeterKind.COLD_WATER),
    "10": MeterText(MeterKind.HEAT),
}
"""Sber's types of meters; day of a meter of three zones is what the meter calls half-peak, T3."""

_WORDS = (
    (MeterKind.HOT_WATER, ("гвс", "горяч", "гв", "hot")),
    (MeterKind.COLD_WATER, ("хвс", "холод", "хв", "вода", "водоснаб", "cold", "water")),
    (MeterKind.ELECTRICITY, ("эл", "ээ", "свет", "electr")),
    (MeterKind.GAS, ("газ", "gas")),
    (MeterKind.HEAT, ("отоп", "тепл", "цо", "heat")),
)
_ZONES = (
    (2, ("t2", "т2", "2", "ноч", "night", "n")),
    (3, ("t3", "т3", "3", "полупик", "п/пик", "half")),
    (1, ("t1", "т1", "1", "b", "день", "дневн", "пик", "day", "peak", "сут", "одн")),
)


def read_kind(text: str) -> MeterText:
    """The kind in a Russian or English word, its name here, or Sber's number; raises BadValue."""
    if text in SBER_TYPES:
        return SBER_TYPES[text]
    folded = fold(text)
    for kind, words in _WORDS:
        if folded == kind.value or any(word.startswith(words) for word in folded.replace(".", " ").split()):
            return MeterText(kind, 1, _zones_in(folded))
    if not text:
        raise BadValue(_("The row does not say what the meter counts."))
    raise BadValue(_("“{text}” is not a kind of meter that we know.").format(text=shorten(text)))


def _zones_in(folded: str) -> int:
    if "двух" in folded or "2-" in folded or "2х" in folded:
        return 2
    return 3 if any(sign in folded for sign in ("трех", "3-", "3х")) else 1


def read_zone(text: str, kind: MeterText) -> MeterText:
    """The kind with the zone that the text names (`T2`, `ночь`); an empty one is the first."""
    folded = fold(text)
    if not folded:
        return kind
    for zone, words in _ZONES:
        if folded.startswith(words):
            return MeterText(kind.kind, zone, max(zone, kind.zones))
    raise BadValue(_("“{text}” is not a tariff zone: write T1, T2 or T3.").format(text=shorten(text)))
