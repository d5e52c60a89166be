"""Every page and every act of the staff pages against every role: what is mounted must stand in the table below."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import httpx
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.routing import Route

from cabinet.billing.models import Bill
from cabinet.exchange.exports.models import ExportKind, ExportSchedule, ExportWay
from cabinet.exchange.exports.service import ExportWish, make_export
from cabinet.exchange.imports.models import RegistryImport
from cabinet.exchange.rows import RegistryFormat
from cabinet.keys.models import ApiKey
from cabinet.kit.dates import now
from cabinet.meters.models import Meter, MeterKind, Tariff
from cabinet.notices.models import Notice, NoticeKind
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import GRANTED, Permission
from cabinet.staff.admin import StaffAdmin
from cabinet.support.models import CannedAnswer
from cabinet.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tests.raw import run_sql
from tests.staff.conftest import Browser, Browsers, Office
from tests.staff.test_work import sent

ALL = "clerk support auditor administrator"
OPERATOR = "support auditor administrator"
READERS = "auditor administrator"
BOSS = "administrator"
NOBODY = ""

PAGES = {
    "index": ALL,
    "list providers": ALL,
    "detail providers": ALL,
    "list accounts": ALL,
    "detail accounts": ALL,
    "list residents": OPERATOR,
    "detail residents": OPERATOR,
    "list payments": ALL,
    "detail payments": ALL,
    "list bills": ALL,
    "detail bills": ALL,
    "list meters": ALL,
    "detail meters": ALL,
    "list requests": OPERATOR,
    "detail requests": OPERATOR,
    "list letters": OPERATOR,
    "detail letters": OPERATOR,
    "notices": ALL,
    "notice": ALL,
    "readings": ALL,
    "reading": ALL,
    "tariffs": ALL,
    "gaps": ALL,
    "account-access": ALL,
    "staff": READERS,
    "colleague": READERS,
    "audit": READERS,
    "audit-export": READERS,
    "money-refunds": READERS,
    "money-payment": READERS,
    "money-payouts": "clerk auditor administrator",
    "money-provider": "clerk auditor administrator",
    "money-register": "clerk auditor administrator",
    "money-reconciliation": READERS,
    "money-run": READERS,
    "money-ledger": READERS,
    "money-statements": READERS,
    "imports": "clerk auditor administrator",
    "import-one": "clerk auditor administrator",
    "import-rejected": "clerk auditor administrator",
    "exports": "clerk auditor administrator",
    "exports-waiting": "clerk auditor administrator",
    "export": "clerk auditor administrator",
    "export-file": "clerk auditor administrator",
    "export-schedules": "clerk auditor administrator",
    "keys": "clerk auditor administrator",
    "webhook": "clerk auditor administrator",
    "jobs": READERS,
    "support-requests": OPERATOR,
    "support-request": OPERATOR,
    "canned": OPERATOR,
    "canned-answer": OPERATOR,
    "list links": ALL,
    "detail links": ALL,
    "list tokens": OPERATOR,
    "detail tokens": OPERATOR,
    "provider-logo": "clerk administrator",
    "provider-try": "clerk administrator",
}
"""What is looked at, and by whom."""

ACTS = {
    "create providers": BOSS,
    "edit providers": "clerk administrator",
    "notice-new": "clerk administrator",
    "notice-edit": "clerk administrator",
    "notice-withdraw": "clerk administrator",
    "readings-accept": "clerk administrator",
    "reading-decline": "clerk administrator",
    "tariff-add": "clerk administrator",
    "tariff-drop": "clerk administrator",
    "resident-close": "support administrator",
    "resident-open": "support administrator",
    "resident-letter": "support administrator",
    "resident-sign-out": "support administrator",
    "resident-session-end": "support administrator",
    "resident-email": "support administrator",
    "resident-unlink": "support administrator",
    "resident-reset-factor": BOSS,
    "staff-hire": BOSS,
    "staff-role": BOSS,
    "staff-close": BOSS,
    "staff-open": BOSS,
    "staff-letter": BOSS,
    "staff-sign-out": BOSS,
    "staff-session-end": BOSS,
    "staff-reset-factor": BOSS,
    "account-pin": "clerk administrator",
    "account-end-links": "clerk administrator",
    "money-refund": BOSS,
    "money-approve": BOSS,
    "money-decline": BOSS,
    "money-again": BOSS,
    "money-credit": BOSS,
    "money-send-back": BOSS,
    "money-hand-over": BOSS,
    "money-confirm": BOSS,
    "money-reconcile": BOSS,
    "money-difference": BOSS,
    "money-recount": BOSS,
    "money-take": BOSS,
    "import-layout": "clerk administrator",
    "import-apply": "clerk administrator",
    "import-cancel": "clerk administrator",
    "import-rollback": "clerk administrator",
    "exports-make": "clerk administrator",
    "export-confirm": "clerk administrator",
    "export-again": "clerk administrator",
    "export-schedule-new": "clerk administrator",
    "export-schedule": "clerk administrator",
    "export-schedule-switch": "clerk administrator",
    "export-readings-choice": "clerk administrator",
    "key-make": "clerk administrator",
    "key-revoke": "clerk administrator",
    "webhook-add": "clerk administrator",
    "webhook-act": "clerk administrator",
    "webhook-resend": "clerk administrator",
    "job-retry": BOSS,
    "job-cancel": BOSS,
    "support-request-answer": "support administrator",
    "support-request-note": "support administrator",
    "support-request-assign": "support administrator",
    "support-request-state": "support administrator",
    "canned-new": "support administrator",
    "canned-answer": "support administrator",
    "canned-withdraw": "support administrator",
    "provider-logo-set": "clerk administrator",
    "provider-logo-remove": "clerk administrator",
    "action providers": ALL,
    "action accounts": ALL,
    "action payments": ALL,
    "action meters": ALL,
}
"""What changes something or takes rows out of the house (`action` is the export of a table)."""

FORMS = {
    "exports-make": {
        "provider_id": "{provider_id}",
        "kind": "payments",
        "format": "csv",
        "do": "make",
        "even_empty": "on",
    },
    "export-readings-choice": {"readings": "accepted"},
    "export-schedule-switch": {"active": "on"},
    "key-make": {"name": "1С", "scopes": "payments:read", "last_day": "2027-01-31"},
    "support-request-state": {"state": "closed"},
}
"""What must be in a form before anybody asks who sent it."""

NEVER = {"inline-edit", "inline-edit-row", "import", "relation-lookup", "file", "provider-desk"}
"""Doors that are closed for everybody: of the library, and the path under which a provider's pages stand."""


