"""A support desk for tests: residents and agents, requests that they open and answer, time that passes."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.kit.dates import now, run_ahead
from cabinet.mail.models import Letter
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from cabinet.support import service as support
from cabinet.support.files import KeptFile, SentFile, keep_files
from cabinet.support.models import Ticket, TicketMessage, TicketStep
from cabinet.support.service import ByResident, Draft
from tests.accounts.making import make_account, make_provider, make_resident

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100
SECRET = "NOTE-FOR-COLLEAGUES"


@dataclass
class SupportDesk:
    """Alice and Bob ask; Dasha and Egor answer."""

    session: AsyncSession
    alice: UUID
    bob: UUID
    account: UUID
    """Of Alice."""
    dasha: Person
    egor: Person
    ahead: timedelta = timedelta()

    async def ask(self, who: UUID | None = None, subject: str = "Не пришёл чек", **more: Any) -> Ticket:
        resident_id = who or self.alice
        email = "guest@mail.example"
        if row := await self.session.get(Resident, resident_id):
            email = row.email
        return await support.open_ticket(
            email, subject, "Где чек?", [], resident_id, "ru", session=self.session, **more
        )

    async def guest_asks(self, subject: str = "Я гость") -> Ticket:
        return await support.open_ticket(
            "guest@mail.example", subject, "Вопрос.", [], None, "ru", session=self.session
        )

    async def answer(self, ticket: Ticket, text: str = "Чек пришёл.", **more: Any) -> None:
        await support.answer(ticket.id, Draft(text), by=self.dasha, session=self.session, **more)

    async def note(self, ticket: Ticket, text: str = SECRET, files: tuple[KeptFile, ...] = ()) -> None:
        await support.add_note(ticket.id, Draft(text, files), by=self.dasha, session=self.session)

    async def fresh(self, ticket: Ticket) -> Ticket:
        await self.session.flush()
        await self.session.refresh(ticket)
        return ticket

    async def letters(self, kind: str) -> list[Letter]:
        found = await self.session.exec(
            select(Letter).where(Letter.kind == kind).order_by(col(Letter.created_at))
        )
        return list(found)

    async def token_for(self, ticket: Ticket) -> str:
        letter = (await self.letters("ticket_answered"))[-1]
        return letter.text.partition("token=")[2].split()[0]

    def pass_time(self, **time: float) -> None:
        """Let the clock run ahead."""
        self.ahead += timedelta(**time)
        run_ahead(self.ahead)

    async def messages(self, ticket: Ticket) -> list[TicketMessage]:
        found = await self.session.exec(
            select(TicketMessage)
            .where(TicketMessage.ticket_id == ticket.id)
            .order_by(col(TicketMessage.created_at))
        )
        return list(found)

    async def steps(self, ticket: Ticket) -> list[TicketStep]:
        found = await self.session.exec(
            select(TicketStep).where(TicketStep.ticket_id == ticket.id).order_by(col(TicketStep.created_at))
        )
        return list(found)


async def open_desk(session: AsyncSession) -> SupportDesk:
    alice, bob = await make_resident(session), await make_resident(session)
    account = await make_account(session, await make_provider(session))
    session.add(AccountLink(resident_id=alice, account_id=account))
    dasha, egor = await agent(session, "Даша"), await agent(session, "Егор")
    await session.flush()
    return SupportDesk(session, alice, bob, account, dasha, egor)


async def agent(session: AsyncSession, name: str, role: Role = Role.SUPPORT) -> Person:
    row = await session.get(Resident, await make_resident(session))
    assert row
    row.role, row.full_name, row.confirmed_at = role, name, now()
    await session.flush()
    return Person(row.id, uuid4(), row.email, name, role, None, "ru")


async def kept(name: str = "чек.png") -> KeptFile:
    [file] = await keep_files([SentFile(name, BytesIO(PNG), len(PNG))])
    return file


def by_resident(who: UUID, ticket: Ticket) -> ByResident:
    return ByResident(who, ticket.id)
