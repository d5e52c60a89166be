"""What each provider is owed, and what was handed over. A clerk sees the own provider and changes nothing."""

from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.accounts import service as accounts
from cabinet.database import unit_of_work
from cabinet.i18n import N_
from cabinet.kit.dates import today_in
from cabinet.payments import payouts
from cabinet.payments.errors import OwedChanged
from cabinet.payments.models import Payout
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import note
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import (
    BASE,
    MoneyView,
    act,
    day_in,
    done,
    fields_of,
    id_in_path,
)
from cabinet.staff.money_words import CORRECTIONS
from cabinet.staff.words import later


class PayoutsView(MoneyView):
    """Payouts to providers."""

    menu_label = later(N_("Payouts to providers"))
    icon = "fa-solid fa-building-columns"
    path = "/money/payouts"
    route_name = "money-payouts"
    permission = Permission.SEE_PAYOUTS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """What is owed to every provider that the person may see."""
        desk, session = desk_of(request), request.state.session
        balances = await payouts.owed_balances(session=session)
        owed = [await payouts.owed_to(one, session=session) for one in desk.providers if one in balances]
        made = await payouts.payouts_of(list(desk.providers), session=session, limit=30)
        return self.render(request, "money_payouts.html", owed=owed, payouts=made)

    @route("/{provider_id}", name="money-provider")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def provider(self, request: Request) -> Response:
        """One provider: the items that are owed, and the payouts made."""
        return await self._show(request, _own_provider(request))

    async def _show(self, request: Request, provider_id: UUID, error: str = "") -> Response:
        session = request.state.session
        await note(request, "view", "provider", provider_id, {"what": "payouts"})
        owed = await payouts.owed_to(provider_id, session=session)
        named = [*(one.item.account_id for one in owed.items), *(one.account_id for one in owed.corrections)]
        return self.render(
            request,
            "money_provider.html",
            error,
            owed=owed,
            name=desk_of(request).provider_name(provider_id),
            cards=await accounts.get_accounts(named, session=session),
            kinds=CORRECTIONS,
            payouts=await payouts.payouts_of([provider_id], session=session),
            today=today_in(desk_of(request).timezone).isoformat(),
        )

    @act("/{provider_id}/hand-over", Permission.PAY_OUT, name="money-hand-over")
    async def hand_over(self, request: Request) -> Response:
        """Write down a payout."""
        provider_id, form = _own_provider(request), await fields_of(request)
        work = _hand_over(provider_id, form, desk_of(request))
        return await self._act(request, provider_id, work)

    @act("/{provider_id}/confirm/{payout_id}", Permission.PAY_OUT, name="money-confirm")
    async def confirm(self, request: Request) -> Response:
        """The provider has taken the payments in."""
        provider_id, form = _own_provider(request), await fields_of(request)
        payout_id = (await _own_payout(request)).id
        work = _confirm(payout_id, form.get("confirmed_on", ""), desk_of(request))
        return await self._act(request, provider_id, work)

    @route("/{provider_id}/register/{payout_id}", name="money-register")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def register(self, request: Request) -> Response:
        """The register of a payout as a file."""
        payout = await _own_payout(request)
        await note(request, "download", "payout_register", payout.id)
        text = payouts.register_csv(payout, await payouts.register_of(payout, session=request.state.session))
        name = f'attachment; filename="payout-{payout.number}.csv"'
        return Response(
            text.encode("utf-8-sig"),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": name, "Cache-Control": "no-store"},
        )

    async def _act(self, request: Request, provider_id: UUID, work: Any) -> Response:
        answer = await done(request, work, f"{BASE}/payouts/{provider_id}")
        return await self._show(request, provider_id, answer) if isinstance(answer, str) else answer


def _own_provider(request: Request) -> UUID:
    """The provider in the address, if the person may see it."""
    provider_id = id_in_path(request, "provider_id")
    if provider_id not in desk_of(request).providers:
        raise HTTPException(404)
    return provider_id


async def _own_payout(request: Request) -> Payout:
    provider_id = _own_provider(request)
    payout = await request.state.session.get(Payout, id_in_path(request, "payout_id"))
    if payout is None or payout.provider_id != provider_id:
        raise HTTPException(404)
    return payout


async def _hand_over(provider_id: UUID, form: dict[str, str], desk: Desk) -> None:
    expected = form.get("expected_minor", "")
    if not expected.isdecimal():
        raise OwedChanged
    async with unit_of_work() as session:
        await payouts.hand_over(
            provider_id,
            form.get("reference", ""),
            expected_minor=int(expected),
            by=desk.person,
            session=session,
            address=desk.address,
        )


async def _confirm(payout_id: UUID, day: str, desk: Desk) -> None:
    async with unit_of_work() as session:
        await payouts.confirm_payout(
            payout_id, day_in(day), by=desk.person, session=session, address=desk.address
        )
