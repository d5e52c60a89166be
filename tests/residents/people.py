"""Alice, and the ways to her mailbox."""

import re
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.mail.models import Letter
from cabinet.residents import service as residents
from cabinet.residents.models import Resident

ALICE = "alice@mail.example"
PASSWORD = "garden7"
ADDRESS = "203.0.113.7"


async def letters_to(email: str, *, session: AsyncSession) -> list[Letter]:
    query = select(Letter).where(Letter.recipient_key == email.casefold())
    return list(await session.exec(query.order_by(col(Letter.created_at))))


async def newest_token(email: str, *, session: AsyncSession) -> str:
    letter = (await letters_to(email, session=session))[-1]
    found = re.search(r"token=([\w-]+)", letter.text)
    assert found, letter.text
    return found[1]


async def sign_up(email: str = ALICE, password: str = PASSWORD, *, session: AsyncSession) -> None:
    await residents.sign_up(email, password, True, "ru", ADDRESS, session=session)


async def confirmed(email: str = ALICE, password: str = PASSWORD, *, session: AsyncSession) -> UUID:
    await sign_up(email, password, session=session)
    await residents.confirm_email(await newest_token(email, session=session), session=session)
    return (await resident(email, session=session)).id


async def resident(email: str = ALICE, *, session: AsyncSession) -> Resident:
    return (await session.exec(select(Resident).where(Resident.email_key == email))).one()


async def signed_in(email: str = ALICE, password: str = PASSWORD, *, session: AsyncSession) -> str:
    return await residents.sign_in(email, password, "Firefox", ADDRESS, session=session)
