"""The ledger against the processor: runs, their progress, differences, and what to do with each."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import N_, _
from cabinet.kit.dates import now, today_in
from cabinet.payments import reconciliation
from cabinet.payments.models import (
    DifferenceCause,
    Reconciliation,
    ReconciliationDifference,
    ReconciliationState,
)
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
from cabinet.staff.money_words import CAUSES, MONEY_WORDS, RUN_STATES
from cabinet.staff.words import later


class StillDiffers(CabinetError):
    """What was done did not bring the two sides together."""

    code = "still_differs"

    def message(self) -> str:
        """What is left to do."""
        return str(MONEY_WORDS["still_differs"])


class ReconciliationView(MoneyView):
    """Runs and differences."""

    menu_label = later(N_("Reconciliation"))
    icon = "fa-solid fa-scale-balanced"
    path = "/money/reconciliation"
    route_name = "money-reconciliation"
    permission = Permission.SEE_MONEY

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The runs, and a form for one more."""
        return await self._list(request)

    async def _list(self, request: Request, error: str = "", form: dict[str, str] | None = None) -> Response:
        session = request.state.session
        found = await reconciliation.runs(session=session, only_open="open" in request.query_params)
        counts = await session.exec(
            select(ReconciliationDifference.reconciliation_id, func.count())
            .where(
                col(ReconciliationDifference.reconciliation_id).in_([run.id for run in found]),
                col(ReconciliationDifference.resolved_at).is_(None),
            )
            .group_by(col(ReconciliationDifference.reconciliation_id))
        )
        today = today_in(desk_of(request).timezone)
        days = {"since": (today - timedelta(days=3)).isoformat(), "until": today.isoformat()}
        return self.render(
            request,
            "money_reconciliation.html",
            error,
            runs=found,
            open_count=dict(counts.all()),
            states=RUN_STATES,
            form=form or days,
            refresh=any(run.state is ReconciliationState.RUNNING for run in found),
        )

    @act("/start", Permission.RECONCILE, name="money-reconcile")
    async def start(self, request: Request) -> Response:
        """Begin a run; a job does it."""
        form = await fields_of(request)
        answer = await done(request, _start(form, desk_of(request)), f"{BASE}/reconciliation")
        return await self._list(request, answer, form) if isinstance(answer, str) else answer

    @route("/{run_id}", name="money-run")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def run(self, request: Request) -> Response:
        """One run with its differences."""
        return await self._show(request, id_in_path(request, "run_id"))

    async def _show(self, request: Request, run_id: UUID, error: str = "") -> Response:
        session = request.state.session
        run = await session.get(Reconciliation, run_id)
        if run is None:
            raise HTTPException(404)
        await note(request, "view", "reconciliation", run_id)
        return self.render(
            request,
            "money_run.html",
            error,
            run=run,
            state=_(RUN_STATES[run.state]),
            found=await reconciliation.differences_of(run_id, session=session),
            causes=CAUSES,
            settles=reconciliation.SETTLE,
            imports=reconciliation.IMPORT,
            refund_there=DifferenceCause.REFUND_UNKNOWN_HERE,
            refresh=run.state is ReconciliationState.RUNNING,
        )

    @act("/{run_id}/{what}/{difference_id}", Permission.RECONCILE, name="money-difference")
    async def resolve(self, request: Request) -> Response:
        """Do something about a difference."""
        run_id, form = id_in_path(request, "run_id"), await fields_of(request)
        way = _ACTS.get(request.path_params["what"])
        if way is None:
            raise HTTPException(404)
        work = way(id_in_path(request, "difference_id"), form.get("reason", ""), desk_of(request))
        answer = await done(request, work, f"{BASE}/reconciliation/{run_id}")
        return await self._show(request, run_id, answer) if isinstance(answer, str) else answer


async def _start(form: dict[str, str], desk: Desk) -> None:
    zone = ZoneInfo(desk.timezone)
    since = datetime.combine(day_in(form.get("since", "")), time(), zone)
    until = datetime.combine(day_in(form.get("until", "")) + timedelta(days=1), time(), zone)
    async with unit_of_work() as session:
        await reconciliation.start_reconciliation(
            since, min(until, now()), by=desk.person, session=session, address=desk.address
        )


async def _settle(difference_id: UUID, _reason: str, desk: Desk) -> None:
    if not await reconciliation.settle_difference(difference_id, by=desk.person, address=desk.address):
        raise StillDiffers


async def _book(difference_id: UUID, reason: str, desk: Desk) -> None:
    await reconciliation.book_excess(difference_id, reason, by=desk.person, address=desk.address)


async def _explain(difference_id: UUID, reason: str, desk: Desk) -> None:
    await reconciliation.explain_difference(difference_id, reason, by=desk.person, address=desk.address)


_ACTS: dict[str, Any] = {"settle": _settle, "book": _book, "explain": _explain}
