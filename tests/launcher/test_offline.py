"""What the build keeps for when there is no connection."""

import json
from pathlib import Path

import pytest

from cabinet.launcher.offline import keep_offline_pages

PAGE = """<html lang="{locale}"><head><script async="" src="/offline.js"></script>
<link rel="modulepreload" href="/assets/entry.js"/><script>theme()</script>
<link rel="stylesheet" href="/assets/a.css"/></head>
<body><h1>{locale}</h1><script type="module">import("/assets/entry.js")</script></body></html>"""
STYLE = "@font-face{src:url(/assets/golos-text-%s-wght-normal-x_1-y.woff2)}"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """A build of two offline pages."""
    static = tmp_path / "client"
    for name, locale in (("offline", "ru"), ("en/offline", "en")):
        (static / name).mkdir(parents=True)
        (static / name / "index.html").write_text(PAGE.format(locale=locale))
    (static / "assets").mkdir()
    letters = ("cyrillic", "cyrillic-ext", "latin")
    (static / "assets" / "a.css").write_text("".join(STYLE % letter for letter in letters))
    for letter in letters:
        (static / "assets" / f"golos-text-{letter}-wght-normal-x_1-y.woff2").write_text(letter)
    (static / "offline.js").write_text("again()")
    return static


def facts(static: Path) -> dict[str, object]:
    keep_offline_pages(static)
    return json.loads((static.parent / "offline.json").read_text())


def test_the_copies_live_without_the_program(static: Path):
    keep_offline_pages(static)
    copy = (static / "kept" / "offline.en.html").read_text()
    assert "<h1>en</h1>" in copy
    assert "theme()" in copy
    assert "/offline.js" in copy
    assert "entry.js" not in copy


def test_what_they_need_is_listed(static: Path):
    assert facts(static)["files"] == [
        "/offline.js",
        "/assets/a.css",
        "/assets/golos-text-cyrillic-wght-normal-x_1-y.woff2",
        "/assets/golos-text-latin-wght-normal-x_1-y.woff2",
    ]


def test_another_word_is_another_version(static: Path):
    before = facts(static)["version"]
    assert facts(static)["version"] == before
    (static / "offline.js").write_text("again(1)")
    assert facts(static)["version"] != before


def test_a_page_without_its_letters_stops_the_build(static: Path):
    (static / "assets" / "a.css").write_text("")
    with pytest.raises(SystemExit):
        keep_offline_pages(static)
