"""Residents of a town of their own, in the database of the running cluster.

`python -m tests.town.neighbours 20` prints them.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import uuid4

from cabinet.accounts.models import AccountLink
from cabinet.accounts.service import open_account
from cabinet.billing import service as billing
from cabinet.billing.service import ChargeLine
from cabinet.database import bind_engine, dispose_engine, unit_of_work
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.launcher.postgres import running_database
from cabinet.residents.cookie import cookie_name
from cabinet.residents.lookup import session_limit
from cabinet.residents.models import LoginSession, Resident, Role
from cabinet.residents.passwords import hash_password
from tests.accounts.making import make_meter, make_provider

PASSWORD = "Roza7714"


@dataclass(frozen=True)
class Neighbour:
    """A resident who is signed in, with one account and one meter of their own."""

    email: str
    cookie: str
    account_id: str
    zone_id: str


async def move_in(count: int) -> list[Neighbour]:
    """So many residents of one provider that takes readings on every day of the month."""
    password_hash = await hash_password(PASSWORD)
    async with unit_of_work() as session:
        provider = await make_provider(session, name_en="Storm", window_from=1, window_to=31)
    return [await _neighbour(provider.id, number, password_hash) for number in range(count)]


async def _neighbour(provider_id: object, number: int, password_hash: str) -> Neighbour:
    token, moment, email = new_token(), now(), f"storm-{uuid4().hex[:8]}@mail.example"
    async with unit_of_work() as session:
        row = Resident(
            email=email,
            email_key=email,
            password_hash=password_hash,
            search_key=email,
            confirmed_at=moment,
            welcomed_at=moment,
        )
        session.add(row)
        await session.flush()
        ends = moment + session_limit(Role.RESIDENT)
        session.add(
            LoginSession(
                token_hash=hash_token(token), resident_id=row.id, last_seen_at=moment, expires_at=ends
            )
        )
        account_id = await open_account(provider_id, f"37{number:06d}", session=session)  # pyright: ignore[reportArgumentType]
        session.add(AccountLink(resident_id=row.id, account_id=account_id))
        [zone_id] = await make_meter(session, account_id, serial=f"storm-{number}")
        period = date(2026, 9, 1)
        lines = [ChargeLine("Вода", 150_000)]
        await billing.issue_bill(account_id, period, period + timedelta(days=44), lines, session=session)
    return Neighbour(email, f"{cookie_name()}={token}", str(account_id), str(zone_id))


async def _main(count: int) -> list[Neighbour]:
    bind_engine()
    try:
        return await move_in(count)
    finally:
        await dispose_engine()


if __name__ == "__main__":
    with running_database():
        print(json.dumps([asdict(one) for one in asyncio.run(_main(int(sys.argv[1])))]))  # noqa: T201
