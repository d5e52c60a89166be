from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cabinet.i18n import use_locale
from cabinet.kit.dates import add_months
from cabinet.meters.windows import Window, say_window

DAY = st.integers(1, 31)
WINDOWS = st.builds(Window, first=DAY, last=DAY, strict=st.booleans())
DATES = st.dates(date(2024, 1, 1), date(2028, 12, 31))
USUAL = Window(15, 25, strict=False)


def test_the_last_day_is_open_and_the_next_counts_for_the_next_month() -> None:
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    assert USUAL.is_open(date(2026, 11, 15))
    assert USUAL.is_open(date(2026, 11, 25))
    assert not USUAL.is_open(date(2026, 11, 14))
    assert not USUAL.is_open(date(2026, 11, 26))
    assert USUAL.period_of(date(2026, 11, 25)) == november
    assert USUAL.period_of(date(2026, 11, 26)) == december
    assert USUAL.began_on(date(2026, 11, 20)) == date(2026, 10, 26)


def test_a_window_over_the_end_of_the_month_is_one() -> None:
    window = Window(25, 3, strict=True)
    for day in (date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 3)):
        assert window.is_open(day)
        assert window.period_of(day) == date(2026, 11, 1)
    assert not window.is_open(date(2026, 12, 4))


def test_a_day_that_february_lacks_is_its_last() -> None:
    window = Window(20, 31, strict=True)
    assert window.closes_on(date(2026, 2, 1)) == date(2026, 2, 28)
    assert not Window(20, 28, strict=True).is_open(date(2026, 3, 31))


@given(WINDOWS, DATES)
def test_every_day_counts_for_one_period_whose_days_hang_together(window: Window, day: date) -> None:
    period = window.period_of(day)
    assert window.began_on(day) <= day <= window.closes_on(period)
    assert window.period_of(window.began_on(day)) == period
    assert window.period_of(window.closes_on(period) + timedelta(days=1)) >= add_months(period, 1)


def test_the_sentence_says_what_happens_now() -> None:
    with use_locale("en"):
        assert say_window(USUAL, date(2026, 11, 20)) == "Send readings by 25 November."
        late = say_window(USUAL, date(2026, 11, 26))
        assert "counts for the next period, December 2026" in late
        closed = say_window(Window(15, 25, strict=True), date(2026, 11, 26))
        assert closed == "Readings are taken from 15 December to 25 December."
