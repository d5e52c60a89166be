"""Log lines that machines read: one object each, what they name, and what they never hold."""

import json
import logging
import re
from collections.abc import Generator
from uuid import uuid4

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from cabinet.http.access import Access
from cabinet.launcher import serve
from cabinet.logs import hide_secrets
from cabinet.settings import LogFormat, Settings, settings
from cabinet.watching import context
from cabinet.watching.format import QUIET, Console, JsonLines, TextLines, set_up_logging

CANARY = "c4n4ry_T0ken-77"


class Lines(logging.Handler):
    """Keeps what would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))

    @property
    def last(self) -> dict[str, object]:
        return json.loads(self.said[-1])


@pytest.fixture
def lines() -> Generator[Lines]:
    before = logging.getLogRecordFactory()
    hide_secrets()
    handler, ids = Lines(), context.request_id.set("")
    loggers = {logging.getLogger(name): logging.INFO for name in ("cabinet", *QUIET)}
    levels = {one: one.level for one in loggers}
    for one, level in loggers.items():
        one.setLevel(level)
    logging.getLogger("cabinet").addHandler(handler)
    yield handler
    logging.getLogger("cabinet").removeHandler(handler)
    for one, level in levels.items():
        one.setLevel(level)
    context.request_id.reset(ids)
    logging.setLogRecordFactory(before)


logger = logging.getLogger("cabinet.x")


def test_a_line_is_one_object(lines: Lines):
    logger.warning("two\nlines, and «кавычки» %s", 7)
    [line] = lines.said
    assert "\n" not in line
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", str(lines.last["time"]))
    assert {name: lines.last[name] for name in ("level", "logger", "message")} == {
        "level": "warning",
        "logger": "cabinet.x",
        "message": "two\nlines, and «кавычки» 7",
    }


def test_what_is_known_of_the_work_is_in_it(lines: Lines):
    person = uuid4()
    context.request_id.set("abc123abc123")
    named = context.who.set(person)
    with context.about_payment(100_007), context.about_job(5, "settle"):
        logger.info("inside", extra={"number": "1a2b3c4d"})
    context.who.reset(named)
    assert lines.last["request"] == "abc123abc123"
    assert (lines.last["payment"], lines.last["job"], lines.last["task"]) == (100_007, 5, "settle")
    assert lines.last["number"] == "1a2b3c4d"
    assert re.fullmatch(r"[0-9a-f]{8}", str(lines.last["who"]))
    assert str(person)[:8] != lines.last["who"]
    logger.info("outside")
    assert not {"payment", "job", "task", "number", "who"} & lines.last.keys()


def test_a_person_has_one_pseudonym_which_depends_on_the_secret(monkeypatch: pytest.MonkeyPatch):
    person = uuid4()
    first = context.pseudonym(person)
    assert context.pseudonym(person) == first != context.pseudonym(uuid4())
    monkeypatch.setattr(settings, "secret_key", type(settings.secret_key)("another secret of this test"))
    assert context.pseudonym(person) != first


@pytest.mark.parametrize(
    "secret",
    [
        f"GET /confirm?token={CANARY}",
        f"{{'cookie': 'sid={CANARY}'}}",
        f"POST /w/{CANARY * 2}",
        "c4n4ry@mail.example",
    ],
)
@pytest.mark.parametrize("style", [JsonLines, TextLines])
def test_secrets_are_hidden_wherever_they_stand(lines: Lines, secret: str, style: type[logging.Formatter]):
    lines.setFormatter(style())
    try:
        raise ValueError(secret)
    except ValueError:
        logger.exception("failed: %s", secret, extra={"route": secret, "number": secret, "outcome": secret})
    assert "c4n4ry" not in lines.said[-1].lower()
    assert "ValueError" in lines.said[-1]


def test_only_known_extras_are_written(lines: Lines):
    logger.info("x", extra={"email": "ivan@mail.example", "job": {"id": 3, "task_name": "t", "args": CANARY}})
    assert (lines.last["job"], lines.last["task"]) == (3, "t"), "as procrastinate names them"
    assert "ivan" not in lines.said[-1]
    assert CANARY not in lines.said[-1]


@pytest.fixture
def client() -> TestClient:
    async def page(_request: Request) -> Response:
        logger.info("within")
        return PlainTextResponse("ok")

    async def fail(_request: Request) -> Response:
        raise RuntimeError(f"token={CANARY}")

    routes = [Route("/w/{token}", page), Route("/fail/{token}", fail), Route("/healthz", page)]
    return TestClient(Access(Starlette(routes=routes)), raise_server_exceptions=False)


def test_each_request_has_a_line_without_its_address(lines: Lines, client: TestClient):
    answer = client.get(f"/w/{CANARY}?email=ivan@mail.example", headers={"cookie": f"sid={CANARY}"})
    within, answered = map(json.loads, lines.said)
    assert answered["message"] == "answered"
    assert (answered["method"], answered["route"], answered["status"]) == ("GET", "/w/{token}", 200)
    assert 0 <= answered["seconds"] < 5
    assert answered["request"] == within["request"] == answer.headers["x-request-id"]
    assert CANARY not in "".join(lines.said)
    assert "ivan" not in "".join(lines.said)


def test_two_requests_have_two_ids_and_none_of_the_clients_choosing(client: TestClient):
    ids = {
        client.get("/healthz", headers={"x-request-id": "mine-12345678"}).headers["x-request-id"]
        for _ in "ab"
    }
    assert len(ids) == 2
    assert "mine-12345678" not in ids


@pytest.mark.parametrize(
    ("heard", "is_taken"),
    [("0af7651916cd43dd8448eb211c80319c", True), ("short", False), ("x" * 65, False), ('a"}\\nb' * 3, False)],
)
def test_our_proxy_may_choose_it(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, heard: str, is_taken: bool
):
    monkeypatch.setattr(settings, "trusted_proxy_hops", 1)
    answer = client.get("/healthz", headers={"x-request-id": heard})
    assert (answer.headers["x-request-id"] == heard) is is_taken


def test_a_request_that_fails_is_told_once_and_with_its_route(lines: Lines, client: TestClient):
    answer = client.get(f"/fail/{CANARY}")
    failed, answered = map(json.loads, lines.said)
    assert (failed["level"], failed["route"]) == ("error", "/fail/{token}")
    assert "RuntimeError" in failed["exception"]
    assert (answered["status"], answered["request"]) == (
        500,
        answer.headers.get("x-request-id", failed["request"]),
    )
    assert CANARY not in "".join(lines.said)


def test_watchers_get_no_lines(lines: Lines, client: TestClient):
    client.get("/healthz")
    assert [json.loads(line)["message"] for line in lines.said] == ["within"]


@pytest.fixture
def _restored() -> Generator[None]:
    """Set-up changes loggers of the whole process: put them back."""
    names = ("", "_granian", "granian.access", "uvicorn", "procrastinate", "cabinet.access", "cabinet.work")
    kept = [(one := logging.getLogger(name), one.level, one.propagate, one.handlers[:]) for name in names]
    factory = logging.getLogRecordFactory()
    yield
    for one, level, propagate, handlers in kept:
        one.setLevel(level)
        one.propagate, one.handlers[:] = propagate, handlers
    logging.setLogRecordFactory(factory)


@pytest.mark.usefixtures("_restored")
def test_the_servers_own_loggers_write_in_the_same_format(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(settings, "log_format", LogFormat.JSON)
    root = logging.getLogger()
    root.handlers[:] = [one for one in root.handlers if not isinstance(one, Console)]
    logging.getLogger("_granian").addHandler(logging.StreamHandler())
    set_up_logging()
    set_up_logging()
    for name in ("_granian", "granian.access", "uvicorn.error", "reflex", "cabinet.x"):
        logging.getLogger(name).error("said once, token=%s", CANARY)
    written = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [one["message"] for one in written] == ["said once, token=[hidden]"] * 5


def test_granian_is_told_to_leave_its_lines_to_us(monkeypatch: pytest.MonkeyPatch):
    wanted: dict[str, object] = {}
    monkeypatch.setattr(serve, "Server", lambda _target, **options: wanted.update(options))  # pyright: ignore
    serve._server("x", settings.data_dir)  # pyright: ignore[reportPrivateUsage]
    loggers = wanted["log_dictconfig"]
    assert loggers == {"loggers": {"_granian": {}, "granian.access": {}}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metrics_token", "short"),
        ("metrics_token", "with spaces in it, and long"),
        ("sentry_dsn", "https://sentry.example/1"),
        ("sentry_dsn", "sentry"),
        ("log_level", "LOUD"),
        ("log_format", "xml"),
        ("work_metrics_port", "70000"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str):
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


def test_right_settings_are_taken():
    made = Settings.model_validate(
        {"log_level": "debug", "metrics_token": "x" * 16, "sentry_dsn": "https://key@sentry.example/1"}
    )
    assert made.log_level == "DEBUG"


@pytest.mark.parametrize(
    ("env", "chosen", "as_json"),
    [
        ("development", None, False),
        ("staging", None, True),
        ("development", "json", True),
        ("staging", "text", False),
    ],
)
def test_machines_read_the_log_outside_development(env: str, chosen: str | None, as_json: bool):
    made = Settings.model_construct(env=env, log_format=LogFormat(chosen) if chosen else None)
    made.env = type(settings.env)(env)
    assert made.logs_as_json is as_json
