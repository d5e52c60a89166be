"""Why one bill is larger than another: volume, tariff, recalculation, penalty, services. Pure rules.

What was used is told first, at the old tariff; then the new tariff, on what is used now. So the
parts add up without a rest of both, and the first answers «how much would it have been at the old
price?».
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

from cabinet.billing.lines import ChargeLine, total_of
from cabinet.billing.models import ChargeKind


class Cause(StrEnum):
    """What a part of the difference comes from."""

    VOLUME = "volume"
    TARIFF = "tariff"
    RECALCULATION = "recalculation"
    NO_RECALCULATION = "no_recalculation"
    """The bill before had one, and this one has not."""
    PENALTY = "penalty"
    NEW = "new"
    GONE = "gone"
    CHARGE = "charge"
    """The charge itself changed and cannot be split: no volume or tariff, or a line that does not add up."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A part of the difference in minor units; a penalty belongs to no service."""

    cause: Cause
    service: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class _Service:
    """The lines of one service taken together; volume and tariff only where they are one."""

    charged_minor: int
    recalculation_minor: int
    volume: Decimal | None
    tariff: Decimal | None
    unit: str


def explain(before: Sequence[ChargeLine], after: Sequence[ChargeLine]) -> list[Effect]:
    """The difference of the two sums in parts that add up to it exactly, the largest first."""
    effects = [*_of_services(_services(before), _services(after)), *_of_penalty(before, after)]
    return sorted((one for one in effects if one.amount_minor), key=lambda one: -abs(one.amount_minor))


def round_to(total: int, exact: Sequence[Fraction]) -> list[int]:
    """Whole numbers near the exact ones that add up to `total`: the largest remainders get the odd units."""
    parts = [floor(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    each, odd = divmod(total - sum(parts), len(parts))
    return [part + each + (order.index(i) < odd) for i, part in enumerate(parts)]


def _of_services(old: dict[str, _Service], new: dict[str, _Service]) -> Iterator[Effect]:
    for service in {**new, **old}:
        was, now = old.get(service), new.get(service)
        corrected = now.recalculation_minor if now else 0
        cause = Cause.RECALCULATION if corrected else Cause.NO_RECALCULATION
        yield Effect(cause, service, corrected - (was.recalculation_minor if was else 0))
        if was and now:
            yield from _of_charge(service, was, now)
        elif now:
            yield Effect(Cause.NEW, service, now.charged_minor)
        elif was:
            yield Effect(Cause.GONE, service, -was.charged_minor)


def _of_charge(service: str, was: _Service, now: _Service) -> Iterator[Effect]:
    """Volume and tariff, and what neither of them explains."""
    difference = now.charged_minor - was.charged_minor
    exact = _volume_and_tariff(was, now)
    if exact is None:
        yield Effect(Cause.CHARGE, service, difference)
        return
    unexplained = difference - sum(exact)
    rest = 0 if any(exact) and abs(unexplained) <= 1 else round(unexplained)
    volume, tariff = _rounded(difference - rest, exact)
    yield Effect(Cause.VOLUME, service, volume)
    yield Effect(Cause.TARIFF, service, tariff)
    yield Effect(Cause.CHARGE, service, rest)


def _volume_and_tariff(was: _Service, now: _Service) -> tuple[Fraction, Fraction] | None:
    """Both effects in minor units, unrounded."""
    if was.volume is None or was.tariff is None or now.volume is None or now.tariff is None:
        return None
    if was.unit != now.unit:
        return None
    volumes, tariffs = (
        (Fraction(was.volume), Fraction(now.volume)),
        (Fraction(was.tariff), Fraction(now.tariff)),
    )
    return (volumes[1] - volumes[0]) * tariffs[0] * 100, (tariffs[1] - tariffs[0]) * volumes[1] * 100


def _rounded(total: int, exact: tuple[Fraction, Fraction]) -> tuple[int, int]:
    """A cause that did not act gets nothing of the rounding."""
    volume, tariff = exact
    if not tariff:
        return total, 0
    if not volume:
        return 0, total
    rounded = round_to(total, exact)
    return rounded[0], rounded[1]


def _of_penalty(before: Sequence[ChargeLine], after: Sequence[ChargeLine]) -> Iterator[Effect]:
    yield Effect(Cause.PENALTY, "", _penalty(after) - _penalty(before))


def _penalty(lines: Sequence[ChargeLine]) -> int:
    return total_of(line for line in lines if line.kind is ChargeKind.PENALTY)


def _services(lines: Sequence[ChargeLine]) -> dict[str, _Service]:
    grouped: dict[str, list[ChargeLine]] = {}
    for line in lines:
        if line.kind is ChargeKind.SERVICE:
            grouped.setdefault(line.service, []).append(line)
    return {service: _together(same) for service, same in grouped.items()}


def _together(lines: list[ChargeLine]) -> _Service:
    volumes = [line.volume for line in lines]
    tariffs, units = {line.tariff for line in lines}, {line.unit for line in lines}
    is_one = len(tariffs) == len(units) == 1
    known = [volume for volume in volumes if volume is not None]
    return _Service(
        charged_minor=sum(line.charged_minor for line in lines),
        recalculation_minor=sum(line.recalculation_minor for line in lines),
        volume=sum(known, Decimal(0)) if is_one and len(known) == len(volumes) else None,
        tariff=tariffs.pop() if is_one else None,
        unit=units.pop() if is_one else "",
    )
