import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access import invitations
from cabinet.access import service as access
from cabinet.access.errors import (
    BadUntil,
    CannotInviteSelf,
    HasAccessAlready,
    InvitationForAnother,
    InvitationOver,
    OwnsAlready,
    TooManyPeople,
)
from cabinet.accounts import service as accounts
from cabinet.accounts.errors import NeedsOwner, NeedsProof
from cabinet.accounts.models import AccountLink, Invitation, LinkLevel, LinkRole
from cabinet.errors import NotFound
from cabinet.kit.dates import now, today_in
from cabinet.limits.errors import TooManyTries
from cabinet.mail.models import Letter
from cabinet.residents.errors import BadEmail
from tests.access.conftest import Flat, acts, letters, make_full
from tests.accounts.making import make_resident


async def invite(
    session: AsyncSession,
    flat: Flat,
    email: str = "",
    role: LinkRole = LinkRole.HELPER,
    until: date | None = None,
) -> UUID:
    """Alice invites Bob, or somebody else; the id of the invitation."""
    to = email or flat.emails[flat.bob]
    await access.invite(flat.alice, flat.account_id, to, role, until, locale="ru", session=session)
    people = await access.people_of(flat.alice, flat.account_id, session=session)
    return next(row.id for row in people.waiting if row.email.casefold() == to.casefold())


def token_in(letter: Letter) -> str:
    found = re.search(r"/invitation\?token=([\w-]+)", letter.text)
    assert found, letter.text
    return found[1]


async def join(session: AsyncSession, flat: Flat, role: LinkRole = LinkRole.HELPER) -> AccountLink:
    """Alice proves, invites Bob, and Bob accepts; his link."""
    await make_full(session, flat.alice)
    await access.accept_invitation(flat.bob, await invite(session, flat, role=role), session=session)
    return (await session.exec(select(AccountLink).where(AccountLink.resident_id == flat.bob))).one()


