"""Starting and stopping: nothing is left running, nothing is lost, refusals are one sentence."""

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from pathlib import Path

import psutil
import pytest

from cabinet.settings import ROOT
from tests.launcher.program import Program, environment, free_port, still_running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all starts: each takes over what the one before has left."""
    folder = tmp_path_factory.mktemp("launcher") / "var"
    folder.mkdir()
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def program(data: Path, port: int) -> Generator[Program]:
    """A program that answers."""
    started = Program(data, port)
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.kill_group()


def answers(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        return answer.read().decode().splitlines()[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_all_stops_everything(program: Program, port: int, number: signal.Signals):
    assert answers(port) == "ready"
    family = program.family()
    assert len(family) > 5, "launcher, worker, database"
    program.signal_all(number)
    assert program.ends() in (0, 128 + number)
    assert still_running(family) == []
    assert "Traceback" not in program.said()
    assert not (program.data / "postgres" / "postmaster.pid").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_starting_stops_the_database_too(data: Path, port: int, number: signal.Signals):
    starting = Program(data, port)
    try:
        starting.wait_until_said("Preparing the database")
        family = starting.family()
        starting.signal_all(number)
        starting.ends()
        assert still_running(family) == []
    finally:
        starting.kill_group()


def test_a_signal_to_the_launcher_alone_does_too(program: Program):
    family = program.family()
    program.process.send_signal(signal.SIGTERM)
    program.process.send_signal(signal.SIGTERM)
    program.ends()
    assert still_running(family) == []


def test_after_kill_9_of_the_launcher_its_worker_leaves_and_the_next_start_works(data: Path, port: int):
    first = Program(data, port)
    first.wait_until_ready()
    workers = [one for one in first.family()[1:] if "spawn_main" in " ".join(one.cmdline())]
    assert workers
    first.process.kill()
    first.process.wait()
    again = Program(data, port)
    try:
        again.wait_until_ready()
        assert still_running(workers) == []
        assert answers(port) == "ready"
    finally:
        again.signal_all(signal.SIGTERM)
        again.ends()


def test_after_kill_9_of_everything_the_next_start_works(data: Path, port: int):
    first = Program(data, port)
    first.wait_until_ready()
    family = first.family()
    for one in family:
        one.kill()
    first.process.wait()
    psutil.wait_procs(family, timeout=10)
    again = Program(data, port)
    try:
        again.wait_until_ready()
        assert answers(port) == "ready"
    finally:
        again.signal_all(signal.SIGTERM)
        again.ends()


def refused(data: Path, port: int) -> str:
    """What a start that cannot be says."""
    done = subprocess.run(
        [sys.executable, "-m", "cabinet", "run"],
        cwd=ROOT,
        env=environment(data, port),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    said = (done.stdout + done.stderr).strip()
    assert "Traceback" not in said
    return said


def test_a_busy_port_is_said_in_one_sentence(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(tmp_path / "var", port)
    assert f"Port {port} is busy" in said
    assert "\n" not in said
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_data_folder_has_one_owner(program: Program):
    said = refused(program.data, free_port())
    assert "already runs" in said
    assert "\n" not in said
    assert program.process.poll() is None


def test_a_wrong_setting_names_its_variable(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "cabinet", "run"],
        cwd=ROOT,
        env={**environment(tmp_path, 1), "CABINET_PORT": "seventy"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    assert "CABINET_PORT" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
