"""The one way in which a process begins to be watched, whether it serves pages or runs jobs."""

import asyncio
import hmac
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cabinet.settings import settings
from cabinet.watching.format import set_up_logging
from cabinet.watching.process import exposition, is_alive, keep_watch
from cabinet.watching.reports import start_reports

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def start_watching() -> None:
    """Log in our format, count errors, report them if there is an address. Safe to call again."""
    set_up_logging()
    start_reports()


def may_read(authorization: str) -> bool:
    """Whether the header shows the token of the setting."""
    shown = authorization.removeprefix("Bearer ").encode()
    return hmac.compare_digest(shown, settings.metrics_token.get_secret_value().encode())


@asynccontextmanager
async def watched_work() -> AsyncGenerator[None]:
    """Around all that a process which runs jobs alone does: log, reports, and the port for its numbers."""
    start_watching()
    watch = asyncio.create_task(keep_watch(), name="watch")
    try:
        with metrics_of_work():
            yield
    finally:
        watch.cancel()


@contextmanager
def metrics_of_work() -> Generator[None]:
    """/healthz and /metrics on a port of its own, if the settings name one.

    It runs in a thread, so that /healthz can tell that the event loop does not move.
    """
    if not settings.work_metrics_port:
        yield
        return
    server = ThreadingHTTPServer((settings.host, settings.work_metrics_port), _Page)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Page(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        """One page."""
        if self.path == "/healthz":
            self._say(200 if is_alive() else 503, b"ok" if is_alive() else b"the event loop does not move")
        elif self.path != "/metrics" or not settings.metrics_token.get_secret_value():
            self._say(404, b"")
        elif may_read(self.headers.get("Authorization", "")):
            self._say(200, exposition())
        else:
            self._say(401, b"")

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not worth a line."""
