"""Alice with a linked account that has bills and a meter; Bob and Carol beside her."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.models import AccountLink, LinkLevel
from cabinet.audit.models import AuditRecord
from cabinet.billing.service import ChargeLine, issue_bill
from cabinet.kit import dates
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, clearing, post, receivable
from cabinet.mail.models import Letter
from cabinet.providers.service import ProviderView
from cabinet.residents.models import Resident
from tests.accounts.making import make_account, make_meter, make_provider, make_resident

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
SUMS = {SEPTEMBER: 123_456, OCTOBER: 98_765}


@dataclass
class Flat:
    """One account, and people who know its number."""

    provider: ProviderView
    account_id: UUID
    alice: UUID
    bob: UUID
    carol: UUID
    emails: dict[UUID, str]


@pytest.fixture
async def flat(session: AsyncSession) -> Flat:
    """The bill of September is paid, that of October is not; Alice has linked the account by its number."""
    return await furnish(session)


async def furnish(session: AsyncSession) -> Flat:
    provider = await make_provider(session)
    account_id = await make_account(session, provider)
    for period, sum_minor in SUMS.items():
        lines = [ChargeLine("Вода", sum_minor)]
        await issue_bill(account_id, period, period + timedelta(days=45), lines, session=session)
    paid = [Line(receivable(account_id), -SUMS[SEPTEMBER]), Line(clearing(provider.id), SUMS[SEPTEMBER])]
    await post(f"paid:{account_id}", JournalKind.PAYMENT, paid, session=session)
    await make_meter(session, account_id, serial="№ 0АВ-123 456")
    ids = [await make_resident(session, name) for name in ("alice", "bob", "carol")]
    emails = {one: (await session.get_one(Resident, one)).email for one in ids}
    await accounts.link_account(ids[0], provider.id, "37000001", session=session)
    return Flat(provider, account_id, *ids, emails=emails)


async def make_full(session: AsyncSession, resident_id: UUID) -> AccountLink:
    """As if the proof had been given."""
    rows = await session.exec(select(AccountLink).where(AccountLink.resident_id == resident_id))
    link = rows.one()
    link.level, link.proved_at = LinkLevel.FULL, dates.now()
    await session.flush()
    return link


async def letters(session: AsyncSession, kind: str) -> list[Letter]:
    return list((await session.exec(select(Letter).where(Letter.kind == kind))).all())


async def acts(session: AsyncSession, subject_id: UUID) -> list[str]:
    rows = await session.exec(select(AuditRecord).where(AuditRecord.subject_id == str(subject_id)))
    return [row.action for row in sorted(rows.all(), key=lambda row: row.id or 0)]


@pytest.fixture
def ahead() -> Generator[Callable[[timedelta], None]]:
    """Lets the clock run ahead until the end of the test."""
    yield dates.run_ahead
    dates.run_ahead(timedelta())
