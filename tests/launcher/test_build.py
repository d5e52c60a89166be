"""The pages are built when something has changed, and a broken build leaves nothing to serve."""

from pathlib import Path

import pytest

from cabinet.launcher import build
from cabinet.launcher.console import CannotStart
from cabinet.settings import settings


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small tree of sources."""
    (tmp_path / "cabinet").mkdir()
    (tmp_path / "cabinet" / "page.py").write_text("1")
    (tmp_path / "rxconfig.py").write_text("1")
    (tmp_path / "reflex.lock").mkdir()
    (tmp_path / "reflex.lock" / "package.json").write_text("{}")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "_BUILD", tmp_path / ".web" / "build")
    monkeypatch.setattr(build, "_STAMP", tmp_path / ".web" / "build" / "stamp")
    monkeypatch.setattr(build, "_SOURCES", ("cabinet", "rxconfig.py"))
    return tmp_path


@pytest.fixture
def exports(tree: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the builds instead of making them."""
    made: list[int] = []

    def export() -> None:
        made.append(1)
        (tree / ".web" / "build").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(build, "_export", export)
    return made


def test_unchanged_sources_are_built_once(tree: Path, exports: list[int]):
    build.build_if_changed()
    build.build_if_changed()
    assert len(exports) == 1


@pytest.mark.parametrize(
    "name", ["cabinet/page.py", "cabinet/new.py", "rxconfig.py", "reflex.lock/package.json"]
)
def test_a_change_is_built(tree: Path, exports: list[int], name: str):
    build.build_if_changed()
    (tree / name).write_text("2")
    build.build_if_changed()
    assert len(exports) == 2


def test_compiled_files_are_no_change(tree: Path, exports: list[int]):
    build.build_if_changed()
    (tree / "cabinet" / "__pycache__").mkdir()
    (tree / "cabinet" / "__pycache__" / "page.pyc").write_text("2")
    build.build_if_changed()
    assert len(exports) == 1


def test_another_port_or_address_is_no_change(
    tree: Path, exports: list[int], monkeypatch: pytest.MonkeyPatch
):
    build.build_if_changed()
    monkeypatch.setattr(settings, "port", 8123)
    monkeypatch.setattr(settings, "public_url", "https://cabinet.example")
    build.build_if_changed()
    assert len(exports) == 1


def test_what_stands_on_the_pages_is_a_change(
    tree: Path, exports: list[int], monkeypatch: pytest.MonkeyPatch
):
    build.build_if_changed()
    monkeypatch.setattr(settings, "operator_phone", "8 800 111-11-11")
    build.build_if_changed()
    assert len(exports) == 2


def test_a_broken_build_is_made_anew(tree: Path, exports: list[int], monkeypatch: pytest.MonkeyPatch):
    build.build_if_changed()
    (tree / "cabinet" / "page.py").write_text("broken")

    def fails() -> None:
        raise CannotStart("broken")

    with monkeypatch.context() as patch:
        patch.setattr(build, "_export", fails)
        with pytest.raises(CannotStart):
            build.build_if_changed()
    (tree / "cabinet" / "page.py").write_text("1")
    build.build_if_changed()
    assert len(exports) == 2
