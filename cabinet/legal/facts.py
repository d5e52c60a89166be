"""What the placeholders of the texts stand for."""

from babel.units import format_unit

from cabinet.i18n import use_locale
from cabinet.kit.money import format_amount
from cabinet.settings import settings


def facts_in(locale: str) -> dict[str, str]:
    """Every placeholder with its value: who the operator is, how long things are kept, the least payment."""
    return _operator() | _terms(locale) | {"payment_minimum": _payment_minimum(locale)}


def _operator() -> dict[str, str]:
    parts = ("name", "inn", "address", "phone", "email", "hours")
    return {f"operator_{part}": getattr(settings, f"operator_{part}") for part in parts}


def _terms(locale: str) -> dict[str, str]:
    kept = {f"keep_{kind}": days for kind, days in settings.keep_days.model_dump().items()}
    sessions = {"session_days": settings.resident_session_days, "idle_days": settings.resident_idle_days}
    every = kept | sessions
    return {name: format_unit(days, "duration-day", locale=locale) for name, days in every.items()}


def _payment_minimum(locale: str) -> str:
    with use_locale(locale):
        return format_amount(settings.payment_minimum_minor)
