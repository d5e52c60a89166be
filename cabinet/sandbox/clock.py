"""The sandbox's own time, which tests and simulations may move forward."""

from datetime import datetime, timedelta

from cabinet.kit import dates

_shift = timedelta()


def now() -> datetime:
    """The present moment of the sandbox, UTC with zone."""
    return dates.now() + _shift


def timestamp() -> int:
    """The present moment as Stripe writes it: whole seconds since 1970."""
    return int(now().timestamp())


def advance(step: timedelta) -> None:
    """Move the sandbox's time forward."""
    global _shift
    _shift += step


def reset() -> None:
    """Return to the time of the machine."""
    global _shift
    _shift = timedelta()
