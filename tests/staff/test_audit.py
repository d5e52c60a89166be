"""The log: what gets into it, and how it is read."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette

import cabinet
from cabinet.accounts.models import AccountLink
from cabinet.audit.models import AuditRecord
from cabinet.audit.reading import Wanted, find_records, place_of
from cabinet.audit.service import record
from cabinet.keys.personal_models import PersonalToken
from cabinet.kit.dates import now
from cabinet.payments.models import Payout, Reconciliation, ReconciliationState
from cabinet.residents.models import EmailChange, LoginSession, Role
from cabinet.staff import audit as audit_page
from cabinet.staff.admin import StaffAdmin
from cabinet.staff.audit_words import ACTIONS, SUBJECTS
from tests.raw import run_sql
from tests.staff.conftest import Browser, Browsers, Office, audited, person
from tests.staff.test_roles import ACTS, FORMS, PAGES, Door, every_door, knock, rows_of
from tests.staff.test_writing import FORM

NOTICE = {
    "kind": "news",
    "provider_id": "",
    "title_ru": "Проверка",
    "text_ru": "Проверка связи",
    "shown_from": "2026-12-01T10:00",
    "shown_until": "2199-01-01T10:00",
}

NOTHING_PERSONAL = {
    "index": "figures only",
    "list providers": "companies, no people",
    "detail providers": "a company, no people",
    "notices": "what residents read anyway",
    "notice": "what residents read anyway",
    "tariffs": "prices",
    "money-payouts": "sums of companies",
    "money-reconciliation": "sums of runs",
    "money-ledger": "sums of recounts",
    "provider-logo": "a picture of a company",
    "provider-try": "numbers that the reader has typed",
    "imports": "names of files and counts",
    "exports": "sums and counts of registries",
    "exports-waiting": "sums and counts of registries",
    "export-schedules": "when registries are made",
    "keys": "programs of companies",
    "webhook": "what servers of companies answered; the telling itself is not shown",
    "jobs": "names of jobs, not what they are about",
    "canned": "texts kept ready for everybody",
    "canned-answer": "a text kept ready for everybody",
}
"""Pages that may be looked at without a line in the log, and why."""


@pytest.fixture
async def boss(browsers: Browsers, office: Office) -> Browser:
    return await browsers.of(office.boss, "en")


async def newest(session: AsyncSession) -> int:
    return (await session.exec(select(func.max(AuditRecord.id)))).one() or 0


async def test_every_look_at_personal_data_is_written_down(
    admin: StaffAdmin, boss: Browser, office: Office, session: AsyncSession
) -> None:
    ids = await rows_of(office, session)
    payout = Payout(provider_id=office.water.id, amount_minor=100, made_by=office.boss.id)
    run = Reconciliation(since=now(), until=now(), state=ReconciliationState.DONE)
    token = PersonalToken(resident_id=office.alice.id, name="Дом", token_hash=b"t", prefix="cpt_aaaa")
    token.may_look = True
    session.add_all([payout, run, token])
    await session.commit()
    ids |= {"token_id": token.id, "link_id": (await session.exec(select(AccountLink.id))).first()}
    ids |= {"payout_id": payout.id, "run_id": run.id}
    silent: list[str] = []
    for door in every_door(admin):
        if door.is_act or door.name not in PAGES or door.name == "import-rejected":
            continue  # Its file needs an import that was read.
        before = await newest(session)
        answer = await knock(boss, door, ids, str(row_of(door, office, ids)))
        assert answer.status_code == 200, (door, answer.status_code)
        rows = await session.exec(select(AuditRecord).where(AuditRecord.id > before))  # pyright: ignore[reportOptionalOperand]
        written = [one for one in rows if one.actor_id == office.boss.id]
        if not written:
            silent.append(door.name)
    assert set(silent) == set(NOTHING_PERSONAL)


def row_of(door: Door, office: Office, ids: Mapping[str, object]) -> object:
    rows: dict[str, object] = {
        "providers": office.gas.id,
        "accounts": office.gas_account.id,
        "residents": office.alice.id,
        "payments": office.gas_payment.id,
        "requests": office.ticket.id,
        "letters": office.letter.id,
        "meters": ids["meter_id"],
        "bills": ids["bill_id"],
        "links": ids["link_id"],
        "tokens": ids["token_id"],
    }
    return rows.get(door.name.split()[-1], "")


MONEY = {name for name in ACTS if name.startswith("money-")}
"""Acts that need a processor: `test_money.py` and `tests/payments` assert their records one by one."""
WITH_A_FILE = {"provider-logo-set", "provider-logo-remove"} | {n for n in ACTS if n.startswith("import-")}
"""Acts on a file that was sent: `tests/providers/test_logos.py` and `tests/exchange/imports` assert theirs."""
KEY = {"name": "1С", "scopes": "payments:read", "last_day": "2027-01-31"}
SCHEDULE = {"kind": "payments", "format": "csv", "rhythm": "daily", "hour": "6", "way": "download"}
SHOWN_AT_ONCE = {"account-pin", "key-make", "webhook-add"}
"""What is told once is told on the page that answers."""
SCENARIOS: dict[str, tuple[str, dict[str, str]]] = {
    "create providers": ("/admin/providers/create", {**FORM, "name": "Новый Газ"}),
    "edit providers": ("/admin/providers/edit?pk={provider_id}", {**FORM, "name": "Водоканал-2"}),
    "support-request-answer": ("/admin/requests/{ticket_id}/answer", {"message": "Чек в письме"}),
    "support-request-note": ("/admin/requests/{ticket_id}/note", {"message": "Это к бухгалтерии"}),
    "support-request-assign": ("/admin/requests/{ticket_id}/assign", {"do": "me"}),
    "support-request-state": ("/admin/requests/{ticket_id}/state", {"state": "closed"}),
    "canned-new": ("/admin/canned/new", {"title": "Поверка", "text_ru": "До какого дня?"}),
    "canned-answer": ("/admin/canned/{canned_id}", {"title": "Чек", "text_ru": "Чек ушёл"}),
    "canned-withdraw": ("/admin/canned/{canned_id}/withdraw", {}),
    "job-retry": ("/admin/jobs/{job_id}/retry", {}),
    "job-cancel": ("/admin/jobs/{waiting_id}/cancel", {}),
    "exports-make": ("/admin/exports/make", FORMS["exports-make"]),
    "export-confirm": ("/admin/exports/{export_id}/confirm", {}),
    "export-again": ("/admin/exports/{export_id}/again", {}),
    "export-schedule-new": ("/admin/export-schedules/new", {"provider_id": "{provider_id}", **SCHEDULE}),
    "export-schedule": ("/admin/export-schedules/{schedule_id}", {**SCHEDULE, "hour": "7"}),
    "export-schedule-switch": ("/admin/export-schedules/{schedule_id}/switch", {}),
    "export-readings-choice": ("/admin/export-schedules/readings/{provider_id}", {"readings": "accepted"}),
    "key-make": ("/admin/keys/make", KEY),
    "key-revoke": ("/admin/keys/{key_id}/revoke", {}),
    "webhook-add": (
        "/admin/keys/addresses/add",
        {"url": "http://localhost:9/told", "events": "payment.succeeded"},
    ),
    "webhook-act": ("/admin/keys/addresses/{endpoint_id}/off", {}),
    "webhook-resend": ("/admin/keys/deliveries/{delivery_id}/resend", {}),
    "notice-new": ("/admin/notices/new", NOTICE),
    "notice-edit": ("/admin/notices/{notice_id}", NOTICE),
    "notice-withdraw": ("/admin/notices/{notice_id}/withdraw", {}),
    "readings-accept": ("/admin/readings/accept", {"id": "{reading_id}"}),
    "reading-decline": ("/admin/readings/{reading_id}/decline", {"reason": "Мало"}),
    "tariff-add": (
        "/admin/tariffs/add",
        {
            "provider_id": "{provider_id}",
            "kind": "cold_water",
            "zones": "1",
            "price_1": "9",
            "valid_from": "2198-01-01",
        },
    ),
    "tariff-drop": ("/admin/tariffs/{tariff_id}/drop", {}),
    "account-pin": ("/admin/access/{account_id}/pin", {}),
    "account-end-links": ("/admin/access/{account_id}/end", {"reason": "Продано"}),
    "resident-close": ("/admin/residents/{resident_id}/close", {"reason": "Жалоба"}),
    "resident-open": ("/admin/residents/{blocked_id}/open", {}),
    "resident-letter": ("/admin/residents/{resident_id}/letter", {}),
    "resident-sign-out": ("/admin/residents/{resident_id}/sign-out", {}),
    "resident-session-end": ("/admin/residents/{resident_id}/sessions/{session_id}/end", {}),
    "resident-unlink": ("/admin/residents/{resident_id}/links/{link_id}/end", {"reason": "По заявлению"}),
    "resident-reset-factor": ("/admin/residents/{resident_id}/reset-factor", {"reason": "Звонок"}),
    "staff-reset-factor": ("/admin/staff/{staff_id}/reset-factor", {"reason": "Паспорт"}),
    "resident-email": ("/admin/residents/{resident_id}/email", {"reason": "Почта утрачена"}),
    "staff-hire": ("/admin/staff", {"email": "new@mail.example", "role": "auditor"}),
    "staff-role": ("/admin/staff/{staff_id}/role", {"role": "support"}),
    "staff-close": ("/admin/staff/{staff_id}/close", {"reason": "Уволен"}),
    "staff-open": ("/admin/staff/{closed_id}/open", {}),
    "staff-letter": ("/admin/staff/{staff_id}/letter", {}),
    "staff-sign-out": ("/admin/staff/{staff_id}/sign-out", {}),
    "staff-session-end": ("/admin/staff/{staff_id}/sessions/{staff_session_id}/end", {}),
}
"""How each act succeeds once."""


def test_every_act_has_a_scenario() -> None:
    exports = {name for name in ACTS if name.startswith("action ")}
    assert {*SCENARIOS} == {*ACTS} - MONEY - WITH_A_FILE - exports


@pytest.mark.parametrize("name", list(SCENARIOS))
async def test_every_act_is_written_down(
    name: str, boss: Browser, office: Office, session: AsyncSession
) -> None:
    ids = {key: str(value) for key, value in (await rows_of(office, session)).items()}
    ids |= await _more_rows(office, session)
    path, form = SCENARIOS[name]
    form = {key: ids.get(value.strip("{}"), value) for key, value in form.items()}
    before = await newest(session)
    answer = await boss.send(path.format(**ids), form)
    assert answer.status_code == (200 if name in SHOWN_AT_ONCE else 303), answer.text[-1500:]
    rows = await session.exec(select(AuditRecord).where(AuditRecord.id > before))  # pyright: ignore[reportOptionalOperand]
    written = [one for one in rows if one.actor_id == office.boss.id and one.action not in {"view", "list"}]
    assert written, name


async def _more_rows(office: Office, session: AsyncSession) -> dict[str, str]:
    blocked, closed = person("blocked"), person("closed", Role.AUDITOR)
    blocked.blocked_at = closed.blocked_at = now()
    office.alice.second_factor_at = office.clerk.second_factor_at = now()
    session.add_all([blocked, closed, office.alice, office.clerk])
    moment = now()
    of_alice, of_clerk = (
        LoginSession(
            token_hash=key, resident_id=who.id, last_seen_at=moment, expires_at=moment + timedelta(1)
        )
        for key, who in ((b"a", office.alice), (b"c", office.clerk))
    )
    session.add_all([of_alice, of_clerk])
    session.add(
        EmailChange(
            resident_id=office.alice.id,
            email="new@mail.example",
            email_key="new@mail.example",
            old_email=office.alice.email,
            old_email_key=office.alice.email_key,
            old_token_hash=b"o",
            new_agreed_at=moment,
            expires_at=moment + timedelta(1),
        )
    )
    await session.flush()
    await run_sql("UPDATE registry_export SET state = 'delivered', delivered_at = now()", session)
    insert = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) VALUES ('x', 'recount', "
    [(waits,)] = await run_sql(f"{insert} 'todo', '{{}}') RETURNING id", session)
    link = (await session.exec(select(AccountLink.id))).first()
    await session.commit()
    return {
        "waiting_id": str(waits),
        "blocked_id": str(blocked.id),
        "closed_id": str(closed.id),
        "session_id": str(of_alice.id),
        "staff_session_id": str(of_clerk.id),
        "link_id": str(link),
    }


async def test_every_export_is_written_down(boss: Browser, office: Office, session: AsyncSession) -> None:
    for name in (name.split()[-1] for name in ACTS if name.startswith("action ")):
        before = len(await audited(session, "export"))
        answer = await boss.send(f"/admin/_api/{name}/action", {"format": "csv"}, name="export", all="1")
        assert answer.status_code in {200, 400}, name
        if answer.status_code == 200:
            assert len(await audited(session, "export")) == before + 1, name


async def test_a_search_is_written_down_with_its_words(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    await boss.page("/admin/residents/list", q="Алиса")
    [row] = await audited(session, "list")
    assert row.after["q"] == "Алиса"
    assert row.subject == "resident"


async def test_the_log_shows_before_and_after_and_leads_to_the_row(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    was, now_is = (
        {"max_payment_minor": 100_00, "active": True},
        {"max_payment_minor": 250_00, "active": False},
    )
    here = office.gas.id
    await record(office.clerk.id, "edit", "provider", here, was, now_is, "192.0.2.5", session=session)
    await session.commit()
    page = await boss.page("/admin/audit")
    for text in ("100.00", "250.00", "Largest payment", "Yes", "192.0.2.5", "clerk@mail.example"):
        assert text in page, text
    assert f"/admin/providers/detail?pk={here}" in page
    assert f"/admin/staff/{office.clerk.id}" in page


async def test_the_log_is_searched(boss: Browser, office: Office, session: AsyncSession) -> None:
    await record(
        office.clerk.id, "edit", "account", office.gas_account.id, address="192.0.2.5", session=session
    )
    await record(None, "resolve", "payment", office.gas_payment.id, address="", session=session)
    await session.commit()
    edited, resolved = "Changed: ", "Resolved a difference: "
    cases: list[tuple[dict[str, str], bool, bool]] = [
        ({"who": "clerk"}, True, False),
        ({"who": "-"}, False, True),
        ({"who": "nobody-like-this"}, False, False),
        ({"action": "edit"}, True, False),
        ({"subject": "payment"}, False, True),
        ({"row": "100 200 300"}, True, False),
        ({"row": f"№ {office.gas_payment.number}"}, False, True),
        ({"row": str(office.gas_account.id)}, True, False),
        ({"row": "no such row"}, False, False),
        ({"address": "192.0.2.5"}, True, False),
        ({"since": "2199-01-01"}, False, False),
        ({"until": "2001-01-01"}, False, False),
        ({"since": "nonsense", "until": "2199-01-01"}, True, True),
    ]
    for asked, has_edit, has_resolve in cases:
        page = await boss.page("/admin/audit", **asked)
        assert (edited in page, resolved in page) == (has_edit, has_resolve), asked


async def test_pages_of_the_log_neither_overlap_nor_skip(
    boss: Browser, office: Office, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_page, "PAGE", 3)
    for number in range(8):
        await record(office.clerk.id, "edit", "row", f"N{number}", session=session)
    await session.commit()
    seen: list[str] = []
    there = "/admin/audit?action=edit"
    while there:
        page = await boss.page(there)
        seen += re.findall(r"audit\?row=(N\d)", page)
        found = re.search(r'href="(/admin/audit\?[^"]*after=[^"]*)"', page)
        there = found[1].replace("&amp;", "&") if found else ""
    assert seen == [f"N{number}" for number in reversed(range(8))]
    assert (await boss.get("/admin/audit?after=nonsense")).status_code == 200


async def test_the_log_is_taken_home_and_that_is_written_down(
    boss: Browser, office: Office, session: AsyncSession
) -> None:
    await record(office.clerk.id, "edit", "account", "=1+1", {"a": "б"}, {"a": "в"}, session=session)
    await session.commit()
    answer = await boss.get("/admin/audit/export", action="edit")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert head[:2] == ["When", "Who"]
    assert row[1:4] == ["clerk@mail.example", "Changed", "account"]
    assert row[4] != "=1+1"
    assert '"б"' in row[5]
    [note] = await audited(session, "export")
    assert (note.subject, note.after) == ("audit", {"q": {"action": "edit"}})


async def test_secrets_never_get_into_the_log(office: Office, session: AsyncSession) -> None:
    secrets = {"pin_hash": "S1", "pin": "S2", "new_password": "S3", "token": "S4", "api_secret": "S5"}
    await record(None, "edit", "x", "1", secrets, {"rows": [secrets], "of": secrets}, session=session)
    [row] = await audited(session, "edit")
    assert row.before == {}
    assert "S" not in str(row.after)


async def test_a_page_of_a_long_log_reads_an_index(session: AsyncSession, app: Starlette) -> None:
    """Whatever is asked for, the plan walks an index in the order of the log instead of sorting all of it."""
    await run_sql(
        "INSERT INTO audit_record (at, action, subject, subject_id, before, after, address) "
        "SELECT now() - make_interval(secs => n), 'a' || n % 50, 's' || n % 20, 'r' || n % 5000, '{}', '{}', "
        "'192.0.2.' || n % 200 FROM generate_series(1, 50000) AS n",
        session,
    )
    await run_sql("ANALYZE audit_record", session)
    middle = (await find_records(Wanted(), session=session, limit=20_000))[-1]
    for column, value in (
        ("action", "a7"),
        ("subject", "s7"),
        ("subject_id", "r7"),
        ("address", "192.0.2.7"),
    ):
        rows = await run_sql(
            f"EXPLAIN SELECT * FROM audit_record WHERE {column} = '{value}' "
            f"AND (at, id) < ('{middle.at.isoformat()}', {middle.id}) ORDER BY at DESC, id DESC LIMIT 50",
            session,
        )
        plan = "\n".join(str(row[0]) for row in rows)
        assert f"ix_audit_record_by_{column}" in plan or "Incremental Sort" in plan, plan
        assert "Seq Scan" not in plan, plan
    wanted = Wanted(action="a7", since=now() - timedelta(days=2))
    first = await find_records(wanted, session=session, limit=5)
    second = await find_records(wanted, session=session, after=place_of(first[-1]), limit=5)
    assert first[-1].at > second[0].at


def test_whatever_the_services_write_down_has_words_and_can_be_searched_for() -> None:
    """The log offers the acts and the things that it has words for; others could not be asked for."""
    call = re.compile(r"record\(\s*(?:[^,()]|\([^()]*\))+,\s*\"([a-z_]+)\",\s*(?:\"([a-z_]+)\")?")
    found = [
        pair
        for file in Path(cabinet.__file__).parent.rglob("*.py")
        for pair in call.findall(file.read_text(encoding="utf-8"))
    ]
    assert len(found) > 40
    assert not {action for action, _subject in found} - {*ACTIONS}
    assert not {subject for _action, subject in found if subject} - {*SUBJECTS}
