"""How log lines look: text for people, or one JSON object a line for machines."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from cabinet.logs import hide_secrets, redact
from cabinet.settings import settings
from cabinet.watching import context

EXTRAS = ("number", "method", "route", "status", "seconds", "outcome", "task", "job", "payment")
"""What a line may say beside its message, by `extra=`."""
QUIET = ("cabinet.access", "cabinet.work")
"""One line for each request and each job: for machines, not for a terminal."""
_TALKATIVE = ("procrastinate", "httpx", "httpcore", "stripe", "asyncio", "alembic")
_SERVERS = ("_granian", "granian.access", "uvicorn", "uvicorn.access", "uvicorn.error")


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and what is known of the work under way."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; the record was redacted when it was made."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


class TextLines(logging.Formatter):
    """Time, level, logger, message, and what is known of the work under way in brackets."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback below it."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = f"{moment:%H:%M:%S} {record.levelname:<8} {record.name}: {record.getMessage()}"
        if facts := _facts(record):
            line += f" [{' '.join(f'{name}={value}' for name, value in facts.items())}]"
        return f"{line}\n{record.exc_text}" if record.exc_text else line


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """Of the context, then what the line itself says."""
    found: dict[str, Any] = context.facts()
    for name in EXTRAS:
        value = getattr(record, name, None)
        if isinstance(value, str):
            found[name] = redact(value)
        elif isinstance(value, (int, float)):
            found[name] = value
        elif name == "job" and isinstance(value, dict):  # procrastinate's own lines
            found["job"], found["task"] = value.get("id"), value.get("task_name")
    return found


class Console(logging.StreamHandler[Any]):
    """Writes to the standard error of the moment; the standard output belongs to what commands print."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """Looked up each time, as somebody may put another in its place."""
        return sys.stderr


def set_up_logging() -> None:
    """Let every logger of this process, those of the server too, write in our format. Safe to call again."""
    hide_secrets()
    root = logging.getLogger()
    handler = next((one for one in root.handlers if isinstance(one, Console)), None) or Console()
    handler.setFormatter(JsonLines() if settings.logs_as_json else TextLines())
    root.addHandler(handler)
    root.setLevel(settings.log_level)
    for name in _SERVERS:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    if settings.log_level != "DEBUG":
        for name in (*_TALKATIVE, *(() if settings.logs_as_json else QUIET)):
            logging.getLogger(name).setLevel(logging.WARNING)
