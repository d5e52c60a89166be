"""Trying a pattern says what saving and linking would say."""

import pytest

from cabinet.providers.numbers import match_number
from cabinet.providers.trial import MOST_NUMBERS, try_pattern


@pytest.mark.parametrize("number", ["л/с 100-200-300", "100 200 300", "12", "№ 555 777", "абв", ""])
def test_a_number_is_told_as_linking_would_tell_it(number: str) -> None:
    found = try_pattern(r"\d{6,9}", "100200300", [number], {}).numbers
    assert [one.stored for one in found] == ([match_number(r"\d{6,9}", number) or ""] if number else [])


def test_an_unsafe_pattern_says_what_it_may_be_made_of() -> None:
    trial = try_pattern(r"(a+)+$", "1", ["1"], {})
    assert "{2,5}" in trial.problem
    assert (trial.example, trial.numbers) == (None, [])


def test_what_a_resident_reads_is_in_both_languages() -> None:
    told = try_pattern(r"\d{6}", "100200", [], {"ru": "Вверху справа.", "en": "Top right."}).told
    assert "Вверху справа." in told["ru"]
    assert told["en"].endswith("Top right. Example: 100200")


def test_samples_are_bounded() -> None:
    assert len(try_pattern(r"\d", "1", ["1"] * 500, {}).numbers) == MOST_NUMBERS
