"""A provider's balance of one account, taken in by hand; files are imported elsewhere."""

import re
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.accounts import service as accounts
from cabinet.accounts.models import Account
from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import N_
from cabinet.payments.statements import latest_statements, take_statement
from cabinet.providers.service import clean_number
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import BASE, MoneyView, act, amount_in, day_in, done, fields_of
from cabinet.staff.money_words import MONEY_WORDS
from cabinet.staff.words import later

_NUMBERS = re.compile(r"[\s,;№]+")


class NoSuchAccount(CabinetError):
    """The provider has no account with this number."""

    code = "no_such_account"

    def message(self) -> str:
        """What to check."""
        return str(MONEY_WORDS["no_such_account"])


class BadNumbers(CabinetError):
    """The list of payments has something else in it."""

    code = "bad_numbers"

    def message(self) -> str:
        """How to write it."""
        return str(MONEY_WORDS["bad_numbers"])


class StatementsView(MoneyView):
    """Balances of providers."""

    menu_label = later(N_("Provider balances"))
    icon = "fa-solid fa-file-invoice"
    path = "/money/statements"
    route_name = "money-statements"
    permission = Permission.SEE_MONEY

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The form, and what was taken in last."""
        return await self._show(request)

    async def _show(self, request: Request, error: str = "", form: dict[str, str] | None = None) -> Response:
        session = request.state.session
        found = await latest_statements(session=session)
        await note(request, "list", "statement", "", {"rows": len(found)})
        cards = await accounts.get_accounts({one.account_id for one in found}, session=session)
        return self.render(
            request, "money_statements.html", error, statements=found, cards=cards, form=form or {}
        )

    @act("/take", Permission.TAKE_STATEMENTS, name="money-take")
    async def take(self, request: Request) -> Response:
        """Take one balance in."""
        form = await fields_of(request)
        answer = await done(request, _take(form, desk_of(request)), f"{BASE}/statements")
        return await self._show(request, answer, form) if isinstance(answer, str) else answer


async def _take(form: dict[str, str], desk: Desk) -> None:
    balance, as_of = amount_in(form.get("balance", "")), day_in(form.get("as_of", ""))
    async with unit_of_work() as session:
        account_id = await _account(form, session)
        await take_statement(
            account_id,
            balance,
            as_of,
            form.get("source", "").strip(),
            _numbers(form.get("posted", "")),
            by=desk.person,
            session=session,
            address=desk.address,
        )


def _numbers(text: str) -> list[int]:
    words = [word for word in _NUMBERS.split(text) if word]
    if not all(word.isdecimal() and len(word) < 18 for word in words):
        raise BadNumbers
    return [int(word) for word in words]


async def _account(form: dict[str, str], session: AsyncSession) -> UUID:
    try:
        provider_id = UUID(form.get("provider_id", ""))
    except ValueError:
        raise NoSuchAccount from None
    wanted = select(Account.id).where(
        Account.provider_id == provider_id, Account.number == clean_number(form.get("number", ""))
    )
    found = (await session.exec(wanted)).first()
    if found is None:
        raise NoSuchAccount
    return found
