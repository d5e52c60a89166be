"""Staff see whose programs come in and when, never a secret, and end a token by the service."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import AccountLink
from cabinet.keys.personal_models import PersonalToken, PersonalTokenLink, TokenEnd
from cabinet.kit.tokens import hash_token
from cabinet.residents.models import Role
from tests.keys.personal_town import letters
from tests.staff.conftest import Browsers, Office, audited, person

SECRET = "me_SECRETSECRET"
PATH, TABLE = "/admin/_api/tokens", "/admin/tokens/list"


@pytest.fixture
async def token(session: AsyncSession, office: Office) -> PersonalToken:
    row = PersonalToken(
        resident_id=office.alice.id,
        name="Умная дача",
        token_hash=hash_token(SECRET),
        prefix=SECRET[:7],
        may_look=True,
    )
    link = AccountLink(resident_id=office.alice.id, account_id=office.water_account.id)
    session.add_all([row, link])
    await session.flush()
    session.add(PersonalTokenLink(token_id=row.id, link_id=link.id))
    await session.commit()
    return row


async def test_the_list_names_the_owner_and_shows_no_hash(
    browsers: Browsers, office: Office, token: PersonalToken
):
    boss = await browsers.of(office.boss)
    for asked in ({}, {"q": "alice"}, {"q": "УМНАЯ"}):
        answer = await boss.get(TABLE, **asked)
        assert "Умная дача" in answer.text, asked
        assert office.alice.email in answer.text
        assert token.token_hash.hex() not in answer.text
    assert "Умная дача" not in (await boss.get(TABLE, q="nobody")).text


async def test_a_clerk_has_no_such_table(
    browsers: Browsers, office: Office, token: PersonalToken, session: AsyncSession
):
    clerk = await browsers.of(office.clerk)
    assert (await clerk.get(TABLE)).status_code in (403, 404)
    answer = await clerk.send(f"{PATH}/row-action", name="revoke", pk=str(token.id))
    assert answer.status_code in (400, 403, 404)
    await session.refresh(token)
    assert token.ended_at is None


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.ADMINISTRATOR])
async def test_staff_end_a_token_with_a_record_and_a_letter(
    browsers: Browsers, office: Office, token: PersonalToken, session: AsyncSession, role: Role
):
    member = person("member", role)
    session.add(member)
    await session.commit()
    browser = await browsers.of(member)
    answer = await browser.send(f"{PATH}/row-action", name="revoke", pk=str(token.id))
    assert answer.status_code == 200, answer.text
    await session.refresh(token)
    assert token.ended_because is TokenEnd.STAFF
    [record] = await audited(session, "revoke_token")
    assert (record.actor_id, record.subject_id) == (member.id, str(token.id))
    assert [letter.recipient for letter in await letters(session, "token_ended")] == [office.alice.email]
    again = await browser.send(f"{PATH}/row-action", name="revoke", pk=str(token.id))
    assert again.status_code != 200


async def test_an_auditor_looks_and_ends_nothing(
    browsers: Browsers, office: Office, token: PersonalToken, session: AsyncSession
):
    auditor = person("reader", Role.AUDITOR)
    session.add(auditor)
    await session.commit()
    browser = await browsers.of(auditor)
    assert "Умная дача" in (await browser.get(TABLE)).text
    answer = await browser.send(f"{PATH}/row-action", name="revoke", pk=str(token.id))
    assert answer.status_code in (400, 403)
    await session.refresh(token)
    assert token.ended_at is None
