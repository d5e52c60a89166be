"""A process that works with money and is killed before a given step; forked anew for every attempt.

Started with the address of a database; reads one order (JSON) a line and answers one line:
how the child that carried it out ended, and how many steps it had taken.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import cabinet.models as _models
from cabinet import database
from cabinet.database import unit_of_work
from cabinet.payments import refunds
from cabinet.payments import service as payments
from cabinet.payments.disputes import import_disputes
from cabinet.payments.events import handle_event
from cabinet.payments.service import Wish
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.settings import settings
from tests.faults.steps import Steps, stepping

Order = dict[str, Any]
TABLES = _models.SQLModel.metadata


async def start(order: Order) -> None:
    """Press the button."""
    await payments.start_payment(
        UUID(order["resident"]),
        [Wish(UUID(order["account"]), own_amount="250,00")],
        attempt=order["attempt"],
        locale="ru",
    )


async def settle(order: Order) -> None:
    """Credit a payment."""
    await payments.settle(UUID(order["payment"]))


async def give_up(order: Order) -> None:
    """Close the hosted page."""
    await payments.cancel_payment(UUID(order["resident"]), UUID(order["payment"]))


async def refund(order: Order) -> None:
    """Want a refund and send it."""
    staff = Person(UUID(order["staff"]), UUID(int=0), "", "", Role.ADMINISTRATOR, None, "ru")
    async with unit_of_work() as session:
        wanted = await refunds.request_refund(
            UUID(order["payment"]), 10_000, "test", by=staff, session=session
        )
    await refunds.send_refund(wanted.id)


async def dispute(order: Order) -> None:
    """Take in what the bank has disputed or decided."""
    await import_disputes(UUID(order["payment"]))


async def event(order: Order) -> None:
    """Work on a stored event."""
    await handle_event(order["event"])


ACTIONS: dict[str, Callable[[Order], Awaitable[None]]] = {
    action.__name__: action for action in (start, settle, give_up, refund, dispute, event)
}


async def obey(order: Order) -> int:
    """Carry out one order, dying at its step; returns the steps it took if it lived."""
    database.bind_engine()
    with stepping(Steps(order["die_at"], lambda: os.kill(os.getpid(), signal.SIGKILL))) as steps:
        await ACTIONS[order["action"]](order)
    return steps.taken


def carry_out(order: Order) -> dict[str, Any]:
    """Fork a child for the order; tells whether it was killed, and what it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            answer = json.dumps({"steps": asyncio.run(obey(order))})
        except BaseException:
            answer = json.dumps({"error": traceback.format_exc()})
        os.write(writing, answer.encode()[-60_000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        answer = said.read()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": killed, **(json.loads(answer) if answer else {})}


def main() -> None:
    """Obey orders until there are no more."""
    settings.database_url = sys.argv[1]
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
