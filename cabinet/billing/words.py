"""Bills in words: why a sum changed, volumes and tariffs as the bill prints them."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal

from cabinet.billing.comparison import Cause, Effect
from cabinet.billing.views import WholeBill
from cabinet.i18n import N_, _, current_locale
from cabinet.kit.money import format_amount
from cabinet.kit.units import say_unit

_CAUSES = {
    Cause.VOLUME: (N_("more was used"), N_("less was used")),
    Cause.TARIFF: (N_("the tariff rose"), N_("the tariff fell")),
    Cause.RECALCULATION: (N_("recalculation"),) * 2,
    Cause.NO_RECALCULATION: (N_("no recalculation this time"),) * 2,
    Cause.PENALTY: (N_("more penalty"), N_("less penalty")),
    Cause.NEW: (N_("a new service"),) * 2,
    Cause.GONE: (N_("a service is gone"),) * 2,
    Cause.CHARGE: (N_("more was charged"), N_("less was charged")),
}
"""What is said where the sum grew, and where it fell."""


def say_why(whole: WholeBill) -> str:
    """One sentence: «Начислено на 312,40 ₽ больше, чем в сентябре: …»; empty without a bill before."""
    if whole.before is None:
        return ""
    month = say_in_month(whole.before.period, whole.bill.period)
    reasons = ", ".join(_say_reasons(whole.effects))
    difference = whole.difference_minor
    if not difference:
        said = _("As much was charged as in {month}, though not for the same: {reasons}.")
        return (said if reasons else _("As much was charged as in {month}.")).format(
            month=month, reasons=reasons
        )
    more = _("{sum} more was charged than in {month}: {reasons}.")
    less = _("{sum} less was charged than in {month}: {reasons}.")
    return (more if difference > 0 else less).format(
        sum=format_amount(abs(difference)), month=month, reasons=reasons
    )


def say_cause(effect: Effect) -> str:
    """What happened, in two or three words."""
    more, less = _CAUSES[effect.cause]
    return _(more if effect.amount_minor > 0 else less)


def say_change(minor: int) -> str:
    """«+312,40 ₽» or «−62,30 ₽»."""
    return ("+" if minor > 0 else "\u2212" if minor < 0 else "") + format_amount(abs(minor))


def say_signed(minor: int) -> str:
    """An amount with a true minus sign: «−150,00 ₽»."""
    return ("\u2212" if minor < 0 else "") + format_amount(abs(minor))


def say_in_month(month: date, seen_from: date) -> str:
    """«сентябре» or "September", with the year where it is another one."""
    name = format_date(month, "LLLL", locale=current_locale())
    if current_locale() == "ru":
        name = name.rstrip("ьй") + "е"
    if month.year == seen_from.year:
        return name
    return f"{name} {month.year} года" if current_locale() == "ru" else f"{name} {month.year}"


def say_volume(volume: Decimal | None, unit: str = "") -> str:
    """«12,5 м³», without needless zeros."""
    if volume is None:
        return ""
    said = format_decimal(volume, "#,##0.####", locale=current_locale())
    return f"{said} {say_unit(unit)}".strip().replace(" ", "\u00a0")


def say_tariff(tariff: Decimal | None) -> str:
    """«8,93 ₽» for a unit: kopecks always, more digits only where there are any."""
    if tariff is None:
        return ""
    figure = format_decimal(tariff, "#,##0.00##", locale=current_locale())
    return f"{figure}\u202f₽" if current_locale() == "ru" else f"₽{figure}"


def _say_reasons(effects: Sequence[Effect]) -> Iterable[str]:
    """Each cause once; its service is named where only one of several acted."""
    services = {effect.service for effect in effects if effect.service}
    for cause, together in _by_cause(effects).items():
        named = {effect.service for effect in together if effect.service}
        total = Effect(cause, "", sum(effect.amount_minor for effect in together))
        if not total.amount_minor:
            continue
        what = say_cause(total)
        change = say_change(total.amount_minor)
        if len(named) == 1 and (len(services) > 1 or cause in (Cause.NEW, Cause.GONE)):
            yield _("{what} ({service}, {sum})").format(what=what, service=named.pop(), sum=change)
        else:
            yield _("{what} ({sum})").format(what=what, sum=change)


def _by_cause(effects: Sequence[Effect]) -> dict[Cause, list[Effect]]:
    found: dict[Cause, list[Effect]] = {}
    for effect in effects:
        found.setdefault(effect.cause, []).append(effect)
    totals = {cause: sum(effect.amount_minor for effect in same) for cause, same in found.items()}
    return {cause: found[cause] for cause in sorted(found, key=lambda one: -abs(totals[one]))}
