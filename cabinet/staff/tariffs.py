"""Tariffs: what a unit costs from which day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.billing.words import say_tariff
from cabinet.database import unit_of_work
from cabinet.errors import NotFound
from cabinet.i18n import N_
from cabinet.kit.dates import today_in
from cabinet.meters.models import MeterKind, Tariff
from cabinet.meters.pricing import add_tariff, drop_tariff
from cabinet.meters.words import say_zone
from cabinet.residents.person import Permission
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.money_view import act, day_in, done, fields_of, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, as_id, asked_id, own_provider, with_query
from cabinet.staff.work_words import METER_KINDS


@dataclass(frozen=True, slots=True)
class Row:
    """The prices of all zones from one day on; `state` is `past`, `valid_now` or `not_begun`."""

    provider_id: UUID
    kind: MeterKind
    zones: int
    tariffs: tuple[Tariff, ...]
    state: str


class TariffsView(WorkView):
    """The tariffs of all providers, or of the clerk's own."""

    menu_label = later(N_("Tariffs"))
    icon = "fa-solid fa-tags"
    path = "/tariffs"
    route_name = "tariffs"
    permission = Permission.SEE_METERS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """All of them, and a form for one more."""
        return await self._show(request)

    async def _show(self, request: Request, error: str = "", form: dict[str, str] | None = None) -> Response:
        desk = desk_of(request)
        chosen = own_provider(desk, asked_id(request, "provider"))
        wanted = select(Tariff).order_by(
            col(Tariff.provider_id),
            col(Tariff.kind),
            col(Tariff.zones),
            col(Tariff.valid_from).desc(),
            col(Tariff.zone),
        )
        if chosen is not None:
            wanted = wanted.where(Tariff.provider_id == chosen)
        found: Sequence[Tariff] = (await request.state.session.exec(wanted)).all()
        return self.render(
            request,
            "tariffs.html",
            error,
            rows=_rows(found, desk),
            kinds=METER_KINDS,
            chosen=chosen,
            form=form or {"provider_id": str(chosen or ""), "zones": "1"},
            say_price=say_tariff,
            say_zone=say_zone,
        )

    @act("/add", Permission.EDIT_TARIFFS, name="tariff-add")
    async def add(self, request: Request) -> Response:
        """Add one from a day on."""
        form = await fields_of(request)
        back = with_query(f"{BASE}/tariffs", provider=asked_id(request, "provider"))
        answer = await done(request, _add(form, desk_of(request)), back)
        return await self._show(request, answer, form) if isinstance(answer, str) else answer

    @act("/{tariff_id}/drop", Permission.EDIT_TARIFFS, name="tariff-drop")
    async def drop(self, request: Request) -> Response:
        """Remove one that has not begun."""
        tariff_id = id_in_path(request, "tariff_id")
        back = with_query(f"{BASE}/tariffs", provider=asked_id(request, "provider"))
        answer = await done(request, _drop(tariff_id, desk_of(request)), back)
        return await self._show(request, answer) if isinstance(answer, str) else answer


def _rows(found: Sequence[Tariff], desk: Desk) -> list[Row]:
    """By provider's name, kind and zones; the newest first. Of those that have begun the last is valid."""
    order = {provider_id: place for place, provider_id in enumerate(desk.providers)}
    rows: list[Row] = []
    for (provider_id, kind, zones), same in groupby(
        sorted(found, key=lambda one: order[one.provider_id]),
        key=lambda one: (one.provider_id, one.kind, one.zones),
    ):
        today = today_in(desk.providers[provider_id].timezone)
        is_valid_found = False
        for valid_from, together in groupby(same, key=lambda one: one.valid_from):
            state = "not_begun" if valid_from > today else "past" if is_valid_found else "valid_now"
            is_valid_found = is_valid_found or state == "valid_now"
            rows.append(Row(provider_id, kind, zones, tuple(together), state))
    return rows


async def _add(form: dict[str, str], desk: Desk) -> None:
    provider_id, kind, zones = (
        as_id(form.get("provider_id", "")),
        form.get("kind", ""),
        form.get("zones", ""),
    )
    if (
        provider_id is None
        or provider_id not in desk.providers
        or kind not in set(MeterKind)
        or zones not in ("1", "2", "3")
    ):
        raise NotFound
    prices = {zone: form.get(f"price_{zone}", "") for zone in range(1, int(zones) + 1)}
    valid_from = day_in(form.get("valid_from", ""))
    async with unit_of_work() as session:
        await add_tariff(
            provider_id,
            MeterKind(kind),
            prices,
            valid_from,
            by=desk.person,
            session=session,
            address=desk.address,
        )


async def _drop(tariff_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await drop_tariff(tariff_id, by=desk.person, session=session, address=desk.address)
