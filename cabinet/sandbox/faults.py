"""Faults on demand: what the sandbox can be told to do wrong, in this process, for tests."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta


def _none(_kind: str) -> bool:
    return False


@dataclass
class Faults:
    """All off by default. Set attributes; `reset()` turns everything off again."""

    down: bool = False
    """Answer every API call with 503."""
    lose_responses: int = 0
    """Do the work of so many of the next POST calls, then break the connection."""
    lenient: bool = False
    """Allow what Stripe refuses: small amounts, refunds above the charge."""
    amount_shift_minor: int = 0
    """Charge so much more (or less) than the session asks for."""
    currency: str = ""
    """Charge in this currency instead of the session's."""

    delay: timedelta = field(default_factory=timedelta)
    """Hold every new event back for so long."""
    copies: int = 1
    """Deliver every event so many times."""
    shuffle: bool = False
    """Deliver the events that are due in random order."""
    drop: int = 0
    """Lose so many of the next deliveries on the way; they are retried as Stripe does."""
    drop_forever: Callable[[str], bool] = _none
    """Which kinds of event (`checkout.session.completed`) never arrive at all."""

    def reset(self) -> None:
        """Turn everything off."""
        clean = Faults()
        for each in fields(self):
            setattr(self, each.name, getattr(clean, each.name))

    def take_lost_response(self) -> bool:
        """Whether this response is one of those to be lost."""
        self.lose_responses, lost = max(self.lose_responses - 1, 0), self.lose_responses > 0
        return lost

    def take_drop(self, kind: str) -> bool:
        """Whether this delivery is one of those to be lost."""
        if self.drop_forever(kind):
            return True
        self.drop, dropped = max(self.drop - 1, 0), self.drop > 0
        return dropped


faults = Faults()
