"""The reverse proxy of the cluster: Caddy, else nginx, else none, as this machine has it."""

import os
import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from string import Template

from cabinet.http.guard import STATIC
from cabinet.launcher.cluster.part import Part
from cabinet.launcher.console import CannotStart, say
from cabinet.settings import ROOT, settings

DEPLOY = ROOT / "deploy"


class Proxy(StrEnum):
    """What stands in front of the web processes."""

    CADDY = "caddy"
    NGINX = "nginx"
    NONE = "none"


def choose_proxy(wanted: str) -> Proxy:
    """The one that is wanted, or with "" the first that is installed. Raises CannotStart."""
    if wanted and wanted not in set(Proxy):
        raise CannotStart(f"--proxy is one of {', '.join(Proxy)}.")
    if wanted in (Proxy.CADDY, Proxy.NGINX) and not _program(wanted):
        raise CannotStart(f"{wanted} was not found: install it, or leave --proxy out.")
    if wanted:
        return Proxy(wanted)
    for proxy in (Proxy.CADDY, Proxy.NGINX):
        if _program(proxy):
            return proxy
    say(
        "Neither Caddy nor nginx was found: the first web process answers directly, and the others only "
        "when you ask their own ports. Install one (Debian, Ubuntu: apt install caddy) for the real thing."
    )
    return Proxy.NONE


def proxy_part(
    proxy: Proxy, folder: Path, ports: list[int], ready: Callable[[], bool], static: Path = STATIC
) -> Part:
    """The proxy on the public port, in front of web processes at those ports; it serves `static` itself."""
    folder.mkdir(parents=True, exist_ok=True)
    make = _caddy if proxy is Proxy.CADDY else _nginx
    command, environment = make(folder, [f"127.0.0.1:{port}" for port in ports], static)
    return Part(proxy.value, command, ready=ready, port=settings.port, environment=environment)


def _caddy(folder: Path, upstreams: list[str], static: Path) -> tuple[list[str], dict[str, str]]:
    environment = {
        "CABINET_SITE": f"http://:{settings.port}",
        "CABINET_BIND": settings.host,
        "CABINET_UPSTREAMS": " ".join(upstreams),
        "CABINET_STATIC": str(static),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [_program("caddy"), "run", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    return command, environment


def _nginx(folder: Path, upstreams: list[str], static: Path) -> tuple[list[str], dict[str, str]]:
    template = Template((DEPLOY / "nginx.conf").read_text("utf-8"))
    configuration = folder / "nginx.conf"
    configuration.write_text(
        template.substitute(
            user="user root;" if os.geteuid() == 0 else "",
            folder=folder,
            listen=f"{settings.host}:{settings.port}",
            servers="\n".join(f"        server {one} max_fails=1 fail_timeout=2s;" for one in upstreams),
            static=static,
        )
    )
    return [_program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(configuration)], {}


def _program(name: str) -> str:
    """Where it is; daemons are not on everybody's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin") or ""
