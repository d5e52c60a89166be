"""Every door of the staff pages against everyone for whom it is closed, with rows that are there and forms that
would do: it is refused, nothing is written, and nothing of the row is told.

A new page or act stands in the tables of `test_roles.py`, and its form in those of `test_audit.py`. One that
clerks may open says here which row of another provider it can be asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette_admin.security.csrf import CSRFMiddleware

from cabinet.accounts.models import AccountLink
from cabinet.keys.personal_models import PersonalToken
from cabinet.meters.models import Meter
from cabinet.payments.models import Payout
from cabinet.staff.admin import StaffAdmin
from tests.raw import changed, checksums
from tests.staff.conftest import ORIGIN, Browser, Browsers, Office
from tests.staff.test_audit import SCENARIOS
from tests.staff.test_roles import FORMS, Door, every_door, filled, rows_of

CANARIES = (
    "Водоканал",
    "555777",
    "555 777",
    "Рыбина",
    "200,00",
    "400,00",
    "PRIBOR-VODA",
    "water.txt",
    "Воды не будет",
)
"""What is the water company's alone."""

WITHOUT_A_ROW = {
    "index": "figures of one's own",
    "provider-try": "tries numbers of the own provider",
    "notice-new": "the provider comes from the form: see ASKED",
    "export-schedule-new": "the provider comes from the form: see ASKED",
}
"""Pages of clerks that take no id by their address."""

WATER = "{provider_id}"
ASKED: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "list providers": ({"filter": f"id__in={WATER}", "q": "Водокан"}, {}),
    "list accounts": ({"filter": f"provider_id__in={WATER}"}, {}),
    "list payments": ({"q": "55577"}, {}),
    "list bills": ({"q": "55577"}, {}),
    "list meters": ({"q": "PRIBOR"}, {}),
    "list links": ({"q": "55577"}, {}),
    "action providers": ({"name": "export", "pks": WATER}, {"format": "csv", "scope": "selected"}),
    "action accounts": ({"name": "export", "pks": "{account_id}"}, {"format": "csv", "scope": "selected"}),
    "action payments": ({"name": "export", "pks": "{payment_id}"}, {"format": "csv", "scope": "selected"}),
    "action meters": ({"name": "export", "pks": "{meter_id}"}, {"format": "csv", "scope": "selected"}),
    "notices": ({"provider": WATER}, {}),
    "readings": ({"provider": WATER}, {}),
    "tariffs": ({"provider": WATER}, {}),
    "gaps": ({"provider": WATER}, {}),
    "imports": ({"provider_id": WATER}, {}),
    "exports": ({"provider": WATER}, {}),
    "exports-waiting": ({"provider": WATER}, {}),
    "export-schedules": ({"provider": WATER}, {}),
    "keys": ({"provider": WATER, "endpoint": "{endpoint_id}"}, {}),
    "money-payouts": ({"provider": WATER}, {}),
    "notice-new": ({}, {"provider_id": WATER}),
    "tariff-add": ({}, {"provider_id": WATER}),
    "exports-make": ({}, {"provider_id": WATER}),
    "export-schedule-new": ({}, {"provider_id": WATER}),
    "readings-accept": ({}, {"id": "{reading_id}"}),
    "key-make": ({"provider": WATER}, {}),
    "webhook-add": ({"provider": WATER}, {}),
}
"""The foreign row where it does not stand in the path: what is asked (a page repeats the words of a search, so they are
shorter than the canaries), and what is in the form besides."""

WRITTEN_BY_A_LOOK = ("audit_record", "login_session")


