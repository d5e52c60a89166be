"""The script of the pages counts as the server does: assets/readings.js against rules.py."""

import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cabinet.i18n import use_locale
from cabinet.kit.money import format_amount
from cabinet.meters.rules import cost_minor
from cabinet.meters.words import say_reading
from cabinet.settings import ROOT

_RUN = """
import(process.argv[1]).then(() => {
  const { useOf, costOf, sayUse, sayCost } = globalThis.cabinetReadings;
  const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const answers = cases.map(({ text, before, ratio, price, russian }) => {
    const use = useOf(text, before, ratio), cost = costOf(use, price);
    const said = use === null || use < 0n ? "" : sayUse(use, russian ? "," : ".");
    return { use: use === null ? null : String(use), said, cost: cost === null ? "" : sayCost(cost, russian) };
  });
  console.log(JSON.stringify(answers));
});
"""


def answers(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the script says of each."""
    script = (ROOT / "assets" / "readings.js").as_uri()
    done = subprocess.run(
        [Path(sys.executable).parent / "node", "-e", _RUN, script],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def case(text: str, before: str = "100", price: str = "6.5", ratio: int = 1, **more: Any) -> dict[str, Any]:
    return {"text": text, "before": before, "price": price, "ratio": str(ratio), "russian": True, **more}


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_use_and_cost_are_those_of_the_server(locale: str) -> None:
    chance = random.Random(7)
    cases: list[dict[str, Any]] = []
    expected: list[tuple[str, str]] = []
    for _ in range(500):
        before = Decimal(chance.randint(0, 99_999_999)) / 1000
        value = before + Decimal(chance.randint(0, 9_999_999)) / 1000
        price = Decimal(chance.randint(1, 99_999_999)) / 10_000
        ratio = chance.choice((1, 20, 40))
        text = f"{value:f}".replace(".", chance.choice(",."))
        cases.append(case(text, f"{before:f}", f"{price:f}", ratio, russian=locale == "ru"))
        use = (value - before) * ratio
        with use_locale(locale):
            expected.append((say_reading(use), format_amount(cost_minor(use, price))))
    assert [(one["said"], one["cost"]) for one in answers(cases)] == expected


def test_what_is_no_number_yet_says_nothing() -> None:
    wrong = ["", " ", "abc", ",", "-5", "1,2,3", "1e3", "NaN"]
    said = answers([case(text) for text in wrong])
    assert [(one["use"], one["cost"]) for one in said] == [(None, "")] * len(wrong)


def test_spaces_commas_and_a_missing_price_are_fine() -> None:
    said = answers([case(" 1 00,5 "), case("101", price=""), case("99"), case("5", before="")])
    assert [(one["said"], one["cost"]) for one in said] == [
        ("0,5", "3,25\u202f₽"),
        ("1", ""),
        ("", ""),
        ("", ""),
    ]
