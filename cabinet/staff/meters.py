"""Meters with their zones and readings."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Select, or_
from sqlmodel import col, select
from starlette.requests import Request
from starlette_admin.contrib.sqlmodel import InlineModelView

from cabinet.accounts.models import Account
from cabinet.i18n import N_, _
from cabinet.kit.dates import say_month, today_in
from cabinet.kit.text import fold, group_digits
from cabinet.meters.models import Meter, Reading, TariffZone
from cabinet.meters.views import zones_of
from cabinet.meters.words import say_reading, say_zone
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import DeskView
from cabinet.staff.fields import Day, HasNoValue, HasValue, Number, Shown, Text, choice, key_contains, row_id
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.related import Card, of_account
from cabinet.staff.words import later
from cabinet.staff.work_words import METER_KINDS, READING_SOURCES, READING_STATES

_NUMBER_SIGNS = str.maketrans("", "", " -–—.")
_READINGS = 60


class ReadingsInline(InlineModelView):
    """The newest readings of a meter, below it."""

    model = Reading
    fk_attr = "zone_id"
    key = "readings"
    menu_label = later(N_("Readings"))
    display_name = later(N_("reading"))
    extra = 0
    fields: ClassVar[Sequence[Any]] = [
        row_id(),
        Shown("month", label=later(N_("For the month")), getter=lambda _request, one: say_month(one.period)),
        Shown(
            "zone", label=later(N_("Zone")), getter=lambda request, one: request.state.zone_names[one.zone_id]
        ),
        Shown("dial", label=later(N_("Value")), getter=lambda _request, one: say_reading(one.value)),
        Day("taken_on", label=later(N_("Read on"))),
        choice("source", later(N_("Given by")), READING_SOURCES),
        choice("state", later(N_("State")), READING_STATES),
        Text("declined_because", label=later(N_("Reason"))),
    ]

    async def find_by_parent(self, request: Request, parent: Any) -> Sequence[Any]:
        """The readings of all its zones; the meter was found among the person's own."""
        session = request.state.session
        zones: Sequence[TariffZone] = (await zones_of([parent.id], session=session))[parent.id]
        request.state.zone_names = {zone.id: say_zone(zone.number, len(zones)) for zone in zones}
        rows = await session.exec(
            select(Reading)
            .where(col(Reading.zone_id).in_(list(request.state.zone_names)))
            .order_by(
                col(Reading.period).desc(), col(Reading.taken_on).desc(), col(Reading.created_at).desc()
            )
            .limit(_READINGS)
        )
        return rows.all()


class MetersView(DeskView):
    """The meters of all providers' accounts, or of the clerk's own."""

    key = "meters"
    icon = "fa-solid fa-gauge-high"
    section = Section.READINGS
    menu_label = later(N_("Meters"))
    display_name = later(N_("meter"))
    permission = Permission.SEE_METERS
    subject = "meter"
    personal = True
    exportable = True
    inlines = (ReadingsInline,)
    row_actions = ("view",)

    fields: ClassVar[Sequence[Any]] = [
        Text("serial", label=later(N_("Meter No."))),
        choice("kind", later(N_("Service")), METER_KINDS),
        Shown(
            "account", label=later(N_("Account")), getter=lambda request, one: request.state.meters[one.id][0]
        ),
        Shown(
            "provider",
            label=later(N_("Provider")),
            getter=lambda request, one: request.state.meters[one.id][1],
        ),
        Shown("zones", label=later(N_("Zones")), getter=lambda request, one: request.state.meters[one.id][2]),
        Shown("state", label=later(N_("State")), getter=lambda request, one: request.state.meters[one.id][3]),
        Day("verification_due", label=later(N_("Verification due")), filters=[HasValue, HasNoValue]),
        Text("unit", label=later(N_("Unit")), exclude_from_list=True),
        Number("digits", label=later(N_("Whole digits")), exclude_from_list=True),
        Number("decimals", label=later(N_("Decimals")), exclude_from_list=True),
        Number("ratio", label=later(N_("Transformation ratio")), exclude_from_list=True),
        Day("installed_on", label=later(N_("Installed")), exclude_from_list=True),
        Day("removed_on", label=later(N_("Removed")), exclude_from_list=True, filters=[HasValue, HasNoValue]),
        Shown(
            "replaces",
            label=later(N_("Stands in place of meter No.")),
            getter=lambda request, one: request.state.replaced.get(one.replaces_id),
            exclude_from_list=True,
        ),
    ]
    searchable_fields: ClassVar[Sequence[str]] = ["serial", "kind", "verification_due", "removed_on"]
    sortable_fields: ClassVar[Sequence[str]] = ["serial", "kind", "verification_due", "installed_on"]
    fields_default_sort: ClassVar[Sequence[Any]] = ["verification_due", "serial"]

    def own_rows(self, query: Select[Any], desk: Desk) -> Select[Any]:
        """The meters at the own provider's accounts, or all."""
        if desk.sees_all:
            return query
        own = select(Account.id).where(Account.provider_id == desk.person.provider_id)
        return query.where(col(Meter.account_id).in_(own))

    async def related(self, request: Request, row: Meter) -> list[Card]:
        """The account, and everything of it."""
        return await of_account(request, [row.account_id], is_account=False)

    def get_search_query(self, request: Request, term: str) -> Any:
        """By the serial number, or by the account (number, owner, address)."""
        accounts = select(Account.id).where(
            key_contains(Account, term) | key_contains(Account, fold(term).translate(_NUMBER_SIGNS))
        )
        serial = term.strip().replace("\x00", "")
        return or_(col(Meter.account_id).in_(accounts), col(Meter.serial).icontains(serial, autoescape=True))

    async def prepare(self, request: Request, rows: Sequence[Meter]) -> None:
        """Accounts, zones, and what the meters stand in place of: three queries for all rows."""
        session, desk = request.state.session, desk_of(request)
        found = await session.exec(
            select(Account.id, Account.number, Account.provider_id).where(
                col(Account.id).in_({row.account_id for row in rows})
            )
        )
        accounts = {key: (number, owner) for key, number, owner in found}
        zones: defaultdict[UUID, list[TariffZone]] = defaultdict(list)
        zones.update(await zones_of([row.id for row in rows], session=session))
        before = await session.exec(
            select(Meter.id, Meter.serial).where(col(Meter.id).in_({row.replaces_id for row in rows}))
        )
        request.state.replaced = dict(before.all())
        request.state.meters = {
            row.id: (
                group_digits(accounts[row.account_id][0]),
                desk.provider_name(accounts[row.account_id][1]),
                str(len(zones[row.id])),
                _say_state(row, desk, accounts[row.account_id][1]),
            )
            for row in rows
        }

    async def repr(self, obj: Any, request: Request) -> str:
        """The serial number."""
        return f"№ {obj.serial}"


def _say_state(meter: Meter, desk: Desk, provider_id: UUID) -> str:
    if meter.removed_on is not None:
        return _("Removed")
    known = desk.providers.get(provider_id)
    today = today_in(known.timezone if known else desk.timezone)
    if meter.verification_due is not None and meter.verification_due < today:
        return _("In place, the verification has ended")
    return _("In place")
