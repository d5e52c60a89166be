"""No personal data, tokens or passwords in any log, whoever writes it.

The filter sits where records are made, not at one logger or handler: it covers Reflex, granian,
uvicorn, SQLAlchemy and our own code, and loggers that are configured later.
"""

import logging
import re
from collections.abc import Callable
from typing import Any

from cabinet.kit.text import mask_email

_HIDDEN = "[hidden]"
_KEYS = r"(?:set-)?cookie|authorization|password|passwd|current|new_password|secret|token|sid|csrf|card_?number|cvc"
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(
            rf"""(?i)(\\?["'](?:{_KEYS}|x-[\w-]*token)\\?["']\s*:\s*b?)(\\?["'])(?:(?!\2)(?:\\.|.))*\2"""
        ),
        rf"\1\2{_HIDDEN}\2",
    ),
    (
        re.compile(rf"""(?i)(\(b?["'](?:{_KEYS})["'],\s*b?)(["'])(?:(?!\2)(?:\\.|.))*\2"""),
        rf"\1\2{_HIDDEN}\2",
    ),
    (re.compile(r"(?im)^((?:set-)?cookie|authorization):.*$"), rf"\1: {_HIDDEN}"),
    (
        re.compile(r"(?i)\b((?:__Host-)?(?:sid|device)|[\w-]*token|password|secret)=[^&;\s\"'\\<>\])}]+"),
        rf"\1={_HIDDEN}",
    ),
    (re.compile(r"(?i)(://[^/\s:@]*):[^/\s@]+@"), rf"\1:{_HIDDEN}@"),
    (re.compile(r"\b(?:[sr]k_(?:test|live)|whsec)_\w+"), _HIDDEN),
    (re.compile(r"\b(?:ck|me)_[\w-]{40,}"), _HIDDEN),  # keys of programs
    (
        re.compile(r"((?<![\w.])/w/|://[^/\s]+/w/)[\w-]{16,}"),
        rf"\1{_HIDDEN}",
    ),  # a Waterius's address is its token
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"), lambda match: mask_email(match[0])),
)


def redact(text: str) -> str:
    """The text without cookies, tokens, passwords, keys; e-mail addresses masked."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def hide_secrets() -> None:
    """Let every log record from now on be redacted when it is made. Safe to call again."""
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Redacting):
        logging.setLogRecordFactory(_Redacting(make))


class _Redacting:
    """A record factory that formats at once, and lets out only the redacted text.

    The exception itself stays on the record as `caught`, for the reports, which redact what they send.
    """

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        record.msg, record.args = redact(_text_of(record)), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact(_formatter.formatException(record.exc_info))
            record.caught, record.exc_info = record.exc_info[1], None
        return record


_formatter = logging.Formatter()


def _text_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        return f"{record.msg} (its arguments do not fit)"