@dataclass(frozen=True)
class Door:
    """One method of one address; `name` is that of its route, with the table's key."""

    method: str
    path: str
    name: str

    @property
    def is_act(self) -> bool:
        return self.method == "POST"

    @property
    def allowed(self) -> str:
        """The roles for whom it opens; a form is seen by who may send it."""
        if self.name.split()[0] in NEVER:
            return NOBODY
        if self.name in ACTS and (self.is_act or self.name not in PAGES):
            return ACTS[self.name]
        if self.name.split()[0] in {"create", "edit", "action", "row-action"}:
            return NOBODY
        return PAGES[self.name]


def every_door(admin: StaffAdmin) -> Iterator[Door]:
    keys = [str(view.key) for view in admin._model_views]  # pyright: ignore[reportPrivateUsage]
    for one in admin.routes:
        if not isinstance(one, Route):
            continue
        path = one.path.replace("{storage}", "x").replace("{path:path}", "y").replace(":uuid}", "}")
        for key in keys if "{key}" in path else [""]:
            for method in sorted((one.methods or {"GET"}) - {"HEAD"}):
                yield Door(method, f"/admin{path}".replace("{key}", key), f"{one.name} {key}".strip())


def filled(door: Door, ids: Mapping[str, object]) -> str:
    """The address with ids in it; those that are not named are ids of nothing."""
    path = door.path.replace("{act}", "off")
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", str(value))
    parts = ["settle" if part == "{what}" else part for part in path.split("/")]
    return "/".join(str(UUID(int=0)) if part.startswith("{") else part for part in parts)


async def knock(browser: Browser, door: Door, ids: Mapping[str, object], pk: str = "") -> httpx.Response:
    path, head = filled(door, ids), door.name.split()[0]
    query = {"pk": pk or str(UUID(int=0))} if head in {"detail", "edit", "row-action"} else {}
    if head == "action":
        query = {"name": "export", "all": "1"}
    elif head == "row-action":
        query["name"] = "delete"
    if door.method == "GET":
        return await browser.get(path, **query)
    form = {"format": "csv", "scope": "all", "filename": "x"} if head == "action" else {}
    form |= {name: value.format(**{"provider_id": "", **ids}) for name, value in FORMS.get(head, {}).items()}
    return await browser.send(path, form, **query)


