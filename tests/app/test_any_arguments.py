"""Whatever is sent to whichever handler, through the real gate: no failure of ours, no hang, no growth.

Short here; `make fuzz` gives it minutes (`--fuzz-seconds`).
"""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st

from tests.app.city import City, build
from tests.app.house import House, Tab
from tests.app.test_handlers import HANDLERS, full_name, open_first
from tests.fuzz.clock import Clock
from tests.fuzz.odd import payloads

EXAMPLES = 150
_NUMBER_OF_FAILURE = re.compile(r"\b[0-9a-f]{8}\b")
WHO = ("owner", "helper", "clerk", "guest")


def calls(city: City) -> st.SearchStrategy[tuple[str, str, dict[str, object]]]:
    """A handler, the page it is called on, and what is sent to it."""
    known = [*city.ids().values()]

    def call(name: str) -> st.SearchStrategy[tuple[str, str, dict[str, object]]]:
        handler = HANDLERS[name]
        path = st.just(city.put(handler.page)) | st.sampled_from(
            ["/", "/pay?account=%00", "/accounts/x", "/en/scan?for=link"]
        )
        return st.tuples(st.just(name), path, payloads(full_name(name), city.put(handler.payload), known))

    return st.sampled_from(sorted(HANDLERS)).flatmap(call)


@pytest.fixture
def tabs(house: House) -> Iterator[dict[str, Tab]]:
    """Open tabs of several people in a city that may be turned upside down."""
    city = build(house)
    opened = {who: house.tab(city.people[who], "/cabinet") for who in WHO}
    for tab in opened.values():
        tab.__enter__()
        tab.boot()
    opened["city"] = city  # pyright: ignore[reportArgumentType]
    yield opened
    opened.pop("city")
    for tab in opened.values():
        tab.__exit__(None, None, None)


def test_no_handler_fails_at_anything(house: House, tabs: dict[str, Tab], fuzz_clock: Clock):
    city: City = tabs["city"]  # pyright: ignore[reportAssignmentType]
    called: Counter[str] = Counter()

    def run(who: str, call: tuple[str, str, dict[str, object]]) -> None:
        name, path, payload = call
        tab = tabs[who]
        tab.path = path
        if who == "owner":
            open_first(tab, city.home, name)
        said = tab.call(full_name(name), **payload).failure
        called[name] += 1
        assert name == "failure_state.say" or not _NUMBER_OF_FAILURE.search(said), (who, name, payload, said)

    fuzz_clock.try_out(run, st.sampled_from(WHO), calls(city), few=EXAMPLES)
    fuzz_clock.tell("handlers", called.total(), f"{len(called)} of {len(HANDLERS)} handlers")
