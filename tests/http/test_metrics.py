"""Numbers for who has the token: what is counted, under which few labels, and the cluster's truth."""

import re
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator

import httpx
import psycopg
import pytest
from prometheus_client import REGISTRY as DEFAULT
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from cabinet.autopay import service as autopay
from cabinet.http import metrics as pages
from cabinet.http.access import Access
from cabinet.http.stripe import routes as webhook
from cabinet.launcher.postgres import libpq_address
from cabinet.payments.processor import BadSignature
from cabinet.settings import settings
from cabinet.watching import figures, metrics, process
from cabinet.watching.start import metrics_of_work
from tests.launcher.program import free_port

TOKEN = "a-token-of-20-signs-"
SIGNED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "metrics_token", SecretStr(TOKEN))
    monkeypatch.setattr(figures, "_kept", (0.0, b""))
    monkeypatch.setattr(process, "_last_beat", 0.0)


@pytest.fixture
def client() -> TestClient:
    async def show(request: Request) -> Response:
        return PlainTextResponse("ok", status_code=int(request.path_params["status"]))

    async def fail(_request: Request) -> Response:
        raise RuntimeError

    inner = Starlette(routes=[Route("/things/{status:int}", show), Route("/fail", fail)])
    routes = [*pages.routes, *webhook, Route("/w/{status}", show), Mount("/api/x", inner)]
    return TestClient(Access(Starlette(routes=routes)), raise_server_exceptions=False)


@pytest.fixture
async def cluster(committed: str) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=pages.routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=SIGNED) as client:
        yield client


def value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


def routes_of(client: TestClient) -> set[str]:
    """The routes that this process has counted requests of so far."""
    return {
        sample.labels["route"]
        for family in text_string_to_metric_families(client.get("/metrics", headers=SIGNED).text)
        for sample in family.samples
        if sample.name == "cabinet_http_requests_total"
    }


