"""Standing orders: consent, pausing, stopping, and everything that ends them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.autopay import service as autopay
from cabinet.autopay.consent import consent_text
from cabinet.autopay.detaching import detach_card
from cabinet.autopay.errors import BadDay, BadLimit, ChooseCard, ConsentMissing
from cabinet.autopay.models import Autopay, AutopayRunState, SavedCard
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.residents.service import close_access
from tests.autopay.conftest import (
    Calendar,
    FakeCharges,
    letters_in,
    run_of,
    save_card,
    start_order,
    wish_for,
)
from tests.payments.conftest import Neighbours


async def test_the_consent_is_kept_word_for_word(session: AsyncSession, neighbours: Neighbours):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)

    consent = consent_text("ru")
    assert (order.consent_version, order.consent_text) == (consent.version, consent.text)
    assert order.consent_locale == "ru"
    assert now() - order.consented_at < timedelta(minutes=1)
    assert order.limit_minor == 500_000


@pytest.mark.parametrize(
    ("differently", "error"),
    [
        ({"agrees": False}, ConsentMissing),
        ({"day": 0}, BadDay),
        ({"day": 29}, BadDay),
        ({"limit": "many"}, BadLimit),
        ({"limit": "1"}, BadLimit),
        ({"limit": "99999999"}, BadLimit),
        ({"card_id": uuid4()}, ChooseCard),
    ],
)
async def test_nothing_starts_without_all_of_it(
    session: AsyncSession, neighbours: Neighbours, differently: dict[str, Any], error: type[Exception]
):
    card = await save_card(session, neighbours.alice.id)
    with pytest.raises(error):
        await autopay.start_autopay(
            neighbours.alice.id,
            neighbours.gas.id,
            wish_for(card, **differently),
            locale="ru",
            session=session,
        )
    assert (await session.exec(select(Autopay))).all() == []


async def test_another_residents_card_or_account_is_no_choice(session: AsyncSession, neighbours: Neighbours):
    card = await save_card(session, neighbours.bob.id)
    alice, bob = neighbours.alice.id, neighbours.bob.id
    with pytest.raises(ChooseCard):
        await autopay.start_autopay(alice, neighbours.gas.id, wish_for(card), locale="ru", session=session)
    with pytest.raises(NotFound):
        await autopay.start_autopay(bob, neighbours.water.id, wish_for(card), locale="ru", session=session)


async def test_a_new_order_replaces_the_old_one_in_silence(session: AsyncSession, neighbours: Neighbours):
    old = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    new = await start_order(session, neighbours.alice.id, neighbours.gas.id, day=15)

    views = await autopay.autopays_of(neighbours.alice.id, session=session)
    assert [(view.id, view.day) for view in views] == [(new.id, 15)]
    assert old.end_reason == "replaced"
    assert await letters_in(session) == []


async def test_the_database_keeps_one_order_for_an_account(session: AsyncSession, neighbours: Neighbours):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    double = Autopay.model_validate(order.model_dump() | {"id": uuid4()})
    with pytest.raises(DBAPIError, match="ix_autopay_current"):
        async with session.begin_nested():
            session.add(double)


async def test_a_stranger_can_touch_nothing(session: AsyncSession, neighbours: Neighbours):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    bob = neighbours.bob.id
    for touch in (autopay.pause_autopay, autopay.resume_autopay, autopay.stop_autopay):
        with pytest.raises(NotFound):
            await touch(bob, order.id, session=session)
    with pytest.raises(NotFound):
        await autopay.remove_card(bob, order.card_id, session=session)
    assert await autopay.autopays_of(bob, session=session) == []
    assert order.ended_at is None


async def test_a_paused_order_leaves_its_turn_out_and_promises_no_day(
    session: AsyncSession, neighbours: Neighbours, charges: FakeCharges, calendar: Calendar
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    await autopay.announce_turns()
    await autopay.pause_autopay(neighbours.alice.id, order.id, session=session)

    run = await run_of(session, order)
    assert (run.state, run.reason) == (AutopayRunState.SKIPPED, "paused")
    view = (await autopay.autopays_of(neighbours.alice.id, session=session))[0]
    assert (view.is_paused, view.next_on) == (True, None)
    calendar.wait(2)
    await autopay.charge_turns()
    assert charges.calls == 0

    await autopay.resume_autopay(neighbours.alice.id, order.id, session=session)
    view = (await autopay.autopays_of(neighbours.alice.id, session=session))[0]
    assert (view.is_paused, str(view.next_on)) == (False, "2027-01-10")


async def test_stopping_ends_it_with_a_letter(session: AsyncSession, neighbours: Neighbours):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    await autopay.stop_autopay(neighbours.alice.id, order.id, session=session)
    assert order.end_reason == "stopped"
    assert await autopay.autopays_of(neighbours.alice.id, session=session) == []
    assert await letters_in(session) == ["autopay_ended"]
    with pytest.raises(NotFound):
        await autopay.resume_autopay(neighbours.alice.id, order.id, session=session)


async def test_a_removed_card_ends_its_orders_and_leaves_the_processor(
    session: AsyncSession, neighbours: Neighbours, charges: FakeCharges
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    other = await start_order(session, neighbours.alice.id, neighbours.water.id)

    await autopay.remove_card(neighbours.alice.id, order.card_id, session=session)

    assert (order.end_reason, other.end_reason) == ("card_removed", "")
    assert await letters_in(session) == ["autopay_ended"]
    left = await autopay.cards_of(neighbours.alice.id, session=session)
    assert [card.id for card in left] == [other.card_id]
    card = await session.get_one(SavedCard, order.card_id)
    queued = await session.exec(
        text("SELECT args->>'card_id' FROM procrastinate_jobs WHERE task_name = 'detach_card'")  # pyright: ignore
    )
    assert [row[0] for row in queued] == [str(card.id)]
    await detach_card(card_id=str(card.id))
    assert charges.detached == [card.method_ref]


@pytest.mark.parametrize("by_whom", ["resident", "staff"])
async def test_an_unlinked_account_reads_as_ended_at_once_and_linking_again_revives_nothing(
    session: AsyncSession, neighbours: Neighbours, by_whom: str
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    if by_whom == "resident":
        await accounts.unlink_account(neighbours.alice.id, neighbours.gas.id, session=session)
    else:
        await accounts.end_links_of_account(neighbours.gas.id, session=session)
    assert await autopay.autopays_of(neighbours.alice.id, session=session) == []

    neighbours.gas_company.number_pattern = r"\d{9}"
    await accounts.link_account(
        neighbours.alice.id, neighbours.gas_company.id, neighbours.gas.number, session=session
    )
    assert await autopay.autopays_of(neighbours.alice.id, session=session) == []
    assert await autopay.end_what_lost_its_ground(session=session) == 1
    assert order.end_reason == "unlinked"
    assert await letters_in(session) == ["autopay_ended"]
    assert await autopay.end_what_lost_its_ground(session=session) == 0


async def test_unlinking_ends_the_order_in_the_same_unit_of_work(
    session: AsyncSession, neighbours: Neighbours
):
    gas = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    of_bob = await start_order(session, neighbours.bob.id, neighbours.gas.id)
    water = await start_order(session, neighbours.alice.id, neighbours.water.id)
    await autopay.end_for_account(neighbours.alice.id, neighbours.gas.id, session=session)
    assert [order.end_reason for order in (gas, of_bob, water)] == ["unlinked", "", ""]


async def test_a_blocked_resident_is_charged_nothing(
    session: AsyncSession, neighbours: Neighbours, charges: FakeCharges, calendar: Calendar
):
    order = await start_order(session, neighbours.alice.id, neighbours.gas.id)
    await autopay.announce_turns()
    await close_access(neighbours.alice.id, session=session)
    calendar.wait(2)
    await autopay.charge_turns()
    assert charges.calls == 0
    assert (await run_of(session, order)).state is AutopayRunState.SKIPPED
    await autopay.announce_turns()
    await session.refresh(order)
    assert order.end_reason == "blocked"
