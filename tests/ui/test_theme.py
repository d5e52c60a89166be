"""The colours of the theme can be read, in both themes (WCAG 1.4.6 and 1.4.11)."""

import re

import pytest

from cabinet.settings import ROOT

_CSS = (ROOT / "assets" / "theme.css").read_text("utf-8")
_TOKEN = re.compile(r"--color-([a-z-]+): (#[0-9a-f]{6});")
_KINDS = ("gas", "water", "electricity", "heat", "housing")
_TEXTS = [
    *[(ink, paper) for ink in ("ink", "soft", "action") for paper in ("page", "card", "tint")],
    ("on-action", "action"),
    ("on-action", "action-strong"),
    *[(mood, f"{mood}-soft") for mood in ("due", "fine", "failed")],
    *[(mood, "card") for mood in ("due", "fine", "failed")],
]
_SIGNS = [("edge", "page"), ("edge", "card"), *[(kind, f"{kind}-soft") for kind in _KINDS]]


def _tokens(theme: str) -> dict[str, str]:
    light = dict(_TOKEN.findall(_CSS.split("@theme static {")[1].split("}")[0]))
    if theme == "light":
        return light
    return light | dict(_TOKEN.findall(_CSS.split(":root.dark {")[1].split("}")[0]))


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), _TEXTS)
def test_text_stands_out_seven_to_one(theme: str, ink: str, paper: str) -> None:
    tokens = _tokens(theme)
    assert _contrast(tokens[ink], tokens[paper]) >= 7


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("sign", "paper"), _SIGNS)
def test_signs_and_borders_of_fields_stand_out_three_to_one(theme: str, sign: str, paper: str) -> None:
    tokens = _tokens(theme)
    assert _contrast(tokens[sign], tokens[paper]) >= 3


def test_every_colour_of_the_light_theme_has_a_dark_one() -> None:
    dark = dict(_TOKEN.findall(_CSS.split(":root.dark {")[1].split("}")[0]))
    assert dark.keys() == _tokens("light").keys()


def test_the_contrast_formula_is_right() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
