"""The books, counted again: a button, progress in percent, and what was found."""

from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.i18n import N_
from cabinet.ledger.models import RecountState
from cabinet.payments.recounts import recounts, start_recount
from cabinet.residents.person import Permission
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import BASE, MoneyView, act, done
from cabinet.staff.money_words import RECOUNT_STATES
from cabinet.staff.words import later


class LedgerView(MoneyView):
    """Recounts of the ledger."""

    menu_label = later(N_("Recount of the books"))
    icon = "fa-solid fa-list-check"
    path = "/money/ledger"
    route_name = "money-ledger"
    permission = Permission.SEE_MONEY

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The button, and the latest recounts."""
        found = await recounts(session=request.state.session)
        return self.render(
            request,
            "money_ledger.html",
            recounts=found,
            states=RECOUNT_STATES,
            refresh=any(one.state is RecountState.RUNNING for one in found[:1]),
        )

    @act("/recount", Permission.RECONCILE, name="money-recount")
    async def recount(self, request: Request) -> Response:
        """Begin a recount; a job does it."""
        answer = await done(request, _recount(desk_of(request)), f"{BASE}/ledger")
        return await self.index(request) if isinstance(answer, str) else answer


async def _recount(desk: Desk) -> None:
    async with unit_of_work() as session:
        await start_recount(by=desk.person, session=session, address=desk.address)
