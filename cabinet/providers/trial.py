"""Trying a number pattern before it is saved: by the very rules that residents' numbers meet later."""

from collections.abc import Sequence
from dataclasses import dataclass

from cabinet.i18n import LOCALES, use_locale
from cabinet.providers.checks import wrong_pattern
from cabinet.providers.errors import WrongNumberForm
from cabinet.providers.numbers import UnsafePattern, clean_number, compile_pattern, match_number

MOST_NUMBERS = 30


@dataclass(frozen=True, slots=True)
class TriedNumber:
    """A number as it was typed, as it is cleaned, and as it is stored; empty: it does not match."""

    typed: str
    cleaned: str
    stored: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a pattern does. `problem` says in words why it cannot be used at all."""

    problem: str
    example: TriedNumber | None
    numbers: list[TriedNumber]
    told: dict[str, str]
    """By language: what a resident reads whose number does not match."""


def try_pattern(pattern: str, example: str, numbers: Sequence[str], hints: dict[str, str]) -> Trial:
    """What becomes of the example and of sample numbers, the first thirty; nothing is saved."""
    told = _told(example.strip(), hints)
    try:
        compile_pattern(pattern.strip())
    except UnsafePattern:
        return Trial(wrong_pattern(), None, [], told)
    samples = [number.strip() for number in numbers if number.strip()][:MOST_NUMBERS]
    shown = _try(pattern.strip(), example) if example.strip() else None
    return Trial("", shown, [_try(pattern.strip(), number) for number in samples], told)


def _try(pattern: str, number: str) -> TriedNumber:
    return TriedNumber(number, clean_number(number), match_number(pattern, number) or "")


def _told(example: str, hints: dict[str, str]) -> dict[str, str]:
    problem = WrongNumberForm(
        {"ru": hints.get("ru", ""), "en": hints.get("en") or hints.get("ru", "")}, example
    )
    found: dict[str, str] = {}
    for locale in LOCALES:
        with use_locale(locale):
            found[locale] = problem.message()
    return found
