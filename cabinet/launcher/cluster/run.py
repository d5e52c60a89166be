"""`make cluster`: on one machine what a city runs on many, with data of its own in the data folder."""

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cabinet.launcher.announce import announce
from cabinet.launcher.cluster.database import database_part
from cabinet.launcher.cluster.part import Part
from cabinet.launcher.cluster.proxy import Proxy, choose_proxy, proxy_part
from cabinet.launcher.cluster.redis import redis_part
from cabinet.launcher.cluster.supervisor import Supervisor
from cabinet.launcher.console import CannotStart, say
from cabinet.launcher.locking import DataFolderLock
from cabinet.launcher.postgres import DATABASE, Postgres, create_database
from cabinet.launcher.run import check_port, end_on_signals, ignore_signals
from cabinet.settings import PREFIX, ROOT, settings

_REDIS, _LETTERS, _SANDBOX = 11, 12, 13
"""So many above the public port; the web processes have the next nine."""


@dataclass(frozen=True)
class Cluster:
    """How many of what, and where."""

    folder: Path
    web: int
    jobs: int
    proxy: Proxy
    sandbox: bool
    """Whether the payment sandbox is a process of its own, too."""

    @property
    def web_ports(self) -> list[int]:
        """The first one is the public port when nobody stands in front."""
        first = settings.port + (self.proxy is not Proxy.NONE)
        return list(range(first, first + self.web))


def run_cluster(*, web: int, jobs: int, proxy: str, sandbox: bool) -> None:
    """Start everything, look after it until a signal comes, stop everything. Raises CannotStart."""
    if not settings.is_development or settings.database_url:
        raise CannotStart(
            f"`cluster` is for trying the topology on one machine: it wants no {PREFIX}ENV and no "
            f"{PREFIX}DATABASE_URL. How to run for real is told in docs/operating.md."
        )
    os.chdir(ROOT)
    end_on_signals()
    cluster = Cluster(settings.data_dir / "cluster", web, jobs, choose_proxy(proxy), sandbox)
    lock = DataFolderLock(cluster.folder)
    if not lock.take():
        raise CannotStart(f"A cluster already runs with the data in {cluster.folder}: stop it first.")
    supervisor = Supervisor(cluster.folder)
    try:
        check_port(patient=lock.previous_was_killed)
        _start(cluster, supervisor)
        supervisor.watch()
    finally:
        ignore_signals()
        say("Stopping…")
        supervisor.stop()
        lock.release()
        say("Stopped.")


def _start(cluster: Cluster, supervisor: Supervisor) -> None:
    say("Starting PostgreSQL, Redis and the mail server…")
    server = Postgres(cluster.folder)
    redis, redis_url = redis_part(cluster.folder / "redis", settings.port + _REDIS)
    supervisor.start(database_part(server), redis)
    environment = _environment(cluster, create_database(server.url(), DATABASE), redis_url)
    if not settings.smtp_url:
        supervisor.start(_letters_part(cluster, environment))
    _write_settings(cluster.folder / "settings.json", environment)
    say("Preparing the database…")
    _do("demo", environment | {f"{PREFIX}ENV": "development"})
    _do("build", environment)
    say("Starting the web processes and the jobs…")
    supervisor.start(*_web_parts(cluster, environment), *_jobs_parts(cluster, environment))
    if cluster.sandbox:
        supervisor.start(_sandbox_part(environment))
    if cluster.proxy is not Proxy.NONE:
        ready = answering(settings.port)
        supervisor.start(proxy_part(cluster.proxy, cluster.folder / "proxy", cluster.web_ports, ready))
    _tell(cluster)


def _environment(cluster: Cluster, database_url: str, redis_url: str) -> dict[str, str]:
    """The settings of every process of ours: these alone make the difference to a laptop."""
    ours = {
        "ENV": "staging",
        "HOST": "127.0.0.1",
        "PUBLIC_URL": settings.public_url,
        "DATA_DIR": str(cluster.folder),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SMTP_URL": settings.smtp_url or f"smtp://127.0.0.1:{settings.port + _LETTERS}",
        "JOBS_IN_PROCESS": "false",
        "TRUSTED_PROXY_HOPS": "0" if cluster.proxy is Proxy.NONE else "1",
    }
    if cluster.sandbox:
        ours["SANDBOX_URL"] = f"http://127.0.0.1:{settings.port + _SANDBOX}"
    return {f"{PREFIX}{name}": value for name, value in ours.items()} | {"PYTHONUNBUFFERED": "1"}


def _do(step: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cabinet", step], env={**os.environ, **environment}, check=False
    )
    if done.returncode:
        raise CannotStart(f"`python -m cabinet {step}` failed: the lines above say why.")


def _web_parts(cluster: Cluster, environment: dict[str, str]) -> list[Part]:
    return [
        Part(
            f"web-{number}",
            [sys.executable, "-m", "cabinet", "serve"],
            ready=answering(port),
            port=port,
            environment=environment | {f"{PREFIX}PORT": str(port)},
        )
        for number, port in enumerate(cluster.web_ports, start=1)
    ]


def _jobs_parts(cluster: Cluster, environment: dict[str, str]) -> list[Part]:
    command = [sys.executable, "-m", "cabinet", "work"]
    return [
        Part(f"jobs-{number}", command, ready=lambda: True, environment=environment)
        for number in range(1, cluster.jobs + 1)
    ]


def _sandbox_part(environment: dict[str, str]) -> Part:
    port = settings.port + _SANDBOX
    command = [sys.executable, "-m", "cabinet", "sandbox"]
    own = environment | {f"{PREFIX}PORT": str(port)}
    return Part("sandbox", command, ready=_listening(port), port=port, environment=own)


def _write_settings(path: Path, environment: dict[str, str]) -> None:
    """What commands beside the cluster need; it has secrets in it."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(environment, indent=2) + "\n")


def _letters_part(cluster: Cluster, environment: dict[str, str]) -> Part:
    port, folder = settings.port + _LETTERS, cluster.folder / "letters"
    command = [sys.executable, "-m", "cabinet.launcher.cluster.letters", str(port), str(folder)]
    return Part("smtp", command, ready=_listening(port), port=port, environment=environment)


def answering(port: int):
    """What tells whether the web process, or the proxy, at that port can work."""

    def ready() -> bool:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer,
        ):
            return answer.status == 200
        return False

    return ready


def _listening(port: int):
    def ready() -> bool:
        import socket

        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
        return False

    return ready


def _tell(cluster: Cluster) -> None:
    say(
        f"\n{cluster.web} web processes and {cluster.jobs} for jobs; see {cluster.folder / 'processes.json'}."
    )
    if not settings.smtp_url:
        say(f"Letters are files in {cluster.folder / 'letters'}.")
    announce(cluster.folder)
