"""Everybody who may knock: one home, its people, and those for whom it is none of their business."""

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, delete, select, update

from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.database import unit_of_work
from cabinet.keys import personal
from cabinet.keys.models import ApiKey, Scope
from cabinet.keys.personal import TokenWish
from cabinet.keys.personal_models import TokenKind
from cabinet.keys.service import KEY_PREFIX
from cabinet.kit.dates import now
from cabinet.kit.tokens import hash_token, new_token
from cabinet.limits.models import Attempt
from cabinet.payments import service as payments
from cabinet.payments.service import Wish
from cabinet.residents.models import Role
from cabinet.residents.passwords import hash_password
from cabinet.sandbox.keys import TEST_CARDS
from cabinet.settings import settings
from cabinet.support.files import SentFile, keep_files
from cabinet.support.service import open_ticket
from tests.accounts.making import make_provider
from tests.app.home import Home, add_account, furnish
from tests.app.house import Guest, House, Signed, change_person

PASSWORD = "garden7"
OUTSIDERS = ("stranger", "clerk", "foreign clerk", "support", "auditor", "administrator")
"""Signed in, and without any link to the account. The clerk works for its provider."""


@dataclass(frozen=True, slots=True)
class City:
    """Alice's home with a paid payment and a file for support, who lives and works around it, and programs."""

    home: Home
    paid_id: UUID
    file_id: UUID
    people: dict[str, Guest]
    programs: dict[str, str]
    device: str

    def ids(self) -> dict[str, str]:
        """What stands for `{account}` and the like in addresses and forms."""
        home = self.home
        named = {
            "account": home.account_id,
            "payment": home.payment_id,
            "paid": self.paid_id,
            "zone": home.zone_id,
            "bill": home.bill_id,
            "card": home.card_id,
            "request": home.request_id,
            "order": home.order_id,
            "provider": home.provider_id,
            "token": home.token_id,
            "file": self.file_id,
            "number": home.number,
            "name": home.provider,
            "device": self.device,
        }
        return {name: str(value) for name, value in named.items()}

    def put(self, value: Any) -> Any:
        """The value with ids in place of `{account}` and the like."""
        if isinstance(value, dict):
            return {self.put(name): self.put(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.put(inner) for inner in value]
        if not isinstance(value, str):
            return value
        for name, found in self.ids().items():
            value = value.replace(f"{{{name}}}", found)
        return value

    def leaks(self, text: str) -> list[str]:
        """What of Alice's stands in the text; the names of providers are public."""
        return [word for word in self.home.is_in(text) if word != self.home.words[0]]


def build(house: House) -> City:
    """Settle everybody."""
    alice = house.move_in("alice")
    house.run(change_person, alice, password_hash=house.run(hash_password, PASSWORD))
    home = furnish(house, alice)
    house.run(change_links, home, level=LinkLevel.FULL)
    paid = house.run(_start, alice, home.provider_id)
    enter_card(house, paid.url)
    house.run(payments.settle, paid.payment_id)
    file_id = house.run(_ask_for_help, alice)
    people: dict[str, Guest] = {"guest": Guest(), "owner": alice, "stranger": house.move_in("mallory")}
    for role in (LinkRole.HELPER, LinkRole.VIEWER):
        people[role.value] = guest = house.move_in(role.value)
        house.run(_let_in, home, guest, role)
    other = house.run(_other_provider)
    people |= {
        "clerk": house.move_in("clerk", Role.CLERK, provider_id=home.provider_id),
        "foreign clerk": house.move_in("other-clerk", Role.CLERK, provider_id=other),
        **{
            role.value: house.move_in(role.value, role)
            for role in (Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR)
        },
    }
    programs, device = house.run(_programs, home, alice, people["stranger"], people["administrator"], other)
    return City(home, paid.payment_id, file_id, people, programs, device)


def enter_card(house: House, url: str) -> None:
    """Fill in a hosted page, and do not come back from it."""
    path = url.removeprefix(settings.public_url)
    answer = house.post(path, number=TEST_CARDS["success"], expiry="12/34", cvc="123")
    assert answer.status_code == 303, answer.text


async def forget_tries() -> None:
    """Let everybody begin to guess anew."""
    async with unit_of_work() as session:
        await session.exec(delete(Attempt))


async def change_links(home: Home, **values: Any) -> None:
    """Change all links to the account, those that have ended too."""
    async with unit_of_work() as session:
        own = col(AccountLink.account_id) == home.account_id
        await session.exec(update(AccountLink).where(own).values(values))


async def _start(who: Signed, provider_id: UUID) -> payments.Started:
    async with unit_of_work() as session:
        account_id = await add_account(session, provider_id, who.id, f"38{who.id.int % 10**6:06d}")
    return await payments.start_payment(who.id, [Wish(account_id)], attempt=who.token, locale="ru")


async def _ask_for_help(who: Signed) -> UUID:
    [kept] = await keep_files([SentFile("scan.pdf", BytesIO(b"%PDF-1.4 private"), 16)])
    async with unit_of_work() as session:
        await open_ticket(who.email, "Мой счёт", "Это личное.", [kept], who.id, "ru", session=session)
    return kept.id


async def _let_in(home: Home, guest: Signed, role: LinkRole) -> None:
    async with unit_of_work() as session:
        rows = await session.exec(
            select(AccountLink.id).where(
                AccountLink.account_id == home.account_id, AccountLink.role == LinkRole.OWNER
            )
        )
        session.add(
            AccountLink(
                resident_id=guest.id,
                account_id=home.account_id,
                role=role,
                level=LinkLevel.FULL,
                invited_by=rows.one(),
            )
        )


async def _other_provider() -> UUID:
    async with unit_of_work() as session:
        return (await make_provider(session, name_en=f"Brook {uuid4().hex[:6]}")).id


async def _programs(
    home: Home, alice: Signed, stranger: Guest, boss: Guest, other: UUID
) -> tuple[dict[str, str], str]:
    assert isinstance(stranger, Signed) and isinstance(boss, Signed)
    async with unit_of_work() as session:
        made = {
            "key": _key(home.provider_id, boss.id),
            "foreign key": _key(other, boss.id),
            "revoked key": _key(home.provider_id, boss.id, revoked_at=now()),
        }
        session.add_all(row for _token, row in made.values())
        wish = TokenWish(name="Home", account_ids=[home.account_id], look=True, send=True)
        token = await personal.make_token(alice.id, wish, PASSWORD, session=session)
        wish = TokenWish(
            name="Device", account_ids=[home.account_id], send=True, look=False, kind=TokenKind.WATERIUS
        )
        device = await personal.make_token(alice.id, wish, PASSWORD, session=session)
        own = await add_account(session, other, stranger.id, f"37{stranger.id.int % 10**6:06d}")
    await _give_password(stranger)
    async with unit_of_work() as session:
        wish = TokenWish(name="Own", account_ids=[own], look=True, send=True)
        foreign = await personal.make_token(stranger.id, wish, PASSWORD, session=session)
    tokens = {name: secret for name, (secret, _row) in made.items()}
    return {**tokens, "token": token.secret, "foreign token": foreign.secret}, device.secret


async def _give_password(who: Signed) -> None:
    await change_person(who, password_hash=await hash_password(PASSWORD))


def _key(provider_id: UUID, made_by: UUID, **values: Any) -> tuple[str, ApiKey]:
    token = KEY_PREFIX + new_token()
    row = ApiKey(
        provider_id=provider_id,
        name="1С",
        prefix=token[:9],
        token_hash=hash_token(token),
        scopes=[str(scope) for scope in Scope],
        created_by=made_by,
        expires_at=now() + timedelta(days=30),
        **values,
    )
    return token, row
