"""Zones to type values into, without a database."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from cabinet.meters.models import MeterKind
from cabinet.meters.rules import Dial, Place, Switches

DIAL = Dial(5, 1, "кВт·ч")
SWITCHES = Switches(max_use=1000, zero_use_allowed=True, zero_crossing_allowed=True)
STEADY = (Decimal(100),) * 12
"""A hundred each month for a year."""


def place(previous: str | Decimal | None = None, **values: Any) -> Place:
    """A zone that stood at `previous`."""
    usual: dict[str, Any] = {
        "meter_id": uuid4(),
        "kind": MeterKind.ELECTRICITY,
        "serial": "001",
        "number": 1,
        "zones": 1,
        "dial": DIAL,
        "switches": SWITCHES,
        "previous": None if previous is None else Decimal(previous),
    }
    return Place(**(usual | values))


def zones_of_one_meter(*previous: str, **values: Any) -> dict[UUID, Place]:
    """T1 to T3 of one meter, by id."""
    meter_id = uuid4()
    return {
        uuid4(): place(value, meter_id=meter_id, number=number, zones=len(previous), **values)
        for number, value in enumerate(previous, 1)
    }
