"""Accounts: handing them over, finding them, going through them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from cabinet.accounts.looking import (
    AccountFacts,
    account_of_provider,
    accounts_by_number,
    accounts_page,
)
from cabinet.accounts.registering import close_account, find_account, register_account, reopen_account
from cabinet.audit.service import acting_by_key, record
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.http.api.batches import Many, Results, Step, each, one_at_a_time
from cabinet.http.api.bearer import needs
from cabinet.http.api.calls import AnyCall
from cabinet.http.api.values import AccountNumber, Currency, Flag, Values, Words
from cabinet.http.requests import client_address
from cabinet.i18n import N_
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard
from cabinet.kit.outcome import Outcome, Registered
from cabinet.ledger.service import balances
from cabinet.providers.service import check_number, get_provider

router = APIRouter(tags=["accounts"])
MOST_IN_PAGE = 500

Reader = Annotated[KeyCard, needs(Scope.ACCOUNTS_READ)]
Writer = Annotated[KeyCard, needs(Scope.ACCOUNTS_WRITE)]


class AccountIn(Values):
    """A personal account. A field that is left out keeps its value."""

    number: AccountNumber
    owner_name: Words | None = None
    address: Words | None = None
    els: Words | None = Field(default=None, description=N_("ЕЛС of ГИС ЖКХ"))
    fias: Words | None = Field(
        default=None, description=N_("ФИАС code of the house, and the flat after a comma")
    )
    closed: Flag | None = Field(
        default=None, description=N_("true closes the account for new residents, false opens it again")
    )


class AccountsIn(Values):
    """Accounts to be made or brought up to date."""

    accounts: Many[AccountIn]


class NumbersIn(Values):
    """Numbers to look for."""

    numbers: Many[AccountNumber]


class AccountsAsked(Values):
    """Which page is asked for."""

    after: UUID | None = Field(default=None, description=N_("The cursor of the page before"))
    limit: Annotated[int, Field(ge=1, le=MOST_IN_PAGE)] = 100


class AccountOut(BaseModel):
    """A personal account as its provider sees it."""

    id: UUID
    number: str
    owner_name: str
    address: str
    els: str
    fias: str
    balance_minor: int = Field(description=N_("Kopecks: owed if positive, in advance if negative"))
    currency: Currency = "RUB"
    created_at: datetime
    closed_at: datetime | None


class AccountsOut(BaseModel):
    """Accounts that were found."""

    accounts: list[AccountOut]


class AccountsPage(AccountsOut):
    """Accounts in the order of their ids."""

    cursor: UUID | None = Field(description=N_("Send it as `after` to go on"))
    has_more: bool


@router.put(
    "/accounts",
    summary=N_("Hand over accounts"),
    response_model=Results,
    description=N_("Accounts are known by their number: a new one is made, a known one brought up to date."),
)
async def put_accounts(sent: AccountsIn, key: Writer, call: AnyCall) -> Response:
    """Accounts are known by their number: a new one is made, a known one brought up to date."""

    async def work(session: AsyncSession) -> Results:
        await one_at_a_time(key.provider_id, session=session)
        provider = await get_provider(key.provider_id, session=session)
        steps: list[Step[AccountIn]] = []
        refused: list[tuple[int, CabinetError]] = []
        for index, item in enumerate(sent.accounts):
            try:
                steps.append(Step(index, item, check_number(provider, item.number)))
            except CabinetError as error:
                refused.append((index, error))

        async def put(item: AccountIn) -> Registered:
            return await _put(key.provider_id, item, session)

        return await each(steps, put, subject="account", below="accounts", session=session, refused=refused)

    return await call.once(key, work)


async def _put(provider_id: UUID, item: AccountIn, session: AsyncSession) -> Registered:
    """Open it first or close it last, so that the same again changes nothing either way."""
    opened = False
    if item.closed is not None:
        known = await _known(provider_id, item.number, session)
        if known is not None and item.closed and known.closed_at is not None:
            return Registered(known.id, Outcome.UNCHANGED)
        if known is not None and not item.closed:
            opened = await reopen_account(provider_id, known.id, session=session)
    done = await register_account(
        provider_id,
        item.number,
        session=session,
        owner_name=item.owner_name,
        address=item.address,
        els=item.els,
        fias=item.fias,
    )
    closed = bool(item.closed) and await close_account(provider_id, done.id, session=session)
    if not (opened or closed) or done.outcome is Outcome.NEW:
        return done
    return Registered(done.id, Outcome.CHANGED, done.before, {**done.after, "closed": closed})


async def _known(provider_id: UUID, number: str, session: AsyncSession) -> AccountFacts | None:
    try:
        account_id = await find_account(provider_id, number, session=session)
    except NotFound:
        return None
    return await account_of_provider(provider_id, account_id, session=session)


@router.post(
    "/accounts/find",
    summary=N_("Find accounts by their numbers"),
    description=N_("Numbers stand in the body, never in an address: addresses end in logs."),
)
async def find_accounts(sent: NumbersIn, key: Reader, request: Request) -> AccountsOut:
    """Numbers stand in the body, never in an address: addresses end in logs."""
    async with unit_of_work() as session:
        found = await accounts_by_number(key.provider_id, sent.numbers, session=session)
        return AccountsOut(accounts=await _shown(found, key, request, session))


@router.get(
    "/accounts",
    summary=N_("Go through all accounts"),
    description=N_("In the order of their ids, page by page."),
)
async def list_accounts(
    key: Reader,
    request: Request,
    asked: Annotated[AccountsAsked, Query()],
) -> AccountsPage:
    """In the order of their ids, page by page."""
    async with unit_of_work() as session:
        found = await accounts_page(key.provider_id, asked.after, asked.limit + 1, session=session)
        shown = await _shown(found[: asked.limit], key, request, session)
    return AccountsPage(
        accounts=shown, cursor=shown[-1].id if shown else asked.after, has_more=len(found) > asked.limit
    )


@router.get(
    "/accounts/{account_id:uuid}",
    summary=N_("One account"),
    description=N_("By our id, as every answer names it."),
)
async def get_account(account_id: UUID, key: Reader, request: Request) -> AccountOut:
    """By our id, as every answer names it."""
    async with unit_of_work() as session:
        found = await account_of_provider(key.provider_id, account_id, session=session)
        if found is None:
            raise NotFound
        return (await _shown([found], key, request, session))[0]


async def _shown(
    found: Sequence[AccountFacts], key: KeyCard, request: Request, session: AsyncSession
) -> list[AccountOut]:
    """The accounts with their balances; that names and addresses were read is audited."""
    owed = await balances([one.id for one in found], session=session)
    with acting_by_key(key.id, client_address(request)):
        only = found[0].id if len(found) == 1 else ""
        await record(None, "view", "account", only, None, {"rows": len(found)}, session=session)
    return [
        AccountOut(
            id=one.id,
            number=one.number,
            owner_name=one.owner_name,
            address=one.address,
            els=one.els,
            fias=one.fias,
            balance_minor=owed[one.id],
            created_at=one.created_at,
            closed_at=one.closed_at,
        )
        for one in found
    ]