async def test_an_invited_person_sees_what_the_owner_sees(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    await invite(session, flat)
    [letter] = await letters(session, "invitation")
    assert (letter.recipient, letter.locale) == (flat.emails[flat.bob], "ru")
    assert "37000001" not in letter.text
    offer = await access.offer_of(flat.bob, token_in(letter), session=session)
    assert (offer.inviter, offer.role) == (flat.emails[flat.alice], LinkRole.HELPER)
    assert await access.accept_invitation(flat.bob, offer.id, session=session) == flat.account_id
    [seen] = await accounts.linked_accounts(flat.bob, session=session)
    assert (seen.role, seen.level) == (LinkRole.HELPER, LinkLevel.FULL)
    assert (seen.owner_name, seen.masked_address) == ("Ёлкин Пётр", "г. Тест, ул. Садовая, д. 12, кв. 34")
    people = await access.people_of(flat.alice, flat.account_id, session=session)
    assert [(guest.email, guest.role) for guest in people.guests] == [
        (flat.emails[flat.bob], LinkRole.HELPER)
    ]
    assert people.waiting == []
    assert await access.inviter_of(flat.bob, flat.account_id, session=session) == flat.emails[flat.alice]
    assert await acts(session, offer.id) == ["invite", "accept_invitation"]


async def test_the_token_is_kept_as_a_hash(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    row = await session.get_one(Invitation, await invite(session, flat))
    [letter] = await letters(session, "invitation")
    assert token_in(letter).encode() not in row.token_hash
    assert len(row.token_hash) == 32


async def test_an_invitation_works_once(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    await access.accept_invitation(flat.bob, invited, session=session)
    await access.unlink(flat.bob, flat.account_id, session=session)
    with pytest.raises(InvitationOver):
        await access.accept_invitation(flat.bob, invited, session=session)
    [letter] = await letters(session, "invitation")
    with pytest.raises(InvitationOver):
        await access.offer_of(flat.bob, token_in(letter), session=session)


async def test_a_letter_that_was_handed_on_opens_nothing(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    [letter] = await letters(session, "invitation")
    with pytest.raises(InvitationForAnother):
        await access.offer_of(flat.carol, token_in(letter), session=session)
    for answer in (access.accept_invitation, access.decline_invitation):
        with pytest.raises(InvitationOver):
            await answer(flat.carol, invited, session=session)
    assert await access.offers_to(flat.carol, session=session) == []
    with pytest.raises(InvitationOver):
        await access.offer_of(flat.carol, "no such token", session=session)


async def test_whoever_signs_up_later_finds_the_invitation(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    await invite(session, flat, email="Dora@Mail.example")
    dora = await make_resident(session, "dora")
    (await session.get_one(invitations.Resident, dora)).email_key = "dora@mail.example"
    await session.flush()
    [offer] = await access.offers_to(dora, session=session)
    await access.accept_invitation(dora, offer.id, session=session)
    assert len(await accounts.linked_accounts(dora, session=session)) == 1
    assert await access.offers_to(dora, session=session) == []


async def test_only_an_owner_with_a_proof_invites(session: AsyncSession, flat: Flat) -> None:
    with pytest.raises(NeedsProof):
        await invite(session, flat)
    await join(session, flat)
    for who, problem in ((flat.bob, NeedsOwner), (flat.carol, NotFound)):
        with pytest.raises(problem):
            await access.invite(
                who, flat.account_id, "eve@mail.example", LinkRole.HELPER, None, locale="ru", session=session
            )
        with pytest.raises(problem):
            await access.people_of(who, flat.account_id, session=session)
    with pytest.raises(NeedsProof):
        await accounts.link_account(flat.carol, flat.provider.id, "37000001", session=session)
        await access.people_of(flat.carol, flat.account_id, session=session)


async def test_what_cannot_be_invited(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join(session, flat)
    for email, problem in (
        ("no address", BadEmail),
        (flat.emails[flat.alice].upper(), CannotInviteSelf),
        (flat.emails[flat.bob], HasAccessAlready),
    ):
        with pytest.raises(problem):
            await invite(session, flat, email)
    monkeypatch.setattr(invitations, "MOST_PEOPLE", 2)
    await invite(session, flat, "one@mail.example")
    await invite(session, flat, "one@mail.example")
    with pytest.raises(TooManyPeople):
        await invite(session, flat, "two@mail.example")


async def test_an_owner_is_never_made_by_invitation(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat, role=LinkRole.OWNER)
    assert (await session.get_one(Invitation, invited)).role is LinkRole.HELPER


@pytest.mark.parametrize("days", [-1, 5 * 366 + 1])
async def test_a_last_day_that_does_not_fit(session: AsyncSession, flat: Flat, days: int) -> None:
    await make_full(session, flat.alice)
    with pytest.raises(BadUntil):
        await invite(session, flat, until=today_in("Europe/Moscow") + timedelta(days=days))


async def test_the_last_day_is_whole_in_the_providers_zone(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    until = date(2027, 2, 28)
    invited = await invite(session, flat, until=until)
    row = await session.get_one(Invitation, invited)
    assert row.access_until is not None
    assert row.access_until == datetime(2027, 2, 28, 21, tzinfo=UTC)
    await access.accept_invitation(flat.bob, invited, session=session)
    people = await access.people_of(flat.alice, flat.account_id, session=session)
    assert people.guests[0].last_day == until


async def test_a_second_letter_kills_the_first(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    await access.resend_invitation(flat.alice, flat.account_id, invited, locale="en", session=session)
    first, second = sorted(await letters(session, "invitation"), key=lambda letter: letter.created_at)
    with pytest.raises(InvitationOver):
        await access.offer_of(flat.bob, token_in(first), session=session)
    assert (await access.offer_of(flat.bob, token_in(second), session=session)).id == invited
    with pytest.raises(NotFound):
        await access.resend_invitation(flat.alice, flat.account_id, uuid4(), locale="ru", session=session)


async def test_a_revoked_or_declined_invitation_is_over(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    first = await invite(session, flat)
    await access.revoke_invitation(flat.alice, flat.account_id, first, session=session)
    second = await invite(session, flat)
    await access.decline_invitation(flat.bob, second, session=session)
    for invited in (first, second):
        with pytest.raises(InvitationOver):
            await access.accept_invitation(flat.bob, invited, session=session)
    assert (await access.people_of(flat.alice, flat.account_id, session=session)).waiting == []


async def test_nobody_revokes_what_is_not_theirs(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    await accounts.link_account(flat.carol, flat.provider.id, "37000001", session=session)
    await make_full(session, flat.carol)
    with pytest.raises(NotFound):
        await access.revoke_invitation(flat.carol, flat.account_id, invited, session=session)
    link = await join(session, flat)
    with pytest.raises(NotFound):
        await access.take_back(flat.carol, flat.account_id, link.id, session=session)


async def test_a_link_by_number_becomes_a_guests(session: AsyncSession, flat: Flat) -> None:
    await accounts.link_account(flat.bob, flat.provider.id, "37000001", session=session)
    await accounts.rename_link(flat.bob, flat.account_id, "Наша", session=session)
    link = await join(session, flat, LinkRole.VIEWER)
    assert (link.role, link.level, link.own_name) == (LinkRole.VIEWER, LinkLevel.FULL, "Наша")


async def test_who_owns_it_already_stays_an_owner(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    await accounts.link_account(flat.bob, flat.provider.id, "37000001", session=session)
    await make_full(session, flat.bob)
    with pytest.raises(OwnsAlready):
        await access.accept_invitation(flat.bob, await invite(session, flat), session=session)


async def test_letters_are_limited(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "LETTERS_A_DAY", 2)
    await make_full(session, flat.alice)
    for name in ("one", "two"):
        await invite(session, flat, f"{name}@mail.example")
    with pytest.raises(TooManyTries):
        await invite(session, flat, "three@mail.example")


async def test_one_mailbox_is_not_filled_by_sending_again(session: AsyncSession, flat: Flat) -> None:
    """A new invitation for each turn does not start the count anew."""
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    for _turn in range(invitations.LETTERS_TO_ONE - 1):
        await access.resend_invitation(flat.alice, flat.account_id, invited, locale="ru", session=session)
    with pytest.raises(TooManyTries):
        await invite(session, flat)
    with pytest.raises(TooManyTries):
        await access.resend_invitation(flat.alice, flat.account_id, invited, locale="ru", session=session)


async def test_only_the_inviter_sends_again(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    invited = await invite(session, flat)
    with pytest.raises(NotFound):
        await access.resend_invitation(flat.carol, flat.account_id, invited, locale="ru", session=session)
    await accounts.link_account(flat.carol, flat.provider.id, "37000001", session=session)
    with pytest.raises(NeedsProof):
        await access.resend_invitation(flat.carol, flat.account_id, invited, locale="ru", session=session)


async def test_old_invitations_are_deleted_and_waiting_ones_kept(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    old = await invite(session, flat, "one@mail.example")
    await access.revoke_invitation(flat.alice, flat.account_id, old, session=session)
    waiting = await invite(session, flat, "two@mail.example")
    await access.delete_invitations_before(now() + timedelta(seconds=1), session=session)
    left = (await session.exec(select(Invitation.id))).all()
    assert left == [waiting]


async def test_one_mailbox_is_not_filled(session: AsyncSession, flat: Flat) -> None:
    await make_full(session, flat.alice)
    for _turn in range(invitations.LETTERS_TO_ONE):
        await invite(session, flat)
    with pytest.raises(TooManyTries):
        await invite(session, flat)
