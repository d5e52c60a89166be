"""What must not come out: in logs, in answers, in letters, in the build."""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from cabinet.database import read_only
from cabinet.mail.models import Letter
from cabinet.payments import processor
from cabinet.payments.processor import Checkout
from cabinet.portal.front import state as front
from cabinet.providers.models import Provider
from cabinet.residents import service as residents
from cabinet.settings import ROOT as TREE
from cabinet.settings import settings
from tests.app.home import furnish
from tests.app.house import BOOT, ROOT, Guest, House
from tests.app.test_handlers import full_name

CANARY = "c4n4ry77secret"


@pytest.fixture
def log(house: House, caplog: pytest.LogCaptureFixture) -> Generator[pytest.LogCaptureFixture]:
    """Everything that any logger says, down to the smallest."""
    caplog.set_level(logging.DEBUG)
    noisy = ("reflex", "reflex_base", "socketio", "engineio", "sqlalchemy.engine", "psycopg", "asyncio")
    before = {name: logging.getLogger(name).level for name in noisy}
    for name in noisy:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield caplog
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_events_that_fail_leave_no_password_and_no_cookie_in_the_log(
    house: House, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    secret = {"password": CANARY, "current": CANARY, "token": CANARY}
    with house.tab(Guest(f"sid={CANARY}; theme=dark"), "/login") as tab:
        tab.call(f"{ROOT}.cabinet___portal___login___state____login_state.sign_in", **secret)
        tab.call(BOOT, vars={"nothing.password": CANARY, "password": CANARY})
        tab.call(BOOT, vars=secret)
        tab.call(full_name("failure_state.put_aside"), **secret)
        tab.raw(json.dumps({"name": "x", "payload": secret}))
        tab.raw(f'{{"password": "{CANARY}", broken')
        tab.raw([secret])
        tab.raw({"payload": secret})
        tab.rest()
    said = log.text + "".join(capfd.readouterr())
    assert "login_state.sign_in" in said, "the failure itself is to be found"
    assert CANARY not in said


def test_forms_and_addresses_leave_nothing_in_the_log(
    house: House, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    house.post("/api/login", email="x@mail.example", password=CANARY)
    house.post("/api/login", email=f"{CANARY}\0@mail.example", password="x\0")
    house.post("/api/password/reset", token=CANARY, password=CANARY)
    house.post("/api/confirm", token=CANARY)
    house.client.get(f"/confirm?token={CANARY}")
    logging.getLogger("granian.access").warning('GET "/password/reset?token=%s" 200', CANARY)
    assert CANARY not in log.text + "".join(capfd.readouterr())
    assert "token=[hidden]" in log.text


def test_statements_that_fail_do_not_say_whose_data_they_held(house: House, log: pytest.LogCaptureFixture):
    async def fail() -> None:
        async with read_only() as session:
            await session.exec(select(Provider).where(Provider.name == f"{CANARY}\0"))

    with pytest.raises(Exception, match="NUL") as error:
        house.run(fail)
    assert CANARY not in str(error.value)


@pytest.mark.parametrize(("page", "words"), [("/", "У нас произошла ошибка"), ("/en", "on our side")])
def test_an_error_reaches_the_browser_as_our_words_with_a_number(
    house: House, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, page: str, words: str
):
    async def broken(**_arguments: Any) -> None:
        raise RuntimeError(f"{CANARY} password={CANARY} postgresql://u:{CANARY}@db")

    monkeypatch.setattr(front.providers, "list_providers", broken)
    with house.tab(Guest(), page) as tab:
        answer = tab.call(full_name("front_state.load"))
    assert re.search(words, answer.failure), answer.failure
    [number] = re.findall(r"\b[0-9a-f]{8}\b", answer.failure)
    assert CANARY not in str(answer)
    assert "RuntimeError" not in str(answer)
    assert f"failure {number}" in log.text
    assert "RuntimeError" in log.text
    assert f"password={CANARY}" not in log.text
    assert f":{CANARY}@" not in log.text


def test_an_error_of_a_route_says_nothing_either(
    house: House, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_arguments: Any, **_more: Any) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(residents, "confirm_email", broken)
    careless = TestClient(house.client.app, base_url=settings.public_url, raise_server_exceptions=False)
    answer = careless.post("/api/confirm", data={"token": "x"}, headers={"origin": settings.public_url})
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"]


@pytest.mark.parametrize("name", ["host", "x-forwarded-host", "forwarded", "x-original-url", "referer"])
def test_letters_point_to_the_address_of_the_settings(house: House, name: str):
    recipient = f"forged-{name}@mail.example"
    form = {"email": recipient, "password": "garden7", "consent": "on"}
    value = "https://evil.example/" if name == "referer" else "evil.example"
    answer = house.client.post(
        "/api/signup",
        data=form,
        headers={"origin": settings.public_url, name: value, "accept": "application/json"},
    )
    assert answer.json() == {"go": "/signup/sent"}

    async def letter() -> Letter:
        async with read_only() as session:
            return (await session.exec(select(Letter).where(Letter.recipient_key == recipient))).one()

    text = house.run(letter)
    assert f"{settings.public_url}/confirm?token=" in text.text
    assert "evil" not in text.text + text.html


def test_the_way_back_from_the_payment_page_comes_from_the_settings(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    asked: list[dict[str, Any]] = []

    async def create_checkout(**wanted: Any) -> Checkout:
        asked.append(wanted)
        return Checkout("cs_1", "https://pay.example/cs_1", wanted["expires_at"])

    alice = house.move_in("alice")
    home = furnish(house, alice)
    monkeypatch.setattr(processor, "create_checkout", create_checkout)
    with house.tab(alice, f"/pay?account={home.account_id}", host="evil.example") as tab:
        tab.path = f"https://evil.example/pay?account={home.account_id}"
        tab.boot()
        tab.path = f"/pay?account={home.account_id}"
        tab.boot()
        form = {f"choice-{home.account_id}": "own", f"own-{home.account_id}": "77"}
        monkeypatch.setattr(processor, "expire_checkout", _expired)
        tab.call(full_name("pay_state.pay"), form=form)
    assert asked, "a page was asked for"
    for url in (asked[0]["success_url"], asked[0]["cancel_url"]):
        assert url.startswith(f"{settings.public_url}/payments/")


async def _expired(session_ref: str) -> Any:
    return await processor.fetch_checkout(session_ref)


def test_no_secret_is_built_into_the_pages(tmp_path: Path):
    """The compiler evaluates every state and page: with canaries for secrets, none is in what it writes."""
    for name in ("cabinet", "assets", "reflex.lock"):
        shutil.copytree(
            TREE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "external")
        )
    shutil.copy(TREE / "rxconfig.py", tmp_path)
    canaries = {
        "CABINET_SECRET_KEY": f"{CANARY}-secret-key-of-thirty-two-characters",
        "CABINET_DATABASE_URL": f"postgresql://{CANARY}-user:{CANARY}-db@127.0.0.1:1/x",
        "CABINET_REDIS_URL": "",
        "CABINET_SMTP_URL": f"smtp://{CANARY}-smtp@127.0.0.1:1",
        "CABINET_STRIPE_SECRET_KEY": f"sk_test_{CANARY}",
        "CABINET_STRIPE_WEBHOOK_SECRET": f"whsec_{CANARY}",
        "CABINET_DATA_DIR": str(tmp_path / f"{CANARY}-data"),
    }
    program = (
        "from cabinet.launcher.node import prepare_reflex; prepare_reflex();"
        "from reflex.utils import frontend_skeleton, js_runtimes;"
        "frontend_skeleton.initialize_web_directory();"
        "js_runtimes.install_frontend_packages = lambda *args, **more: None;"
        "from cabinet.cabinet import app; app._compile()"
    )
    environment = {**os.environ, **canaries, "REFLEX_ENV_MODE": "prod"}
    environment.pop("__REFLEX_SKIP_COMPILE", None)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    written = [
        path for path in (tmp_path / ".web").rglob("*") if path.is_file() and "node_modules" not in path.parts
    ]
    assert len([path for path in written if path.suffix in (".jsx", ".js")]) > 40, done.stdout + done.stderr
    texts = [path.read_text("utf-8", errors="replace") for path in written]
    assert any("session_state" in text for text in texts)
    assert [str(path) for path, text in zip(written, texts, strict=True) if CANARY in text] == []


def test_the_build_holds_no_setting_of_this_machine(house: House):
    """The build of this tree, where there is one, as it would be served."""
    built = TREE / ".web" / "build" / "client"
    secrets = (settings.secret_key.get_secret_value(), settings.database_url, str(settings.data_dir))
    for path in built.rglob("*.*s") if built.exists() else ():
        text = path.read_text("utf-8", errors="replace")
        assert not [secret for secret in secrets if secret in text], path