def problem(door: Door, role: str, answer: httpx.Response) -> str:
    """What is wrong with the answer, if anything. The library's script gets its «no» as 400 or 404."""
    status = answer.status_code
    is_open = role in door.allowed.split()
    refused = {403} | ({400, 404} if door.name.split()[0] in {*NEVER, "action", "row-action"} else set[int]())
    if is_open:
        fine = status in {200, 303, 404, 422} and "/login" not in answer.headers.get("location", "")
        fine = fine and (status == 200 or "{" in door.path or door.is_act or " " in door.name)
    else:
        fine = status in refused
    return (
        "" if fine else f"{role}: {door.method} {door.name} {status}, should be {'open' if is_open else 403}"
    )


@pytest.mark.usefixtures("app")
def test_every_door_stands_in_the_table_and_every_line_has_a_door(admin: StaffAdmin) -> None:
    doors = [door for door in every_door(admin) if door.name.split()[0] not in NEVER]
    library = {"create", "edit", "action", "row-action"}
    unknown = [
        f"{door.method} {door.name}"
        for door in doors
        if door.name.split()[0] not in library and door.name not in (ACTS if door.is_act else PAGES | ACTS)
    ]
    assert not unknown, "say who may: " + ", ".join(unknown)
    gone = {*PAGES, *ACTS} - {door.name for door in doors}
    assert not gone, gone


