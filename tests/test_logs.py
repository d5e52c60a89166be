"""No secrets in logs, whoever writes them."""

import io
import logging
from collections.abc import Generator

import pytest

from cabinet.logs import hide_secrets, redact

CANARY = "c4n4ry_T0ken-77"


@pytest.fixture
def log() -> Generator[io.StringIO]:
    before = logging.getLogRecordFactory()
    hide_secrets()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)
    logging.setLogRecordFactory(before)


@pytest.mark.parametrize(
    "text",
    [
        f"GET /confirm?token={CANARY} 200",
        f"GET /en/password/reset?x=1&token={CANARY}&y=2",
        f"{{'cookie': 'theme=dark; sid={CANARY}', 'origin': 'x'}}",
        f'{{"cookie": "__Host-sid={CANARY}"}}',
        f"[(b'cookie', b'sid={CANARY}')]",
        f"Event(name='x', payload={{'password': '{CANARY}'}})",
        f'{{"current": "{CANARY}", "password":"{CANARY}"}}',
        f'"{{\\"password\\": \\"{CANARY}\\"}}"',
        f"'headers': {{'x-csrf-token': '{CANARY}'}}",
        f"Authorization: Bearer {CANARY}",
        f"Set-Cookie: sid={CANARY}; HttpOnly",
        f"postgresql://cabinet:{CANARY}@db/cabinet",
        f"smtp://user:{CANARY}@mail:25",
        f"sk_test_{CANARY.replace('-', '')}",
        f"GET /api/v1/key with ck_{CANARY * 3}",
        f"GET /api/v1/me with me_{CANARY * 3}",
        f"POST /w/{CANARY * 2} 200",
        f"POST https://lk.example.ru/w/{CANARY * 2} 200",
        "Key (email_key)=(c4n4ry@mail.example) already exists",
    ],
)
def test_secrets_are_hidden(text: str):
    assert "c4n4ry" not in redact(text)
    assert "C4n4ry" not in redact(text)


def test_what_is_no_secret_stays():
    text = "GET /payments?account=1 200 token bucket, 3 cookies, at 12:01"
    assert redact(text) == text


def test_every_logger_is_covered(log: io.StringIO, monkeypatch: pytest.MonkeyPatch):
    for name in (
        "reflex.app",
        "reflex_base.event",
        "_granian",
        "uvicorn.access",
        "sqlalchemy.engine",
        "cabinet.x",
    ):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "propagate", True)
        logger.warning("failed: %s", {"cookie": f"sid={CANARY}", "password": CANARY})
    assert CANARY not in log.getvalue()
    assert log.getvalue().count("[hidden]") >= 12


def test_access_lines_with_named_arguments_are_covered(log: io.StringIO):
    logging.getLogger("granian.access").propagate = True
    fields = {"path": "/confirm", "query_string": f"token={CANARY}"}
    logging.getLogger("granian.access").warning("%(path)s?%(query_string)s", fields)
    assert "/confirm?token=[hidden]" in log.getvalue()


def test_tracebacks_are_covered(log: io.StringIO):
    try:
        raise ValueError(f"bad event {{'password': '{CANARY}'}} of ivan@mail.example")
    except ValueError:
        logging.getLogger("cabinet.x").exception("refused")
    assert "ValueError" in log.getvalue()
    assert CANARY not in log.getvalue()
    assert "ivan@" not in log.getvalue()


def test_wrong_arguments_do_not_break_logging(log: io.StringIO):
    logging.getLogger("cabinet.x").warning("two %s %s", CANARY)
    assert "do not fit" in log.getvalue()
