"""The production build of the pages: made when what it is made of has changed, and only then."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fasteners import InterProcessLock

from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.node import prepare_reflex
from cabinet.settings import ROOT, settings

_BUILD = ROOT / ".web" / "build"
_STAMP = _BUILD / "stamp"
_SOURCES = ("cabinet", "assets", "rxconfig.py", "requirements.txt")
_LOCKS = ("reflex.lock",)
_SKIPPED = {"__pycache__", "external"}
_SEEN_ON_PAGES = (
    "operator_",
    "password_policy",
    "confirm_link_hours",
    "reset_link_hours",
    "upload_max_bytes",
    "mail_from",
    "payment_minimum_minor",
    "env",
    "keep_days",
    "resident_session_days",
    "resident_idle_days",
)


def build_if_changed() -> None:
    """Export the pages unless the last good build was made of the same files and settings."""
    with InterProcessLock(ROOT / ".build.lock"):
        sources = _digest(_SOURCES) + _shown_settings()
        if _is_built_from(sources):
            return
        _STAMP.unlink(missing_ok=True)
        say("Building the pages (about a minute, the first time longer)…")
        began = time.monotonic()
        _export()
        _STAMP.write_text(_stamp(sources))
        say(f"Built in {time.monotonic() - began:.0f} s.")


def _is_built_from(sources: str) -> bool:
    return _STAMP.exists() and _STAMP.read_text() == _stamp(sources)


def _stamp(sources: str) -> str:
    """The sources as they were before the build, and the npm locks, which a build may complete."""
    return f"{sources} {_digest(_LOCKS)}"


def _shown_settings() -> str:
    """The settings that stand on the pages themselves; ports and addresses do not."""
    every = settings.model_dump(mode="json")
    shown = {name: value for name, value in every.items() if name.startswith(_SEEN_ON_PAGES)}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def _digest(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(names):
        digest.update(f"{path.relative_to(ROOT)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = ROOT / name
        inside = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (file for file in inside if file.is_file() and not _SKIPPED.intersection(file.parts))


def _export() -> None:
    """Run Reflex's export in a process group of its own, so that stopping us stops all of it."""
    prepare_reflex()
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        code = process.wait()
    except BaseException:
        _stop_group(process)
        raise
    if code or not (_BUILD / "inline_scripts.json").exists():
        shutil.rmtree(_BUILD, ignore_errors=True)
        raise CannotStart(
            "The pages could not be built; the lines above say why (npm needs the network once)."
        )


def _stop_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
