"""Every handler against everybody who is signed in: what they write with real ids of Alice's, and what they are told.

`test_handlers.py` has the list of handlers and calls each as a guest; `test_strangers.py` as a resident without
any link to the account. Here are those who were let in, and staff, who are nobody in the cabinet of others.
"""

import pytest

from tests.app.city import City, change_links
from tests.app.house import House, fingerprint
from tests.app.test_handlers import CLOSED, HANDLERS, full_name, open_first
from tests.raw import changed

HELPER, VIEWER = "helper", "viewer"
STAFF = ("clerk", "foreign clerk", "support", "auditor", "administrator")

OF_ONES_OWN = {
    "calendar_state.make": {"calendar_feed"},
    "calendar_state.renew": {"calendar_feed"},
    "calendar_state.switch_off": {"calendar_feed"},
    "cards_state.add": {"processor_customer", "sandbox_event", "sandbox_idempotency", "sandbox_object"},
    "settings_state.save": {"resident"},
    "welcome_state.put_aside": {"resident"},
}
"""Tables that a handler may write for everybody who is signed in: rows of their own."""

PAYING = {"payment", "payment_item", "reading", "sandbox_event", "sandbox_idempotency", "sandbox_object"}
LEAVING = {"account_link", "audit_record"}
BY_ACCESS = {
    "account_state.rename": {HELPER: {"account_link"}, VIEWER: {"account_link"}},
    "account_state.unlink": {HELPER: LEAVING, VIEWER: LEAVING},
    "linked_state.rename": {HELPER: {"account_link"}, VIEWER: {"account_link"}},
    "linked_state.unlink": {HELPER: LEAVING, VIEWER: LEAVING},
    "people_state.leave": {HELPER: LEAVING, VIEWER: LEAVING},
    "pay_state.pay": {HELPER: PAYING},
    "readings_state.send": {HELPER: {"reading"}},
}
"""What those who were let in may write besides. A handler that is not here writes nothing on somebody else's account."""

SHOWS_THE_OWNER = {"people_state"}
"""Whose access it is that one has, is said there by the e-mail of who gave it."""


def of_the_owner_alone(city: City, name: str) -> tuple[str, ...]:
    """What nobody who was let in may read: the owner's name for it, payment under way, cards, programs, requests."""
    _provider, own_name, _serial, _number, url, email, card, program, subject = city.home.words
    hidden = (own_name, url, card, program, subject)
    return hidden if name.partition(".")[0] in SHOWS_THE_OWNER else (*hidden, email)


@pytest.mark.parametrize("who", [HELPER, VIEWER, *STAFF])
def test_what_everybody_writes_and_reads(house: House, city: City, who: str):
    problems: list[str] = []
    let_in = who in (HELPER, VIEWER)
    before = house.run(fingerprint)
    with house.tab(city.people[who], "/cabinet") as tab:
        tab.boot()
        for name in CLOSED:
            handler = HANDLERS[name]
            tab.path = city.put(handler.page)
            open_first(tab, city.home, name)
            answer = tab.call(full_name(name), **city.put(handler.payload))
            after = house.run(fingerprint)
            may = OF_ONES_OWN.get(name, set[str]()) | BY_ACCESS.get(name, {}).get(who, set())
            if wrote := changed(before, after) - may:
                problems.append(f"{name} wrote {sorted(wrote)}: say in BY_ACCESS or OF_ONES_OWN that it may")
            hidden = of_the_owner_alone(city, name) if let_in else city.home.words[1:]
            if told := [word for word in hidden if word in answer.text]:
                problems.append(f"{name} tells {told}")
            if "account_link" in changed(before, after):  # who left is let in again
                house.run(change_links, city.home, ended_at=None)
                after = house.run(fingerprint)
            before = after
    assert not problems, "\n".join(problems)


def test_the_tables_name_handlers_that_exist():
    assert {*OF_ONES_OWN, *BY_ACCESS} <= {*CLOSED}
