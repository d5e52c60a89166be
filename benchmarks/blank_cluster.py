"""The built blank app from the current folder in the topology of `cabinet cluster`: two processes, Redis, the proxy.

`python -m benchmarks.blank_cluster`; there is no PostgreSQL and no worker: a blank app has nothing for them.
"""

import json
import sys
from pathlib import Path

from cabinet.launcher.cluster.part import Part
from cabinet.launcher.cluster.proxy import Proxy, choose_proxy, proxy_part
from cabinet.launcher.cluster.redis import redis_part
from cabinet.launcher.cluster.run import answering
from cabinet.launcher.cluster.supervisor import Supervisor
from cabinet.launcher.run import end_on_signals, ignore_signals
from cabinet.settings import PREFIX, settings

_WEB, _REDIS = 2, 11


def main() -> None:
    """Start, look after, stop, as the cluster does."""
    end_on_signals()
    folder = settings.data_dir / "cluster"
    supervisor = Supervisor(folder)
    try:
        _start(supervisor, folder)
        supervisor.watch()
    finally:
        ignore_signals()
        supervisor.stop()


def _start(supervisor: Supervisor, folder: Path) -> None:
    proxy = choose_proxy("")
    redis, redis_url = redis_part(folder / "redis", settings.port + _REDIS)
    supervisor.start(redis)
    hops = "0" if proxy is Proxy.NONE else "1"
    environment = {f"{PREFIX}REDIS_URL": redis_url, f"{PREFIX}TRUSTED_PROXY_HOPS": hops}
    (folder / "settings.json").write_text(json.dumps(environment))
    first = settings.port + (proxy is not Proxy.NONE)
    ports = list(range(first, first + _WEB))
    supervisor.start(*(_web_part(port, environment) for port in ports))
    if proxy is not Proxy.NONE:
        static, ready = Path.cwd() / ".web" / "build" / "client", answering(settings.port)
        supervisor.start(proxy_part(proxy, folder / "proxy", ports, ready, static))


def _web_part(port: int, environment: dict[str, str]) -> Part:
    command = [sys.executable, "-m", "benchmarks.serve_blank"]
    own = environment | {f"{PREFIX}PORT": str(port)}
    return Part(f"web-{port}", command, ready=answering(port), port=port, environment=own)


if __name__ == "__main__":
    main()
