import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cabinet.providers.numbers import UnsafePattern, clean_number, compile_pattern, match_number

SPACES = " \t\u00a0\u2009\u202f\u200b\ufeff"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"


@pytest.mark.parametrize(
    "typed",
    [
        "37 0012 345678",
        "л/с 370012345678",
        "Л/С № 370012345678",
        "лс370012345678",
        "Лицевой счёт: 3700-1234-5678",
        "№370012345678",
        "N 370012345678",
        "No. 370.012.345.678",
        "３７００１２３４５６７８",
        "370012–345678\u00a0",
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert clean_number(typed) == "370012345678"
    assert match_number(r"37\d{10}", typed) == "370012345678"


@given(st.from_regex(r"37[0-9]{6}", fullmatch=True), st.data())
def test_spaces_and_dashes_anywhere_change_nothing(number: str, data: st.DataObject) -> None:
    noise = st.text(alphabet=SPACES + DASHES, max_size=2)
    typed = "".join(data.draw(noise) + digit for digit in number) + data.draw(noise)
    assert match_number(r"37\d{6}", typed) == number


@pytest.mark.parametrize("typed", ["40BK123456", "40вк123456", "40ВК 123-456", "40 bк 123456"])
def test_letters_that_look_alike_are_read_as_the_pattern_wants(typed: str) -> None:
    assert match_number(r"\d{2}[А-Я]{2}\d{6}", typed) == "40ВК123456"


def test_cyrillic_letters_become_latin_where_the_pattern_is_latin() -> None:
    assert match_number(r"[A-Z]{2}\d{4}", "АВ1234") == "AB1234"


def test_a_dash_that_belongs_to_the_number_is_kept() -> None:
    assert match_number(r"\d{2}[А-Я]{2}\d{6}-\d{2}", "40АВ123456–01") == "40АВ123456-01"


def test_a_prefix_that_belongs_to_the_number_is_kept() -> None:
    assert match_number(r"ЛС\d{4}", "лс 1234") == "ЛС1234"


@pytest.mark.parametrize("typed", ["", " ", "л/с", "3700123", "3700123456789", "37001234567a", "٣" * 500])
def test_another_form_is_refused(typed: str) -> None:
    assert match_number(r"37\d{10}", typed) is None


@given(st.text(max_size=120))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = match_number(r"37\d{6}|\d{2}[А-Я]{2}\d{6}", text)
    assert found is None or re.fullmatch(r"37\d{6}|\d{2}[А-Я]{2}\d{6}", found)


RUNAWAYS = (
    "(a+)+",
    r"\d+",
    r"\d*",
    "(ab){2}",
    r"\d?" * 5,
    r"\d{0,9}" * 5,
    "1|2|3|4|5|6",
    "1" * 121,
    r"\d{99}",
)
UNKNOWN = ("", "(", "[", r"(\d)\1", "(?=a)", "(?P<x>a)", ".", "(?i)a", r"\d{3,2}", r"\w", "a{,3}", "a??")


@pytest.mark.parametrize("pattern", RUNAWAYS + UNKNOWN)
def test_patterns_that_could_run_wild_are_refused(pattern: str) -> None:
    with pytest.raises(UnsafePattern):
        compile_pattern(pattern)


def test_the_worst_pattern_that_is_allowed_answers_at_once() -> None:
    began = time.perf_counter()
    assert match_number(r"\d{0,32}" * 4 + "Я", "1" * 32) is None
    assert time.perf_counter() - began < 2
