import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access import ending
from cabinet.access import service as access
from cabinet.access.errors import InvitationOver, ReasonMissing
from cabinet.accounts import service as accounts
from cabinet.accounts.errors import NeedsProof, OnlyLooks
from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.accounts.rights import Right
from cabinet.audit.models import AuditRecord
from cabinet.autopay import service as autopay
from cabinet.autopay.models import Autopay, AutopayMode, SavedCard
from cabinet.autopay.service import OrderWish
from cabinet.database import unit_of_work
from cabinet.errors import Forbidden, NotFound
from cabinet.kit.dates import now, today_in
from cabinet.payments.service import Wish, start_payment
from cabinet.residents.models import Role
from tests.access.conftest import Flat, acts, furnish, letters, make_full
from tests.access.test_invitations import invite, join
from tests.accounts.making import acting


async def order_of(session: AsyncSession, resident_id: UUID, account_id: UUID) -> Autopay:
    """A standing order that charges a card."""
    card = SavedCard(resident_id=resident_id, method_ref=f"pm_{resident_id}", last4="4242", exp_year=2034)
    session.add(card)
    await session.flush()
    wish = OrderWish(card.id, AutopayMode.DAY, 10, "5000", agrees=True)
    order = await autopay.start_autopay(resident_id, account_id, wish, locale="ru", session=session)
    return await session.get_one(Autopay, order)


async def sees(session: AsyncSession, resident_id: UUID, flat: Flat) -> bool:
    return bool(await accounts.linked_accounts(resident_id, session=session))


async def test_what_is_taken_back_ends_with_its_autopay(session: AsyncSession, flat: Flat) -> None:
    link = await join(session, flat)
    order = await order_of(session, flat.bob, flat.account_id)
    await access.take_back(flat.alice, flat.account_id, link.id, session=session)
    assert not await sees(session, flat.bob, flat)
    assert (order.end_reason, order.ended_at is None) == ("unlinked", False)
    [letter] = await letters(session, "access_ended")
    assert letter.recipient == flat.emails[flat.bob]
    assert (await acts(session, link.id))[-1] == "end_access"
    assert await sees(session, flat.alice, flat)


async def test_guests_go_with_the_owner(session: AsyncSession, flat: Flat) -> None:
    await join(session, flat)
    waiting = await invite(session, flat, flat.emails[flat.carol])
    order = await order_of(session, flat.bob, flat.account_id)
    await access.unlink(flat.alice, flat.account_id, session=session)
    assert not await sees(session, flat.bob, flat)
    assert order.ended_at is not None
    assert [letter.recipient for letter in await letters(session, "access_ended")] == [flat.emails[flat.bob]]
    with pytest.raises(InvitationOver):
        await access.accept_invitation(flat.carol, waiting, session=session)


async def test_who_leaves_gets_no_letter(session: AsyncSession, flat: Flat) -> None:
    await join(session, flat)
    await access.unlink(flat.bob, flat.account_id, session=session)
    assert not await sees(session, flat.bob, flat)
    assert await letters(session, "access_ended") == []
    assert (await access.people_of(flat.alice, flat.account_id, session=session)).guests == []


async def test_access_is_over_after_its_last_day(
    session: AsyncSession, flat: Flat, ahead: Callable[[timedelta], None]
) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat, until=today_in("Europe/Moscow"))
    await access.accept_invitation(flat.bob, invited, session=session)
    order = await order_of(session, flat.bob, flat.account_id)
    assert await sees(session, flat.bob, flat)
    ahead(timedelta(days=1))
    assert not await sees(session, flat.bob, flat)
    for right in Right:
        with pytest.raises(NotFound):
            await accounts.linked_account(flat.bob, flat.account_id, session=session, right=right)
    assert await autopay.autopays_of(flat.bob, session=session) == []
    assert (await access.people_of(flat.alice, flat.account_id, session=session)).guests == []
    assert await access.end_expired(session=session) == 1
    assert await access.end_expired(session=session) == 0
    assert order.ended_at is not None
    assert len(await letters(session, "access_ended")) == 1


async def test_an_expired_access_is_not_in_the_way_of_a_new_link(
    session: AsyncSession, flat: Flat, ahead: Callable[[timedelta], None]
) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat, until=today_in("Europe/Moscow"))
    await access.accept_invitation(flat.bob, invited, session=session)
    ahead(timedelta(days=1))
    linked = await accounts.link_account(flat.bob, flat.provider.id, "37000001", session=session)
    assert linked.role is LinkRole.OWNER
    assert not linked.may(Right.SEE_ALL)
    ahead(timedelta(days=2))
    assert await sees(session, flat.bob, flat)


