"""A resident with one account in debt, in the database of the running program.

`python -m benchmarks.resident 20` prints the cookies of 20 browsers in which they signed in, and the debt.
"""

import asyncio
import json
import re
import sys
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import link_account
from cabinet.database import bind_engine, dispose_engine, unit_of_work
from cabinet.kit.money import format_amount
from cabinet.launcher.postgres import running_database
from cabinet.mail.models import Letter
from cabinet.providers.models import Provider
from cabinet.residents import service as residents
from cabinet.residents.cookie import cookie_name
from cabinet.settings import settings

EMAIL = "bench@mail.example"
PASSWORD = "garden7"


async def settle_in(browsers: int) -> dict[str, Any]:
    """Sign up, confirm, sign in, link the first account of the demo and put the first steps aside."""
    async with unit_of_work() as session:
        await residents.sign_up(EMAIL, PASSWORD, True, "ru", "", session=session)
    async with unit_of_work() as session:
        await residents.confirm_email(await _token_of_letter(session), session=session)
    tokens = [await _sign_in() for _ in range(browsers)]
    return {"cookies": [f"{cookie_name()}={token}" for token in tokens], "debt": await _link_debt(tokens[0])}


async def _sign_in() -> str:
    async with unit_of_work() as session:
        return await residents.sign_in(EMAIL, PASSWORD, "benchmark", "", session=session)


async def _link_debt(token: str) -> str:
    """Link the first account that owes something; its debt as pages write it."""
    person = await residents.person_behind(token)
    assert person
    offer = json.loads((settings.data_dir / "demo.json").read_text("utf-8"))["accounts"][0]
    async with unit_of_work() as session:
        provider = (await session.exec(select(Provider).where(col(Provider.name) == offer["provider"]))).one()
        linked = await link_account(person.id, provider.id, offer["number"], session=session)
        await residents.put_welcome_aside(person.id, session=session)
    return format_amount(linked.balance_minor)


async def _token_of_letter(session: AsyncSession) -> str:
    letter = (await session.exec(select(Letter).where(Letter.recipient_key == EMAIL))).one()
    found = re.search(r"token=([\w-]+)", letter.text)
    assert found
    return found[1]


async def _main(browsers: int) -> dict[str, Any]:
    bind_engine()
    try:
        return await settle_in(browsers)
    finally:
        await dispose_engine()


if __name__ == "__main__":
    with running_database():
        print(json.dumps(asyncio.run(_main(int(sys.argv[1])))))
