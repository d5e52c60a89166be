"""Serving the production build and the app on one port."""

import multiprocessing
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer as Server

from cabinet.launcher.console import CannotStart
from cabinet.launcher.node import prepare_reflex
from cabinet.settings import ROOT, settings
from cabinet.watching.start import start_watching

_FOR_WORKERS = {
    "REFLEX_ENV_MODE": "prod",
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
}


def serve(target: str = "cabinet.cabinet:app", folder: Path = ROOT) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; returns when every worker has ended."""
    prepare_reflex()
    start_watching()
    os.environ.update(_FOR_WORKERS)
    multiprocessing.set_start_method("spawn", force=True)
    server = _server(target, folder)
    server.signal_handler_reload = server.signal_handler_interrupt
    try:
        with _common_numbers():
            server.serve()
    except SystemExit as stopped:
        if stopped.code:
            raise CannotStart("The server ended by itself: the lines above say why.") from None


@contextmanager
def _common_numbers() -> Generator[None]:
    """Several workers behind one port count in common files, so that any of them can answer for all."""
    if settings.workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="cabinet-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def _server(target: str, folder: Path) -> Server:
    return Server(
        target,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        workers_kill_timeout=15,
        respawn_failed_workers=True,
        working_dir=folder,
        log_level=LogLevels.warning,
        log_dictconfig={"loggers": {"_granian": {}, "granian.access": {}}},
    )