async def test_an_expired_access_is_not_in_the_way_of_an_invitation(
    session: AsyncSession, flat: Flat, ahead: Callable[[timedelta], None]
) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat, until=today_in("Europe/Moscow"))
    await access.accept_invitation(flat.bob, invited, session=session)
    ahead(timedelta(days=1))
    await access.accept_invitation(flat.bob, await invite(session, flat), session=session)
    assert await sees(session, flat.bob, flat)


async def test_an_invitation_grows_too_old(
    session: AsyncSession, flat: Flat, ahead: Callable[[timedelta], None]
) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    ahead(timedelta(days=7))
    with pytest.raises(InvitationOver):
        await access.accept_invitation(flat.bob, invited, session=session)
    people = await access.people_of(flat.alice, flat.account_id, session=session)
    assert people.waiting[0].is_expired
    await access.resend_invitation(flat.alice, flat.account_id, invited, locale="ru", session=session)
    await access.accept_invitation(flat.bob, invited, session=session)


async def test_a_flat_changes_hands(session: AsyncSession, flat: Flat) -> None:
    await join(session, flat)
    await accounts.link_account(flat.carol, flat.provider.id, "37000001", session=session)
    ended = await access.end_links_of_account(
        flat.account_id,
        by=acting(flat.carol),
        reason=" Квартира\n продана ",
        session=session,
        address="192.0.2.7",
    )
    assert ended == 3
    for resident in (flat.alice, flat.bob, flat.carol):
        assert not await sees(session, resident, flat)
    told = {letter.recipient for letter in await letters(session, "access_ended")}
    assert told == {flat.emails[flat.alice], flat.emails[flat.bob]}
    rows = await session.exec(select(AuditRecord).where(AuditRecord.subject_id == str(flat.account_id)))
    assert [(row.action, row.actor_id, row.after, row.address) for row in rows] == [
        ("end_links_of_account", flat.carol, {"reason": "Квартира продана", "links": 3}, "192.0.2.7")
    ]
    with pytest.raises(NotFound):
        await access.end_links_of_account(flat.alice, by=None, reason="x", session=session)


@pytest.mark.parametrize("reason", ["", " \n\x00", "x" * 301])
async def test_a_flat_does_not_change_hands_without_a_reason(
    session: AsyncSession, flat: Flat, reason: str
) -> None:
    with pytest.raises(ReasonMissing):
        await access.end_links_of_account(
            flat.account_id, by=acting(flat.carol), reason=reason, session=session
        )
    assert await sees(session, flat.alice, flat)


async def test_only_staff_of_the_provider_end_the_links_of_an_account(
    session: AsyncSession, flat: Flat
) -> None:
    for who, error in (
        (acting(flat.carol, Role.CLERK, flat.bob), NotFound),
        (acting(flat.carol, Role.SUPPORT), Forbidden),
        (acting(flat.carol, Role.AUDITOR), Forbidden),
    ):
        with pytest.raises(error):
            await access.end_links_of_account(flat.account_id, by=who, reason="sold", session=session)
        with pytest.raises(error):
            await access.set_pin(flat.account_id, "4711", by=who, session=session)
    assert await sees(session, flat.alice, flat)
    clerk = acting(flat.carol, Role.CLERK, flat.provider.id)
    assert await access.end_links_of_account(flat.account_id, by=clerk, reason="sold", session=session) == 1


async def test_a_viewer_neither_pays_nor_orders_autopay(session: AsyncSession, flat: Flat) -> None:
    await join(session, flat, LinkRole.VIEWER)
    with pytest.raises(OnlyLooks):
        await start_payment(flat.bob, [Wish(flat.account_id)], attempt="one", locale="ru")
    with pytest.raises(OnlyLooks):
        await order_of(session, flat.bob, flat.account_id)
    await accounts.rename_link(flat.bob, flat.account_id, "Мамина", session=session)


async def test_autopay_ends_when_a_helper_becomes_a_viewer(session: AsyncSession, flat: Flat) -> None:
    link = await join(session, flat)
    order = await order_of(session, flat.bob, flat.account_id)
    link.role = LinkRole.VIEWER
    await session.flush()
    assert await autopay.autopays_of(flat.bob, session=session) == []
    assert await autopay.end_what_lost_its_ground(session=session) == 1
    assert order.ended_at is not None


async def test_a_lite_link_sees_no_more_than_a_neighbour(session: AsyncSession, flat: Flat) -> None:
    for right, allowed in (
        (Right.LOOK, True),
        (Right.SEND_READINGS, True),
        (Right.PAY, True),
        (Right.SEE_ALL, False),
        (Right.INVITE, False),
    ):
        linked = await accounts.linked_account(flat.alice, flat.account_id, session=session)
        assert linked.may(right) is allowed
    with pytest.raises(NeedsProof):
        await accounts.linked_account(flat.alice, flat.account_id, session=session, right=Right.SEE_ALL)


