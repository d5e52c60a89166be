"""Who has linked an account, the PIN that proves it, and the end of all links when the flat changes hands."""

from secrets import randbelow
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.access.service import end_links_of_account, last_day, set_pin
from cabinet.accounts.models import Account, AccountLink
from cabinet.database import unit_of_work
from cabinet.i18n import N_
from cabinet.kit.dates import now
from cabinet.kit.text import group_digits, mask_email
from cabinet.providers.models import ProofKind, Provider
from cabinet.residents.models import Resident
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import act, done, fields_of, id_in_path
from cabinet.staff.words import LINK_LEVELS, later
from cabinet.staff.work_view import BASE, WorkView, with_query
from cabinet.staff.work_words import LINK_ROLES

_PIN_DIGITS = 8


class AccessView(WorkView):
    """The people of one account; reached from the account's card."""

    menu_label = later(N_("Who has access"))
    icon = "fa-solid fa-people-roof"
    section = Section.PEOPLE
    path = "/access"
    route_name = "access"
    permission = Permission.SEE_ACCESS
    add_to_menu = False

    @route("/{account_id}", name="account-access")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The current links."""
        return await self._show(request)

    async def _show(self, request: Request, error: str = "", pin: str = "") -> Response:
        account, desk = await _own_account(request), desk_of(request)
        await note(request, "view", "account", account.id, {"what": "access"})
        links = await _links(account.id, request.state.session)
        provider = await request.state.session.get(Provider, account.provider_id)
        answer = self.render(
            request,
            "access.html",
            error,
            account=account,
            links=links,
            say_email=str if desk.person.may(Permission.SEE_RESIDENTS) else mask_email,
            roles=LINK_ROLES,
            levels=LINK_LEVELS,
            say_number=group_digits,
            last_day=lambda link: last_day(link.expires_at, desk.providers[account.provider_id].timezone),
            by_pin=provider.proof is ProofKind.PIN,
            pin=pin,
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @act("/{account_id}/pin", Permission.MANAGE_ACCESS, name="account-pin")
    async def pin(self, request: Request) -> Response:
        """Give a new code, shown this once; the one before is worth nothing any more."""
        account = await _own_account(request)
        pin = f"{randbelow(10**_PIN_DIGITS):0{_PIN_DIGITS}d}"
        answer = await done(request, _give_pin(account.id, pin, desk_of(request)), "")
        return await self._show(request, answer if isinstance(answer, str) else "", pin)

    @act("/{account_id}/end", Permission.MANAGE_ACCESS, name="account-end-links")
    async def end(self, request: Request) -> Response:
        """End them all."""
        account, form = await _own_account(request), await fields_of(request)
        ended: list[int] = []
        there = f"{BASE}/access/{account.id}"
        answer = await done(request, _end(account.id, form.get("reason", ""), desk_of(request), ended), there)
        if isinstance(answer, str):
            return await self._show(request, answer)
        answer.headers["location"] = with_query(there, ended=ended[0])
        return answer


async def _own_account(request: Request) -> Account:
    desk = desk_of(request)
    account = await request.state.session.get(Account, id_in_path(request, "account_id"))
    if account is None or account.provider_id not in desk.providers:
        raise HTTPException(404)
    return account


async def _links(account_id: UUID, session: Any) -> list[tuple[AccountLink, str]]:
    """The links that neither ended nor expired, with the person's e-mail; owners first."""
    rows = await session.exec(
        select(AccountLink, Resident.email)
        .join(Resident, col(Resident.id) == col(AccountLink.resident_id))
        .where(AccountLink.account_id == account_id, col(AccountLink.ended_at).is_(None))
        .order_by(col(AccountLink.invited_by).is_not(None), col(AccountLink.created_at))
    )
    moment = now()
    return [
        (link, email) for link, email in rows.all() if link.expires_at is None or link.expires_at > moment
    ]


async def _end(account_id: UUID, reason: str, desk: Desk, ended: list[int]) -> None:
    async with unit_of_work() as session:
        count = await end_links_of_account(
            account_id, by=desk.person, reason=reason, session=session, address=desk.address
        )
    ended.append(count)


async def _give_pin(account_id: UUID, pin: str, desk: Desk) -> None:
    async with unit_of_work() as session:
        await set_pin(account_id, pin, by=desk.person, session=session, address=desk.address)