@pytest.mark.parametrize("role", ["clerk", "support", "auditor", "administrator"])
async def test_each_role_gets_what_the_table_says(
    role: str, admin: StaffAdmin, browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    """An act that looks for its row before it asks who may is tried on a row that is there."""
    known = ("ticket_id", "canned_id", "job_id", "schedule_id", "export_id", "key_id", "endpoint_id")
    rows = await rows_of(office, session)
    ids = {name: rows[name] for name in (*known, "delivery_id", "provider_id")}
    browser = await browsers.of(_of_role(office, role))
    problems = [
        said for door in every_door(admin) if (said := problem(door, role, await knock(browser, door, ids)))
    ]
    assert not problems, "\n".join(problems)


async def test_guests_and_residents_get_nowhere(
    admin: StaffAdmin, browsers: Browsers, office: Office
) -> None:
    guest, alice = await browsers.of(None), await browsers.of(office.alice)
    for door in every_door(admin):
        answer = await knock(guest, door, {})
        assert answer.status_code == 303, door
        assert answer.headers["location"].startswith("/login?next=/admin"), door
        assert (await knock(alice, door, {})).status_code == 403, door


async def test_an_auditor_may_do_nothing_but_see(admin: StaffAdmin) -> None:
    assert all(name.startswith("see_") for name in GRANTED[Role.AUDITOR])
    assert {name for name in Permission if name.startswith("see_")} == GRANTED[Role.AUDITOR]
    exports = {name for name in ACTS if name.startswith("action ")}
    assert {name for name, roles in ACTS.items() if "auditor" in roles.split()} == exports


async def test_what_belongs_to_another_provider_does_not_exist_for_a_clerk(
    admin: StaffAdmin, browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    ids = await rows_of(office, session)
    clerk = await browsers.of(office.clerk)
    checked: set[str] = set()
    for door in every_door(admin):
        if "{" not in door.path or "clerk" not in door.allowed.split():
            continue
        answer = await knock(clerk, door, ids)
        assert answer.status_code == 404, (door, answer.status_code)
        checked.add(door.name)
        assert await _is_there_for_the_boss(door, browsers, office, ids), door
    assert len(checked) > 10


async def test_an_auditor_is_shown_no_act(
    admin: StaffAdmin, browsers: Browsers, office: Office, session: AsyncSession
) -> None:
    ids = await rows_of(office, session)
    boss, auditor = await browsers.of(office.boss), await browsers.of(office.auditor)
    for_boss = 0
    for door in every_door(admin):
        if door.method != "GET" or "auditor" not in door.allowed.split() or door.name == "money-register":
            continue
        page = await knock(auditor, door, ids, str(_row_of(office, door.name)))
        assert not _forms(page), door
        for_boss += bool(_forms(await knock(boss, door, ids)))
    assert for_boss > 5


def _forms(page: httpx.Response) -> int:
    """The forms that do something, but for the one that signs out."""
    return page.text.count('method="post"') - page.text.count('action="/api/logout" method="post"')


def _row_of(office: Office, name: str) -> UUID:
    rows = {
        "providers": office.gas,
        "accounts": office.gas_account,
        "residents": office.alice,
        "payments": office.gas_payment,
        "requests": office.ticket,
        "letters": office.letter,
    }
    row = rows.get(name.split()[-1])
    return row.id if row else UUID(int=0)


async def _is_there_for_the_boss(
    door: Door, browsers: Browsers, office: Office, ids: Mapping[str, object]
) -> bool:
    """Whether the row of the page exists at all: a «not found» of a clerk says something only then."""
    if door.is_act or "{payout_id}" in door.path or door.name == "import-rejected":
        return True
    boss = await browsers.of(office.boss)
    return (await knock(boss, door, ids)).status_code == 200


async def rows_of(office: Office, session: AsyncSession) -> dict[str, object]:
    """Rows of the water company, by the name that addresses give to their ids."""
    notice = Notice(
        provider_id=office.water.id,
        kind=NoticeKind.NEWS,
        title_ru="Воды не будет",
        text_ru="До вечера",
        shown_from=now(),
        shown_until=now().replace(year=now().year + 1),
    )
    tariff = Tariff(
        provider_id=office.water.id,
        kind=MeterKind.COLD_WATER,
        zones=1,
        zone=1,
        price=Decimal(50),
        valid_from=date(2199, 1, 1),
    )
    registry = RegistryImport(
        provider_id=office.water.id,
        file_name="water.txt",
        sha256="0" * 64,
        size=1,
        source="water.txt",
        file_deleted_at=now(),
    )
    bill = Bill(account_id=office.gas_account.id, period=date(2026, 10, 1), due_on=date(2026, 11, 15))
    session.add_all([notice, tariff, registry, bill])
    reading = await sent(session, office, office.water_account, serial="PRIBOR-VODA")
    await session.commit()
    return {
        "account_id": office.water_account.id,
        "provider_id": office.water.id,
        "reading_id": reading,
        "tariff_id": tariff.id,
        "notice_id": notice.id,
        "import_id": registry.id,
        "payment_id": office.water_payment.id,
        "staff_id": office.clerk.id,
        "resident_id": office.alice.id,
        "meter_id": (await session.exec(select(Meter.id).order_by(col(Meter.id)))).first() or UUID(int=0),
        "bill_id": bill.id,
        "ticket_id": office.ticket.id,
    } | await _rows_of_programs(office, session)


async def _rows_of_programs(office: Office, session: AsyncSession) -> dict[str, object]:
    """Of the water company: a registry out and its schedule, a key, a webhook; of the house: a job, an answer."""
    moment, boss = now(), office.boss.id
    key = ApiKey(
        provider_id=office.water.id,
        name="1С",
        prefix="ck_aaaa",
        token_hash=b"k",
        scopes=["payments:read"],
        created_by=boss,
        expires_at=moment + timedelta(days=30),
    )
    endpoint = WebhookEndpoint(
        provider_id=office.water.id,
        url="http://localhost:9/told",
        events=["payment.succeeded"],
        seed="s",
        created_by=boss,
    )
    schedule = ExportSchedule(
        provider_id=office.water.id, kind=ExportKind.PAYMENTS, format=RegistryFormat.CSV, done_until=moment
    )
    canned = CannedAnswer(title="Чек", text_ru="Чек в пути")
    session.add_all([key, endpoint, schedule, canned])
    await session.flush()
    delivery = WebhookDelivery(
        endpoint_id=endpoint.id,
        event=WebhookEvent.PAYMENT_SUCCEEDED,
        data={},
        state=DeliveryState.GIVEN_UP,
        next_at=moment,
    )
    session.add(delivery)
    wish = ExportWish(ExportKind.PAYMENTS, RegistryFormat.CSV, way=ExportWay.FOLDER, even_empty=True)
    export = await make_export(office.water.id, wish, session=session)
    insert = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) VALUES ('x', 'recount', "
    [(failed,)] = await run_sql(f"{insert} 'failed', '{{}}') RETURNING id", session)
    await session.commit()
    return {
        "key_id": key.id,
        "endpoint_id": endpoint.id,
        "delivery_id": delivery.id,
        "schedule_id": schedule.id,
        "export_id": export.id,
        "canned_id": canned.id,
        "job_id": failed,
    }


def _of_role(office: Office, role: str) -> Resident:
    people = (office.clerk, office.agent, office.auditor, office.boss)
    return next(one for one in people if one.role == role)
