"""Somebody who was invited to look at an account, at the pages where others pay."""

from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.portal.cards.state import CardsState
from cabinet.portal.pay.state import PayState
from tests.payments.conftest import Neighbours


@pytest.fixture
async def watched(session: AsyncSession, people: Neighbours, alice: None) -> None:
    """Bob lets Alice look at the gas."""
    link, owner = await _link(session, people.alice.id, people), await _link(session, people.bob.id, people)
    owner.level = LinkLevel.FULL
    link.role, link.level, link.invited_by = LinkRole.VIEWER, LinkLevel.FULL, owner.id
    await session.flush()


async def _link(session: AsyncSession, resident_id: UUID, people: Neighbours) -> AccountLink:
    own = AccountLink.resident_id == resident_id, AccountLink.account_id == people.gas.id
    return (await session.exec(select(AccountLink).where(*own))).one()


@pytest.mark.usefixtures("watched")
async def test_the_pay_page_leaves_out_what_one_may_only_look_at(people: Neighbours) -> None:
    page = PayState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await page._read()  # pyright: ignore[reportPrivateUsage]
    assert str(people.gas.id) not in {line.id for line in page.lines}
    assert page.watched != ""


@pytest.mark.usefixtures("watched")
async def test_autopay_is_not_offered_for_it(people: Neighbours) -> None:
    page = CardsState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    await CardsState.event_handlers["load"].fn(page)
    states = {line.account: line.state for line in page.lines}
    assert states[str(people.gas.id)] == "watched"