@pytest.mark.parametrize("path", pages.PATHS)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}, {"Cookie": f"sid={TOKEN}"}]
)
def test_who_has_no_token_reads_nothing(client: TestClient, path: str, headers: dict[str, str]):
    answer = client.get(path, headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("path", pages.PATHS)
def test_without_the_setting_there_is_no_such_page(
    client: TestClient, path: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(settings, "metrics_token", SecretStr(""))
    for headers in ({}, SIGNED, {"Authorization": "Bearer "}):
        assert client.get(path, headers=headers).status_code == 404


def test_requests_are_counted_by_the_route_as_it_is_written(client: TestClient):
    named = {"method": "GET", "route": "/w/{status}", "status": "200"}
    mounted = {"method": "GET", "route": "/api/x/things/{status:int}", "status": "201"}
    before = value("cabinet_http_requests_total", **named)
    seen = value("cabinet_http_request_seconds_count", route="/w/{status}")
    for _time in range(2):
        client.get("/w/200?token=c4n4ry")
    client.get("/api/x/things/201")
    assert value("cabinet_http_requests_total", **named) == before + 2
    assert value("cabinet_http_request_seconds_count", route="/w/{status}") == seen + 2
    assert value("cabinet_http_requests_total", **mounted) == 1


def test_strangers_cannot_make_series(client: TestClient):
    """Whatever is asked for, a closed list of labels counts it."""
    known = routes_of(client)
    for number in range(30):
        client.get(f"/c4n4ry-{number}")
        client.get(f"/api/x/c4n4ry-{number}")
        client.request(f"X{number}", "/w/200")
    text = client.get("/metrics", headers=SIGNED).text
    assert "c4n4ry" not in text
    seen = routes_of(client)
    assert {"unknown", "/api/x/*", "/w/{status}"} <= seen
    assert seen - known <= {"unknown", "/api/x/*", "/w/{status}", "/metrics"}
    assert 'method="OTHER"' in text
    assert not re.search(r'method="X\d', text)


def test_what_fails_is_counted_as_a_failure(client: TestClient):
    assert client.get("/api/x/fail").status_code == 500
    assert value("cabinet_http_requests_total", method="GET", route="/api/x/fail", status="500") == 1


def test_refused_webhooks_are_counted(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    async def refuse(_body: bytes, _signature: str) -> None:
        raise BadSignature

    monkeypatch.setattr(autopay, "take_event", refuse)
    before = value("cabinet_webhooks_total", outcome="refused")
    client.post("/api/stripe/webhook", content=b"{}", headers={"stripe-signature": "t=1,v1=0"})
    client.post("/api/stripe/webhook", content=b"x" * 600_000)
    assert value("cabinet_webhooks_total", outcome="refused") == before + 2


def test_a_process_tells_of_itself():
    process.look()
    assert value("cabinet_process_memory_bytes") > 10_000_000
    assert 0 < value("cabinet_disk_free_ratio") <= 1
    before = value("cabinet_process_cpu_seconds_total")
    sum(range(3_000_000))
    process.look()
    assert value("cabinet_process_cpu_seconds_total") > before > 0
    assert b"cabinet_build_info{" in process.exposition()


def test_the_librarys_own_registry_is_not_used():
    names = [name for family in DEFAULT.collect() if (name := family.name).startswith("cabinet")]
    assert names == []


def change(url: str, *statements: str) -> None:
    with psycopg.connect(libpq_address(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


async def read(client: httpx.AsyncClient) -> dict[str, float]:
    """All figures, by name and the values of their labels, in the order of the labels' names."""
    figures._kept = (0.0, b"")  # pyright: ignore[reportPrivateUsage]
    answer = await client.get("/metrics/cluster")
    assert answer.status_code == 200, answer.text
    return {
        " ".join([sample.name, *(sample.labels[name] for name in sorted(sample.labels))]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_truth_of_the_cluster(cluster: httpx.AsyncClient, committed: str):
    job = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES"
    change(
        committed,
        f"{job} ('default', 'send_letter', 'todo', NULL), ('default', 'send_letter', 'doing', NULL),"
        " ('default', 'sweep', 'failed', NULL), ('default', 'later', 'todo', now() + interval '1 day')",
        "UPDATE procrastinate_events SET at = now() - interval '90 seconds'",
        "INSERT INTO procrastinate_workers DEFAULT VALUES",
        "INSERT INTO recount (id, state, started_at, finished_at, percent, journals, entries, problems) VALUES"
        " (gen_random_uuid(), 'done', now() - interval '1 day', now() - interval '1 day', 100, 1, 2, '{}'),"
        " (gen_random_uuid(), 'done', now(), now() - interval '60 seconds', 100, 1, 2, '{\"drifted\": [1]}')",
    )
    found = await read(cluster)
    assert found["cabinet_jobs todo send_letter"] == found["cabinet_jobs doing send_letter"] == 1
    assert found["cabinet_jobs_failed sweep"] == 1
    assert found["cabinet_letters_waiting"] == 2
    assert 85 < found["cabinet_jobs_oldest_seconds"] < 120
    assert found["cabinet_job_workers"] == 1
    assert found["cabinet_ledger_holds"] == 0
    assert 55 < found["cabinet_ledger_age_seconds"] < 90
    assert found["cabinet_reconciliation_differences"] == 0
    change(committed, "DELETE FROM procrastinate_jobs WHERE scheduled_at IS NULL AND status = 'todo'")
    assert (await read(cluster))["cabinet_jobs_oldest_seconds"] == 0, "a job of tomorrow does not wait"


async def test_the_database_is_not_asked_more_often_than_every_ten_seconds(
    cluster: httpx.AsyncClient, committed: str, monkeypatch: pytest.MonkeyPatch
):
    first = await cluster.get("/metrics/cluster")
    change(committed, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert (await cluster.get("/metrics/cluster")).content == first.content
    monkeypatch.setattr(figures, "_KEPT_SECONDS", 0)
    assert b"cabinet_job_workers 1.0" in (await cluster.get("/metrics/cluster")).content


async def test_without_a_database_the_cluster_says_nothing(
    cluster: httpx.AsyncClient, committed: str, monkeypatch: pytest.MonkeyPatch
):
    change(committed, "ALTER TABLE letter RENAME TO letters_of_tomorrow")
    assert (await cluster.get("/metrics/cluster")).status_code == 503


def ask(port: int, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def test_a_process_that_runs_jobs_answers_on_a_port_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settings, "work_metrics_port", free_port())
    with metrics_of_work():
        port = settings.work_metrics_port
        assert ask(port, "/healthz", {}) == (200, b"ok")
        assert ask(port, "/metrics", {}) == (401, b"")
        assert ask(port, "/metrics", {"Authorization": "Bearer x"}) == (401, b"")
        assert ask(port, "/else", SIGNED) == (404, b"")
        status, text = ask(port, "/metrics", SIGNED)
        assert status == 200
        assert b"cabinet_process_memory_bytes" in text
        monkeypatch.setattr(process, "_last_beat", -1000.0)
        assert ask(port, "/healthz", {})[0] == 503, "its event loop has not moved for long"
        monkeypatch.setattr(settings, "metrics_token", SecretStr(""))
        assert ask(port, "/metrics", SIGNED)[0] == 404
    with pytest.raises(OSError):
        ask(port, "/healthz", {})
