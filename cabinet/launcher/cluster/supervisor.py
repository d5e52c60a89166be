"""Starts the parts in order, starts again what dies, and stops all of them in the opposite order."""

import json
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cabinet.launcher.cluster.part import Part
from cabinet.launcher.console import CannotStart, say

_LOOK_SECONDS = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_STEADY_SECONDS = 20
"""Who lived so long is started again at once when it dies."""
_SECONDS_TO_START, _SECONDS_TO_STOP = 90, 25


@dataclass
class _Care:
    """How the last starts of a part went."""

    started_at: float = 0
    pause: float = _FIRST_PAUSE
    due_at: float | None = None


@dataclass
class Supervisor:
    """The processes of one cluster, in the order in which they were started."""

    folder: Path
    parts: list[Part] = field(default_factory=list[Part])
    _cares: dict[str, _Care] = field(default_factory=dict[str, _Care])
    _written: str = ""

    def start(self, *parts: Part) -> None:
        """Start them together and wait until each does its work. Raises CannotStart."""
        for part in parts:
            self.parts.append(part)
            self._launch(part)
        self._write()
        deadline = time.monotonic() + _SECONDS_TO_START
        for part in parts:
            while not part.ready():
                if part.ended() is not None or time.monotonic() > deadline:
                    raise CannotStart(f"{part.name} did not start: {self._log(part)} says why.")
                time.sleep(0.1)

    def watch(self) -> None:
        """Start again what ends, until a signal raises out of here."""
        while True:
            for part in self.parts:
                self._look_after(part)
            self._write()
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """Stop the newest first; the same kind together, which takes the time of one."""
        for group in self._groups():
            for part in group:
                part.ask_to_stop()
            for part in group:
                part.leave_nothing(_SECONDS_TO_STOP)
        self.parts.clear()
        self._write()

    def _groups(self) -> list[list[Part]]:
        groups: list[list[Part]] = []
        for part in reversed(self.parts):
            if groups and _kind(groups[-1][0]) == _kind(part):
                groups[-1].append(part)
            else:
                groups.append([part])
        return groups

    def _look_after(self, part: Part) -> None:
        care = self._cares[part.name]
        if care.due_at is None and (code := part.ended()) is not None:
            part.leave_nothing(0)
            if time.monotonic() - care.started_at > _STEADY_SECONDS:
                care.pause = _FIRST_PAUSE
            care.due_at = time.monotonic() + care.pause
            care.pause = min(care.pause * 2, _LONGEST_PAUSE)
            say(f"{part.name} ended ({_words(code)}); it starts again.")
        if care.due_at is not None and time.monotonic() >= care.due_at:
            self._launch(part)

    def _launch(self, part: Part) -> None:
        care = self._cares.setdefault(part.name, _Care())
        care.started_at, care.due_at = time.monotonic(), None
        part.start(self._log(part))

    def _log(self, part: Part) -> Path:
        logs = self.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        return logs / f"{part.name}.log"

    def _write(self) -> None:
        """Say who runs: for scripts that watch, measure or kill. On a full disk it is said when there is room again."""
        running = {part.name: self._facts(part) for part in self.parts if part.process}
        text = json.dumps(running, indent=2) + "\n"
        if text == self._written:
            return
        beside = self.folder / "processes.new"
        with suppress(OSError):
            beside.write_text(text)
            beside.replace(self.folder / "processes.json")
            self._written = text

    def _facts(self, part: Part) -> dict[str, object]:
        pid = part.process.pid if part.process else None
        log = str(self._log(part))
        return {"pid": pid, "port": part.port or None, "command": part.command, "log": log}


def _kind(part: Part) -> str:
    return part.name.partition("-")[0]


def _words(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