@dataclass(frozen=True, slots=True)
class Rows:
    """Ids by the names that addresses give to them, all of the water company or of people."""

    ids: Mapping[str, str]

    def in_(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values with ids in place of `{account_id}` and the like."""
        return {name: self.put(value) for name, value in values.items()}

    def put(self, value: str) -> str:
        """The value with ids in it."""
        for name, ident in self.ids.items():
            value = value.replace(f"{{{name}}}", ident)
        return value


@pytest.fixture
async def rows(office: Office, session: AsyncSession) -> Rows:
    """Everything that a door may be knocked at for."""
    ids = await rows_of(office, session)
    link = AccountLink(resident_id=office.alice.id, account_id=office.water_account.id)
    token = PersonalToken(
        resident_id=office.alice.id, name="Дом", token_hash=b"t", prefix="cpt_aaaa", may_look=True
    )
    payout = Payout(provider_id=office.water.id, amount_minor=100, made_by=office.boss.id)
    session.add_all([link, token, payout])
    await session.flush()
    wanted = select(Meter.id).where(Meter.account_id == office.water_account.id)
    meter_id = (await session.exec(wanted)).first()
    await session.commit()
    more = {"token_id": token.id, "link_id": link.id, "payout_id": payout.id, "meter_id": meter_id}
    return Rows({name: str(value) for name, value in {**ids, **more}.items()})


def row_of(door: Door, rows: Rows, office: Office) -> str:
    """The row that a page of the library is asked for, by its table."""
    named = {
        "providers": "provider_id",
        "accounts": "account_id",
        "residents": "resident_id",
        "payments": "payment_id",
        "requests": "ticket_id",
        "meters": "meter_id",
        "links": "link_id",
        "tokens": "token_id",
    }
    key = door.name.split()[-1]
    return str(office.letter.id) if key == "letters" else rows.ids.get(named.get(key, ""), str(UUID(int=0)))


class Knocker:
    """Sends what a page of ours would send, with one token for all."""

    def __init__(self, browser: Browser, rows: Rows, office: Office) -> None:
        self._browser, self._rows, self._office = browser, rows, office
        self._token = ""

    async def at(self, door: Door) -> httpx.Response:
        """Knock with the ids of rows that exist, and a form that would do."""
        asked, form = ASKED.get(door.name, ({}, {}))
        query, head = self._rows.in_(asked), door.name.split()[0]
        if head in {"detail", "edit", "row-action"}:
            query["pk"] = row_of(door, self._rows, self._office)
        if head in {"action", "row-action"}:
            query = {"name": "export" if head == "action" else "delete", "all": "1", **query}
        path = filled(door, self._rows.ids)
        if door.method == "GET":
            return await self._browser.client.get(path, params=query)
        usual = SCENARIOS.get(door.name, ("", FORMS.get(head, {})))[1]
        return await self._post(path, query, self._rows.in_({**usual, **form}))

    async def _post(self, path: str, query: dict[str, str], form: dict[str, str]) -> httpx.Response:
        if not self._token:
            await self._browser.client.get("/admin/")
            self._token = self._browser.client.cookies.get(CSRFMiddleware.cookie_name) or "none"
        headers = {"origin": ORIGIN, "x-csrftoken": self._token}
        data = {CSRFMiddleware.field_name: self._token, **form}
        return await self._browser.client.post(path, params=query, data=data, headers=headers)


@pytest.mark.parametrize("who", ["guest", "resident", "clerk", "support", "auditor"])
async def test_a_closed_door_writes_nothing_and_tells_nothing(
    who: str, admin: StaffAdmin, browsers: Browsers, office: Office, rows: Rows, session: AsyncSession
) -> None:
    people = {
        "resident": office.alice,
        "clerk": office.clerk,
        "support": office.agent,
        "auditor": office.auditor,
    }
    knocker = Knocker(await browsers.of(people.get(who)), rows, office)
    await knocker._browser.client.get("/admin/")  # pyright: ignore[reportPrivateUsage]
    before, closed, problems = await checksums(session), 0, list[str]()
    for door in every_door(admin):
        if who in door.allowed.split():
            continue
        answer = await knocker.at(door)
        closed += 1
        if answer.status_code not in ({303} if who == "guest" else {400, 403, 404}):
            problems.append(f"{door.method} {door.name}: {answer.status_code}")
        if told := [word for word in CANARIES if word in answer.text]:
            problems.append(f"{door.method} {door.name} tells {told}")
        if door.is_act and (wrote := changed(before, await checksums(session))):
            problems.append(f"{door.method} {door.name} wrote {wrote}")
            before = await checksums(session)
    assert not problems, "\n".join(problems)
    assert not changed(before, await checksums(session))
    assert closed > 50


async def test_rows_of_another_provider_are_neither_shown_nor_changed_for_a_clerk(
    admin: StaffAdmin, browsers: Browsers, office: Office, rows: Rows, session: AsyncSession
) -> None:
    knocker = Knocker(await browsers.of(office.clerk), rows, office)
    problems: list[str] = []
    for door in every_door(admin):
        if "clerk" not in door.allowed.split() or (door.name in WITHOUT_A_ROW and not door.is_act):
            continue
        before = await checksums(session, WRITTEN_BY_A_LOOK, office.water.id)
        answer = await knocker.at(door)
        if told := [word for word in CANARIES if word in answer.text]:
            problems.append(f"{door.method} {door.name} ({answer.status_code}) tells {told}")
        if wrote := changed(before, await checksums(session, WRITTEN_BY_A_LOOK, office.water.id)):
            problems.append(f"{door.method} {door.name} ({answer.status_code}) wrote {wrote}")
    assert not problems, "\n".join(problems)


async def test_every_door_of_a_clerk_is_asked_for_a_foreign_row(admin: StaffAdmin) -> None:
    """Whoever adds a page for clerks says in ASKED or WITHOUT_A_ROW how it can be asked for a foreign row."""
    for door in every_door(admin):
        by_address = "{" in door.path or door.name.split()[0] in {"detail", "edit"}
        if "clerk" in door.allowed.split() and not by_address:
            assert door.name in ASKED or door.name in WITHOUT_A_ROW, f"{door.method} {door.name}"
