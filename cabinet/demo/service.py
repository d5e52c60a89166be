"""Loading the demo into an empty database, and telling a newcomer what to type."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, update
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.models import Account
from cabinet.accounts.service import AccountCard, get_accounts
from cabinet.database import read_only, unit_of_work
from cabinet.demo.catalogue import CATALOGUE
from cabinet.demo.neighbours import make_neighbours
from cabinet.demo.plan import Plan, account_ids_in_turn, make_plan
from cabinet.demo.proofs import PIN, proofs_of
from cabinet.kit.dates import now
from cabinet.kit.tokens import new_token
from cabinet.ledger.service import balances
from cabinet.providers.models import ProofKind, Provider
from cabinet.residents.models import Role
from cabinet.residents.passwords import hash_password
from cabinet.residents.service import create_staff
from cabinet.settings import settings

OFFERED = 20
WITH_DEBT = 3
_LOCK = 4_201_001
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """How a member of the demo's staff signs in."""

    email: str
    password: str


STAFF = Login("admin@cabinet.example", "Yasen2611")
CLERK = Login("clerk@cabinet.example", "Klyon4807")
SUPPORT = Login("support@cabinet.example", "Lipa3195")
AUDITOR = Login("auditor@cabinet.example", "Ryabina74")


class NotInDevelopment(RuntimeError):
    """Demo data has no place beside real residents."""


async def load_if_empty(*, data_dir: Path | None = None) -> None:
    """Load the demo if there is no provider yet; development only, in one transaction."""
    _only_in_development()
    async with unit_of_work() as session:
        await session.exec(select(func.pg_advisory_xact_lock(_LOCK)))
        if (await session.exec(select(Provider.id).limit(1))).first():
            return
        plan = await asyncio.to_thread(make_plan, now())
        await _insert(plan, session)
        await _move_in(plan, session)
        await _give_pins(session)
        await _hire(session)
    _log.info("demo data loaded, data folder %s", data_dir or settings.data_dir)


async def write_demo_json(path: Path, *, cards: Mapping[str, str]) -> None:
    """Write what a newcomer needs: address, mailbox, accounts with their present debts, logins, test cards.

    The first three accounts owe something, as long as any three do.
    """
    _only_in_development()
    async with read_only() as session:
        accounts = await _offered_accounts(session)
    facts: dict[str, Any] = {
        "url": settings.public_url,
        "mailbox": f"{settings.public_url}/dev/mail" if settings.keeps_letters_here else settings.smtp_url,
        "accounts": accounts,
        "staff": {"email": STAFF.email, "password": STAFF.password},
        "clerk": {"email": CLERK.email, "password": CLERK.password},
        "support": {"email": SUPPORT.email, "password": SUPPORT.password},
        "auditor": {"email": AUDITOR.email, "password": AUDITOR.password},
        "cards": dict(cards),
    }
    await asyncio.to_thread(_replace, path, json.dumps(facts, ensure_ascii=False, indent=2) + "\n")


def first_in_debt(
    order: Sequence[UUID], owed: Mapping[UUID, int], provider_of: Mapping[UUID, UUID]
) -> list[UUID]:
    """The accounts as they are offered: three in debt first, of different providers if possible."""
    in_debt = [account_id for account_id in order if owed[account_id] > 0]
    chosen: list[UUID] = []
    for account_id in in_debt:
        if provider_of[account_id] not in {provider_of[other] for other in chosen}:
            chosen.append(account_id)
    chosen = (chosen + [account_id for account_id in in_debt if account_id not in chosen])[:WITH_DEBT]
    return chosen + [account_id for account_id in order if account_id not in chosen]


async def _offered_accounts(session: AsyncSession) -> list[dict[str, Any]]:
    cards = await get_accounts(account_ids_in_turn(), session=session)
    order = [account_id for account_id in account_ids_in_turn() if account_id in cards]
    owed = await balances(order, session=session)
    provider_of = {account_id: card.provider_id for account_id, card in cards.items()}
    offered = first_in_debt(order, owed, provider_of)[:OFFERED]
    proofs = await proofs_of([cards[account_id] for account_id in offered], session=session)
    return [_offer(cards[one], owed[one], proofs[one]) for one in offered]


def _offer(card: AccountCard, debt_minor: int, proof: dict[str, Any]) -> dict[str, Any]:
    return {
        "provider": card.provider_name,
        "number": card.number,
        "debt_minor": debt_minor,
        "proof": proof,
    }


async def _insert(plan: Plan, session: AsyncSession) -> None:
    """Write the rows in bulk: the services would take a minute for what takes seconds here."""
    for name in Plan.__dataclass_fields__:
        rows: list[SQLModel] = getattr(plan, name)
        await session.exec(insert(type(rows[0])), params=[_values(row) for row in rows])


def _values(row: SQLModel) -> dict[str, Any]:
    """The columns; an id that the database gives is left out."""
    values = row.model_dump()
    return {name: value for name, value in values.items() if (name, value) != ("id", None)}


async def _move_in(plan: Plan, session: AsyncSession) -> None:
    """Residents in accounts that nobody needs for trying things; nobody knows their password."""
    owed = {row.account_id: row.amount_minor for row in plan.balances}
    free = [one for one in account_ids_in_turn()[OFFERED:] if owed.get(one, 0) <= 0]
    neighbours = make_neighbours(now(), free, await hash_password(new_token()))
    for rows in (neighbours.residents, neighbours.links):
        if rows:
            await session.exec(insert(type(rows[0])), params=[_values(row) for row in rows])


async def _give_pins(session: AsyncSession) -> None:
    """One hash for all: hashing twenty would make a newcomer wait."""
    pin_hash = await hash_password(PIN)
    asking = select(Provider.id).where(Provider.proof == ProofKind.PIN)
    await session.exec(update(Account).where(col(Account.provider_id).in_(asking)).values(pin_hash=pin_hash))


async def _hire(session: AsyncSession) -> None:
    """One person for every role; the clerk works for the first provider."""
    for login, role, provider_id in (
        (STAFF, Role.ADMINISTRATOR, None),
        (CLERK, Role.CLERK, CATALOGUE[0].provider.id),
        (SUPPORT, Role.SUPPORT, None),
        (AUDITOR, Role.AUDITOR, None),
    ):
        await create_staff(login.email, login.password, role, provider_id, session=session)


def _only_in_development() -> None:
    if not settings.is_development:
        raise NotInDevelopment(f"demo data is for development, not {settings.env}")


def _replace(path: Path, text: str) -> None:
    """Write the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
