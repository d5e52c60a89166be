"""A personal token: how it is made, what it opens, and everything that ends it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access import service as access
from cabinet.accounts import service as accounts
from cabinet.accounts.errors import NeedsProof, OnlyLooks
from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.accounts.rights import Right, has_right
from cabinet.audit.models import AuditRecord
from cabinet.database import read_only, unit_of_work
from cabinet.errors import Forbidden, NotFound
from cabinet.keys import personal
from cabinet.keys.personal_errors import (
    CannotSendThere,
    ChooseAccounts,
    ChooseRights,
    ChooseTerm,
    NameToken,
    TokenMayNot,
    TooManyTokens,
    UnknownToken,
)
from cabinet.keys.personal_models import PersonalToken, TokenEnd, TokenKind
from cabinet.keys.personal_use import account_of, accounts_of, find_bearer, note_use
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token
from cabinet.limits.errors import TooManyTries
from cabinet.residents import passwords
from cabinet.residents import service as residents
from cabinet.residents.errors import WrongCurrentPassword
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person
from tests.keys.personal_town import (
    PASSWORD,
    Home,
    bearer,
    become,
    change_link,
    letters,
    make,
    settle,
    someone,
)

pytestmark = pytest.mark.usefixtures("quick_hashes")


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))


@pytest.fixture
async def home(quick_hashes: None, session: AsyncSession) -> Home:
    return await settle(session)


def staff(role: Role) -> Person:
    return Person(uuid4(), uuid4(), "s@mail.example", "S", role, None, "ru")


async def row_of(session: AsyncSession, token_id: UUID) -> PersonalToken:
    return await session.get_one(PersonalToken, token_id, populate_existing=True)


async def test_the_secret_is_shown_once_and_kept_as_a_hash(session: AsyncSession, home: Home) -> None:
    made = await make(session, home, days=30)
    row = await row_of(session, made.id)
    assert made.secret.startswith("me_")
    assert len(made.secret) > 40
    assert (row.token_hash, row.prefix) == (hash_token(made.secret), made.secret[:7])
    assert made.secret not in str(row.model_dump())
    assert row.expires_at is not None
    assert timedelta(days=29) < row.expires_at - now() <= timedelta(days=30)


async def test_a_letter_tells_of_it_and_never_of_the_secret(session: AsyncSession, home: Home) -> None:
    made = await make(session, home, name="Дача")
    [letter] = await letters(session, "token_created")
    assert letter.recipient == home.email
    assert "Дача" in letter.subject
    assert "3700 0001" in letter.text
    assert "/settings/tokens" in letter.text
    assert made.secret not in letter.text + letter.html
    assert made.secret[:7] not in letter.text


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": "  "}, NameToken),
        ({"name": "x" * 61}, NameToken),
        ({"account_ids": []}, ChooseAccounts),
        ({"account_ids": [uuid4()]}, ChooseAccounts),
        ({"look": False, "send": False}, ChooseRights),
        ({"days": 3650}, ChooseTerm),
        ({"days": -1}, ChooseTerm),
    ],
)
async def test_a_wrong_wish_makes_nothing(
    session: AsyncSession, home: Home, wrong: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await make(session, home, **wrong)
    assert await personal.tokens_of(home.alice, session=session) == []


async def test_another_persons_account_cannot_be_chosen(session: AsyncSession, home: Home) -> None:
    bob = await someone(session, "bob")
    with pytest.raises(ChooseAccounts):
        await personal.make_token(bob, home.wish(), PASSWORD, session=session)
    with pytest.raises(ChooseAccounts):
        await make(session, home, account_ids=[home.account_id, uuid4()])


async def test_the_password_is_asked_and_guesses_are_counted(session: AsyncSession, home: Home) -> None:
    with pytest.raises(WrongCurrentPassword):
        await personal.make_token(home.alice, home.wish(), "guess1", session=session)
    for _ in range(4):
        with pytest.raises(WrongCurrentPassword):
            await personal.make_token(home.alice, home.wish(), "guess1", session=session)
    with pytest.raises(TooManyTries):
        await personal.make_token(home.alice, home.wish(), PASSWORD, session=session)


async def test_twenty_are_enough(session: AsyncSession, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "MOST_TOKENS", 2)
    made = [await make(session, home) for _ in range(2)]
    with pytest.raises(TooManyTokens):
        await make(session, home)
    await personal.revoke_token(home.alice, made[0].id, session=session)
    await make(session, home)


async def test_of_two_tabs_only_one_gets_the_last(
    committed: str, quick_hashes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal, "MOST_TOKENS", 1)
    async with unit_of_work() as session:
        home = await settle(session)

    async def press() -> bool:
        try:
            async with unit_of_work() as own:
                await make(own, home)
        except TooManyTokens:
            return False
        return True

    assert sorted(await asyncio.gather(press(), press())) == [False, True]


End = Callable[[AsyncSession, Home], Awaitable[None]]
MATRIX = list(product(LinkRole, LinkLevel, (False, True), (False, True)))


@pytest.mark.parametrize(("role", "level", "look", "send"), MATRIX)
async def test_a_token_never_does_more_than_link_and_owner_allow(
    session: AsyncSession, home: Home, role: LinkRole, level: LinkLevel, look: bool, send: bool
) -> None:
    """Made while the link allowed everything; what counts is the link at the moment of use."""
    if not (look or send):
        return
    one = await bearer(session, await make(session, home, look=look, send=send))
    await become(session, home, role, level)
    for right in Right:
        ticked = send if right is Right.SEND_READINGS else look and right in (Right.LOOK, Right.SEE_ALL)
        expected = ticked and has_right(right, role=role, level=level)
        try:
            await account_of(one, home.account_id, right, session=session)
        except (TokenMayNot, NeedsProof, OnlyLooks):
            assert not expected, right
        else:
            assert expected, right


async def test_no_token_pays_or_invites(session: AsyncSession, home: Home) -> None:
    one = await bearer(session, await make(session, home))
    for right in (Right.PAY, Right.INVITE):
        with pytest.raises(TokenMayNot):
            await account_of(one, home.account_id, right, session=session)


async def test_other_accounts_do_not_exist_for_it(session: AsyncSession, home: Home) -> None:
    one = await bearer(session, await make(session, home))
    assert [found.account_id for found in await accounts_of(one, session=session)] == [home.account_id]
    for foreign in (home.dacha, uuid4()):
        with pytest.raises(NotFound):
            await account_of(one, foreign, Right.LOOK, session=session)


async def test_who_may_only_look_cannot_let_a_device_send(session: AsyncSession, home: Home) -> None:
    await become(session, home, LinkRole.VIEWER, LinkLevel.FULL)
    with pytest.raises(CannotSendThere):
        await make(session, home, kind=TokenKind.WATERIUS)


async def test_a_device_only_sends_and_opens_no_other_door(session: AsyncSession, home: Home) -> None:
    made = await make(session, home, kind=TokenKind.WATERIUS, look=True, send=False)
    row = await row_of(session, made.id)
    assert (row.may_look, row.may_send) == (False, True)
    assert len(made.secret) == 22
    with pytest.raises(UnknownToken):
        await find_bearer(made.secret, session=session)
    program = await make(session, home)
    with pytest.raises(UnknownToken):
        await find_bearer(program.secret, session=session, kind=TokenKind.WATERIUS)


async def _unlink(session: AsyncSession, home: Home) -> None:
    await access.unlink(home.alice, home.account_id, session=session)


async def _hand_over(session: AsyncSession, home: Home) -> None:
    await access.end_links_of_account(home.account_id, by=None, reason="Продана", session=session)


async def _expire(session: AsyncSession, home: Home) -> None:
    await change_link(session, home, expires_at=now() - timedelta(seconds=1))
    await access.end_expired(session=session)


@pytest.mark.parametrize(("end", "written"), [(_unlink, 0), (_hand_over, 1), (_expire, 1)])
async def test_it_ends_with_its_last_link(session: AsyncSession, home: Home, end: End, written: int) -> None:
    made = await make(session, home)
    await end(session, home)
    with pytest.raises(UnknownToken):
        await bearer(session, made)
    row = await row_of(session, made.id)
    assert row.ended_because is TokenEnd.LINKS
    told = await letters(session, "token_ended")
    assert [letter.recipient for letter in told] == [home.email] * written


async def test_with_another_account_left_it_goes_on_for_that(session: AsyncSession, home: Home) -> None:
    made = await make(session, home, account_ids=[home.account_id, home.dacha])
    await _hand_over(session, home)
    one = await bearer(session, made)
    assert [found.account_id for found in await accounts_of(one, session=session)] == [home.dacha]
    assert await letters(session, "token_ended") == []
    with pytest.raises(NotFound):
        await account_of(one, home.account_id, Right.LOOK, session=session)


async def test_a_new_link_to_the_account_does_not_revive_it(session: AsyncSession, home: Home) -> None:
    made = await make(session, home, account_ids=[home.account_id, home.dacha])
    await _unlink(session, home)
    await accounts.link_account(home.alice, home.provider.id, "37000001", session=session)
    one = await bearer(session, made)
    with pytest.raises(NotFound):
        await account_of(one, home.account_id, Right.LOOK, session=session)


async def test_an_access_that_is_over_opens_nothing_before_anything_tidies_up(
    session: AsyncSession, home: Home
) -> None:
    one = await bearer(session, await make(session, home))
    await change_link(session, home, expires_at=now() - timedelta(seconds=1))
    assert await accounts_of(one, session=session) == []
    with pytest.raises(NotFound):
        await account_of(one, home.account_id, Right.LOOK, session=session)


async def test_the_guests_token_goes_when_the_owner_takes_the_access_back(
    session: AsyncSession, home: Home
) -> None:
    await become(session, home, LinkRole.HELPER, LinkLevel.FULL)
    made = await make(session, home)
    [link] = await session.exec(
        select(AccountLink).where(
            AccountLink.resident_id == home.alice, AccountLink.account_id == home.account_id
        )
    )
    [owner] = await session.exec(select(AccountLink).where(AccountLink.id == link.invited_by))
    await access.take_back(owner.resident_id, home.account_id, link.id, session=session)
    with pytest.raises(UnknownToken):
        await bearer(session, made)
    assert len(await letters(session, "token_ended")) == 1


async def test_a_closed_cabinet_closes_its_tokens(session: AsyncSession, home: Home) -> None:
    made = await make(session, home)
    await residents.close_access(home.alice, session=session)
    with pytest.raises(UnknownToken):
        await bearer(session, made)


async def test_a_revoked_one_is_refused_at_once(session: AsyncSession, home: Home) -> None:
    made = await make(session, home)
    await personal.revoke_token(home.alice, made.id, session=session)
    with pytest.raises(UnknownToken):
        await bearer(session, made)
    assert await personal.tokens_of(home.alice, session=session) == []
    with pytest.raises(NotFound):
        await personal.revoke_token(home.alice, made.id, session=session)


async def test_an_expired_one_is_refused_and_still_listed(session: AsyncSession, home: Home) -> None:
    made = await make(session, home, days=30)
    await session.exec(update(PersonalToken).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(UnknownToken):
        await bearer(session, made)
    [shown] = await personal.tokens_of(home.alice, session=session)
    assert shown.is_expired


async def test_strangers_revoke_nothing(session: AsyncSession, home: Home) -> None:
    made = await make(session, home)
    bob = await someone(session, "bob")
    with pytest.raises(NotFound):
        await personal.revoke_token(bob, made.id, session=session)
    await bearer(session, made)


async def test_a_change_of_the_password_leaves_the_programs_alone(session: AsyncSession, home: Home) -> None:
    made = await make(session, home)
    await residents.change_password(home.alice, PASSWORD, "flower9", session=session)
    await bearer(session, made)


@pytest.mark.parametrize("role", Role)
async def test_staff_end_a_token_if_their_role_lets_them(
    session: AsyncSession, home: Home, role: Role
) -> None:
    made = await make(session, home)
    someone_else = staff(role)
    if role not in (Role.SUPPORT, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            await personal.revoke(made.id, by=someone_else, session=session)
        await bearer(session, made)
        return
    session.add(Resident(id=someone_else.id, email="s@mail.example", email_key="s", password_hash="-"))
    await session.flush()
    await personal.revoke(made.id, by=someone_else, session=session, address="203.0.113.9")
    with pytest.raises(UnknownToken):
        await bearer(session, made)
    [letter] = await letters(session, "token_ended")
    assert letter.recipient == home.email
    [record] = await session.exec(select(AuditRecord).where(AuditRecord.action == "revoke_token"))
    assert (record.actor_id, record.address) == (someone_else.id, "203.0.113.9")
    assert made.secret[:7] not in str(record.after)


async def test_use_is_noted_with_its_address(session: AsyncSession, home: Home) -> None:
    one = await bearer(session, await make(session, home))
    await note_use(one, "203.0.113.7", session=session)
    [shown] = await personal.tokens_of(home.alice, session=session)
    assert shown.last_used_from == "203.0.113.7"
    assert shown.last_used_at is not None
    await note_use(one, "198.51.100.4", session=session)
    [shown] = await personal.tokens_of(home.alice, session=session)
    assert shown.last_used_from == "198.51.100.4"


async def test_old_rows_are_deleted(session: AsyncSession, home: Home) -> None:
    made = [await make(session, home) for _ in range(3)]
    await personal.revoke_token(home.alice, made[0].id, session=session)
    old = now() - timedelta(days=40)
    await session.exec(update(PersonalToken).where(col(PersonalToken.id) == made[0].id).values(ended_at=old))
    await session.exec(
        update(PersonalToken).where(col(PersonalToken.id) == made[1].id).values(expires_at=old)
    )
    await personal.delete_tokens_before(now() - timedelta(days=30), session=session)
    left = await personal.tokens_of(home.alice, session=session, ended=True)
    assert [one.id for one in left] == [made[2].id]


async def test_a_link_that_ends_while_a_token_is_made_leaves_no_living_token(
    committed: str, quick_hashes: None
) -> None:
    async with unit_of_work() as session:
        home = await settle(session)
    made = asyncio.Event()

    async def make_slowly() -> None:
        async with unit_of_work() as own:
            await make(own, home)
            made.set()
            await asyncio.sleep(0.3)

    async def hand_over() -> None:
        await made.wait()
        async with unit_of_work() as own:
            await _hand_over(own, home)

    await asyncio.gather(make_slowly(), hand_over())
    async with read_only() as session:
        assert await personal.tokens_of(home.alice, session=session) == []
