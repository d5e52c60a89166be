"""What leaves for Sentry when something fails: enough to find it, nothing of anybody."""

import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import sentry_sdk
from pydantic import SecretStr
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from cabinet.logs import hide_secrets
from cabinet.settings import settings
from cabinet.watching import context
from cabinet.watching.metrics import REGISTRY
from cabinet.watching.reports import start_reports

CANARY = "c4n4ry_T0ken-77"
logger = logging.getLogger("cabinet.x")


class Kept(Transport):
    """Sends nothing, keeps everything."""

    sent: list[str]
    events: list[dict[str, Any]]

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent, self.events = [], []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent.append(envelope.serialize().decode())
        self.events += [
            json.loads(item.payload.get_bytes()) for item in envelope.items if item.type == "event"
        ]


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch) -> Generator[Kept]:
    factory, root = logging.getLogRecordFactory(), logging.getLogger()
    handlers = root.handlers[:]
    hide_secrets()
    monkeypatch.setattr(settings, "sentry_dsn", SecretStr("https://key@sentry.example/1"))
    kept = Kept()
    start_reports(kept)
    yield kept
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)
    root.handlers[:] = handlers
    logging.setLogRecordFactory(factory)


def fail(cookie: str) -> None:
    password = cookie.upper()
    raise ValueError(f"bad form {{'password': '{password}', 'cookie': 'sid={cookie}'}} of ivan@mail.example")


def test_an_exception_leaves_without_secrets_and_personal_data(sentry: Kept):
    context.request_id.set("abc123abc123")
    try:
        fail(CANARY)
    except ValueError as error:
        with context.about_payment(100_007):
            logger.error("failure %s", "1a2b3c4d", exc_info=error, extra={"number": "1a2b3c4d"})
    [event], [sent] = sentry.events, sentry.sent
    assert CANARY.lower() not in sent.lower()
    assert "ivan@" not in sent
    assert event["exception"]["values"][0]["type"] == "ValueError"
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "fail"
    assert not [frame for frame in frames if "vars" in frame], "no local variables"
    assert event["tags"] == {
        "number": "1a2b3c4d",
        "request": "abc123abc123",
        "payment": "100007",
        "logger": "cabinet.x",
    }
    assert (event["environment"], event["release"]) == ("development", "cabinet@0.1.0")
    assert not {"request", "user", "breadcrumbs", "server_name", "modules", "extra"} & event.keys()
    assert not sentry_sdk.get_client().should_send_default_pii()
    context.request_id.set("")


def test_an_error_without_an_exception_leaves_too_and_a_warning_does_not(sentry: Kept):
    logger.warning("token=%s", CANARY)
    logger.info("nothing")
    logger.critical("the ledger does not hold, token=%s", CANARY)
    [event] = sentry.events
    assert event["level"] == "fatal"
    assert "token=[hidden]" in sentry.sent[0]


def test_the_cause_of_a_cause_is_clean_as_well(sentry: Kept):
    try:
        try:
            fail(CANARY)
        except ValueError as error:
            raise RuntimeError(f"sk_test_{'a' * 20}") from error
    except RuntimeError:
        logger.exception("both")
    assert len(sentry.events[0]["exception"]["values"]) == 2
    assert CANARY.lower() not in sentry.sent[0].lower()
    assert "sk_test_" not in sentry.sent[0].split("context_line")[0]


def test_without_an_address_nothing_leaves_but_errors_are_counted(monkeypatch: pytest.MonkeyPatch):
    handlers = logging.getLogger().handlers[:]
    monkeypatch.setattr(settings, "sentry_dsn", SecretStr(""))
    kept = Kept()
    try:
        start_reports(kept)
        start_reports(kept)
        before = REGISTRY.get_sample_value("cabinet_log_errors_total") or 0
        logger.error("said")
        assert REGISTRY.get_sample_value("cabinet_log_errors_total") == before + 1
        assert kept.sent == []
        assert not sentry_sdk.get_client().is_active()
    finally:
        logging.getLogger().handlers[:] = handlers
