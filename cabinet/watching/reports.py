"""Error reports to Sentry, if `CABINET_SENTRY_DSN` names one: what the log says of an error, and no more.

Reports leave through the log: whatever is logged as an error is sent, once. None of the library's
integrations is used, as they gather requests, cookies and local variables. What it calls personal
data it sends only if `send_default_pii` or `data_collection` asks for it: neither is set.
"""

import logging
from collections.abc import Callable
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.types import Event, Hint

from cabinet.logs import redact
from cabinet.settings import settings
from cabinet.watching import context
from cabinet.watching.metrics import ERRORS
from cabinet.watching.version import VERSION

_RELEASE = f"cabinet@{VERSION}"
"""As Sentry writes it; the redaction would take it for an e-mail address."""
_DROPPED = ("request", "user", "breadcrumbs", "extra", "modules", "server_name")


def start_reports(transport: Callable[..., Any] | Any = None) -> None:
    """Count errors of the log, and send them if there is an address. Safe to call again."""
    root = logging.getLogger()
    if not any(isinstance(one, _Reporter) for one in root.handlers):
        root.addHandler(_Reporter(logging.ERROR))
    if not settings.sentry_dsn.get_secret_value():
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value(),
        transport=transport,
        environment=settings.env.value,
        release=_RELEASE,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=_say_nothing)],
        include_local_variables=False,
        include_source_context=True,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=_clean,
    )


class _Reporter(logging.Handler):
    """Counts what is logged as an error and hands it over."""

    def emit(self, record: logging.LogRecord) -> None:
        """Never raises: a report that cannot be made must not break what is logged."""
        ERRORS.inc()
        if not sentry_sdk.get_client().is_active() or record.name.startswith("sentry_sdk"):
            return
        try:
            _report(record)
        except Exception:
            self.handleError(record)


def _report(record: logging.LogRecord) -> None:
    with sentry_sdk.new_scope() as scope:
        for name, value in context.facts().items():
            scope.set_tag(name, str(value))
        if number := getattr(record, "number", None):
            scope.set_tag("number", str(number))
        scope.set_tag("logger", record.name)
        level = "fatal" if record.levelno >= logging.CRITICAL else "error"
        caught = getattr(record, "caught", None)
        if caught is not None:
            scope.set_level(level)
            scope.set_context("log", {"message": record.getMessage()})
            scope.capture_exception(caught)
        else:
            scope.capture_message(record.getMessage(), level=level)


def _clean(event: Event, _hint: Hint) -> Event:
    """The same redaction as that of the log, on every text; without what could hold personal data."""
    kept = {name: _redacted(value) for name, value in event.items() if name not in _DROPPED}
    return cast(Event, {**kept, "release": _RELEASE})


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(one) for name, one in value.items() if name != "vars"}
    return [_redacted(one) for one in value] if isinstance(value, (list, tuple)) else value


def _say_nothing(_pending: int, _timeout: float) -> None:
    """The library would print that it is waiting."""
