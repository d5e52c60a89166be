"""Staff who must have a second factor and have none: their tabs may do nothing but show the way to one."""

import pytest

from cabinet.residents.models import Role
from cabinet.settings import StaffSecondFactor, settings
from tests.app.home import furnish
from tests.app.house import House, Signed, fingerprint
from tests.app.test_handlers import CLOSED, HANDLERS, full_name, of

OPEN_TO_THEM = {"security_state.load"}


@pytest.fixture
def boss(house: House, monkeypatch: pytest.MonkeyPatch) -> Signed:
    person = house.move_in("boss", Role.ADMINISTRATOR)
    monkeypatch.setattr(settings, "staff_second_factor", StaffSecondFactor.REQUIRED)
    return person


def test_every_handler_leads_to_the_enrolment_and_does_nothing(house: House, boss: Signed):
    home = furnish(house, boss)
    before = house.run(fingerprint)
    for name in CLOSED:
        if name in OPEN_TO_THEM:
            continue
        handler = HANDLERS[name]
        with house.tab(boss, of(home, handler.page)) as tab:
            answer = tab.call(full_name(name), **of(home, handler.payload))
        [way] = answer.redirects
        assert way.startswith("/settings/security?required=1&next=%2F"), name
        assert answer.news == {}, name
    assert house.run(fingerprint) == before


def test_the_page_of_the_factors_opens_and_leads_on(house: House, boss: Signed):
    with house.tab(boss, "/settings/security?required=1&next=%2Fadmin%2Fstaff") as tab:
        answer = tab.boot()
        assert answer.redirects == []
        loaded = tab.call(full_name("security_state.load"))
        assert loaded.var("security_state", "must_enrol") is True
        assert loaded.var("security_state", "way_on") == "/admin/staff"
    with house.tab(boss, "/settings/security?next=https%3A%2F%2Fevil.example") as tab:
        tab.boot()
        loaded = tab.call(full_name("security_state.load"))
        assert "evil" not in loaded.text


def test_plain_routes_take_them_for_nobody(house: House, boss: Signed):
    answer = house.post("/api/password/change", boss, current="x", password="meadow8")
    assert answer.json() == {"go": "/login"}
    csv = house.client.get("/api/payments.csv", headers=boss.headers, follow_redirects=False)
    assert csv.status_code in {303, 401, 403, 404}
    assert house.post("/api/logout", boss).status_code == 200
