"""The form that makes a token, and the list: the secret leaves once, in the answer to the form."""

import pytest

from cabinet.residents.passwords import hash_password
from cabinet.settings import settings
from tests.app.home import Home, furnish
from tests.app.house import Guest, House, Signed, change_person, fingerprint

PASSWORD = "garden7"
STATE = "tokens_state"


@pytest.fixture(scope="module")
def alice(house: House) -> Signed:
    person = house.move_in("alice")
    house.run(change_person, person, password_hash=house.run(hash_password, PASSWORD))
    return person


@pytest.fixture(scope="module")
def home(house: House, alice: Signed) -> Home:
    return furnish(house, alice)


def form(home: Home, **values: str) -> dict[str, str]:
    usual = {
        "name": "Home Assistant",
        "account": str(home.account_id),
        "look": "true",
        "term": "30",
        "current": PASSWORD,
        "kind": "program",
        "locale": "en",
    }
    return usual | values


def handler(name: str) -> str:
    from tests.app.test_handlers import full_name

    return full_name(f"tokens_state.{name}")


def test_the_secret_comes_once_and_works(house: House, alice: Signed, home: Home):
    answer = house.post("/api/tokens", alice, **form(home))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert said["state"] == "made-program"
    me = house.client.get("/api/v1/me", headers={"authorization": f"Bearer {said['secret']}"})
    assert [one["id"] for one in me.json()["accounts"]] == [str(home.account_id)]
    with house.tab(alice, "/settings/tokens") as tab:
        shown = tab.boot().text
    assert "Home Assistant" in shown
    assert said["secret"] not in shown


def test_a_device_gets_a_whole_address(house: House, alice: Signed, home: Home):
    said = house.post("/api/tokens", alice, **form(home, kind="waterius", term="0")).json()
    assert said["state"] == "made-waterius"
    assert said["secret"].startswith(f"{settings.public_url}/w/")
    path = said["secret"].removeprefix(settings.public_url)
    assert house.client.post(path, json={"ch0": 1}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"account": "not-an-id"}, "account"),
        ({"look": "false"}, "look"),
        ({"term": "3650"}, "term"),
        ({"term": "x"}, "term"),
        ({"current": "wrong1"}, "current"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    house: House, alice: Signed, home: Home, wrong: dict[str, str], field: str
):
    before = house.run(fingerprint)
    answer = house.post("/api/tokens", alice, **form(home, **wrong))
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]
    assert "secret" not in answer.json()
    assert house.run(fingerprint) == before


def test_strangers_and_guests_make_none(house: House, home: Home):
    bob = house.move_in("bob")
    house.run(change_person, bob, password_hash=house.run(hash_password, PASSWORD))
    before = house.run(fingerprint)
    refused = house.post("/api/tokens", bob, **form(home))
    assert refused.json()["errors"].keys() == {"account"}
    assert house.post("/api/tokens", Guest(), **form(home)).json()["go"].endswith("/login")
    assert house.run(fingerprint) == before


def test_a_plain_form_gets_a_plain_page_with_it(house: House, alice: Signed, home: Home):
    headers = {"origin": settings.public_url, **alice.headers}
    answer = house.client.post("/api/tokens", data=form(home), headers=headers)
    assert answer.status_code == 200
    assert "me_" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_a_foreign_token_cannot_be_deleted(house: House, alice: Signed, home: Home):
    bob = house.move_in("bob")
    before = house.run(fingerprint)
    with house.tab(bob, "/settings/tokens") as tab:
        tab.boot()
        for token_id in (str(home.token_id), "not-an-id", ""):
            answer = tab.call(handler("revoke"), token_id=token_id)
            assert answer.var(STATE, "problem")
    assert house.run(fingerprint) == before


def test_the_owner_deletes_it_and_the_program_is_out(house: House, alice: Signed, home: Home):
    secret = house.post("/api/tokens", alice, **form(home, name="To go")).json()["secret"]
    with house.tab(alice, "/settings/tokens") as tab:
        rows = tab.boot().var(STATE, "rows")
        token_id = next(row["id"] for row in rows if row["name"] == "To go")
        answer = tab.call(handler("revoke"), token_id=token_id)
    assert answer.var(STATE, "said")
    assert token_id not in [row["id"] for row in answer.var(STATE, "rows")]
    me = house.client.get("/api/v1/me", headers={"authorization": f"Bearer {secret}"})
    assert me.status_code == 401