@pytest.mark.usefixtures("committed")
async def test_an_invitation_is_not_accepted_while_the_owner_leaves() -> None:
    """Whichever comes first: no guest is left behind without an owner."""
    for _turn in range(5):
        async with unit_of_work() as session:
            flat = await furnish(session)
            await make_full(session, flat.alice)
            invited = await invite(session, flat)

        async def accept(flat: Flat = flat, invited: UUID = invited) -> None:
            try:
                async with unit_of_work() as session:
                    await access.accept_invitation(flat.bob, invited, session=session)
            except InvitationOver:
                pass

        async def leave(flat: Flat = flat) -> None:
            async with unit_of_work() as session:
                await access.unlink(flat.alice, flat.account_id, session=session)

        await asyncio.gather(accept(), leave())
        async with unit_of_work() as session:
            left = await session.exec(
                select(AccountLink).where(
                    AccountLink.account_id == flat.account_id, col(AccountLink.ended_at).is_(None)
                )
            )
            assert left.all() == []


@pytest.mark.usefixtures("committed")
async def test_an_owner_leaves_while_staff_end_all_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guest's row comes before the owner's: whoever ends links waits before the first of them is locked."""
    async with unit_of_work() as session:
        flat = await furnish(session)
        owner = await make_full(session, flat.alice)
        guest = AccountLink(
            id=UUID(int=1),
            resident_id=flat.bob,
            account_id=flat.account_id,
            role=LinkRole.HELPER,
            level=LinkLevel.FULL,
            invited_by=owner.id,
        )
        session.add(guest)
    lock, leaving = ending._lock, asyncio.Event()  # pyright: ignore[reportPrivateUsage]

    async def lock_after_a_while(*arguments: Any) -> list[AccountLink]:
        if not leaving.is_set():
            leaving.set()
            await asyncio.sleep(0.5)
        return await lock(*arguments)

    async def leave() -> None:
        async with unit_of_work() as session:
            await access.unlink(flat.alice, flat.account_id, session=session)

    async def end_all() -> int:
        await leaving.wait()
        async with unit_of_work() as session:
            return await access.end_links_of_account(flat.account_id, by=None, reason="sold", session=session)

    monkeypatch.setattr(ending, "_lock", lock_after_a_while)
    assert await asyncio.gather(leave(), end_all()) == [None, 0]


@pytest.mark.usefixtures("committed")
async def test_an_order_is_replaced_while_staff_end_all_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """The new order names the account, and waits for nobody who ends access to it."""
    async with unit_of_work() as session:
        flat = await furnish(session)
        order = await order_of(session, flat.alice, flat.account_id)
    lock, ended = ending._lock, asyncio.Event()  # pyright: ignore[reportPrivateUsage]

    async def lock_after_a_while(*arguments: Any) -> list[AccountLink]:
        ended.set()
        await asyncio.sleep(0.5)
        return await lock(*arguments)

    async def replace_it() -> None:
        await ended.wait()
        async with unit_of_work() as session:
            wish = OrderWish(order.card_id, AutopayMode.DAY, 11, "6000", agrees=True)
            await autopay.start_autopay(flat.alice, flat.account_id, wish, locale="ru", session=session)

    async def end_all() -> None:
        async with unit_of_work() as session:
            await access.end_links_of_account(flat.account_id, by=None, reason="sold", session=session)

    monkeypatch.setattr(ending, "_lock", lock_after_a_while)
    await asyncio.gather(replace_it(), end_all())
    async with unit_of_work() as session:
        assert await autopay.autopays_of(flat.alice, session=session) == []


@pytest.mark.usefixtures("committed")
async def test_two_tabs_accept_once() -> None:
    async with unit_of_work() as session:
        flat = await furnish(session)
        await make_full(session, flat.alice)
        invited = await invite(session, flat)

    async def press() -> str:
        try:
            async with unit_of_work() as session:
                await access.accept_invitation(flat.bob, invited, session=session)
        except InvitationOver:
            return "over"
        return "accepted"

    assert sorted(await asyncio.gather(*(press() for _ in range(4)))) == ["accepted"] + ["over"] * 3


async def test_expired_rows_are_found_by_the_day_alone(session: AsyncSession, flat: Flat) -> None:
    link = await join(session, flat)
    past = update(AccountLink).where(col(AccountLink.id) == link.id).values(expires_at=now())
    await session.exec(past)
    assert not await sees(session, flat.bob, flat)
