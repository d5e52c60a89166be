"""From a kind and its facts to subject, text and HTML, in the reader's language."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from cabinet.i18n import use_locale
from cabinet.mail.kinds import CONTENTS, Content
from cabinet.settings import settings

_SUBJECT = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class _Operator:
    name: str
    phone: str
    email: str
    hours: str
    address: str


def render(kind: str, locale: str, facts: dict[str, Any]) -> tuple[str, str, str]:
    """Subject, text part and HTML part of a letter. Raises KeyError or TypeError for wrong facts."""
    with use_locale(locale):
        content = _content(CONTENTS[kind], facts)
        shown = {"letter": content, "operator": _operator(), "locale": locale, "home": settings.public_url}
        text = _templates().get_template("letter.txt").render(shown)
        html = _templates().get_template("letter.html").render(shown)
        return _one_line(content.subject), text, html


def _content(build: Callable[..., Content], facts: dict[str, Any]) -> Content:
    return build(**facts)


def _operator() -> _Operator:
    return _Operator(
        settings.operator_name,
        settings.operator_phone,
        settings.operator_email,
        settings.operator_hours,
        settings.operator_address,
    )


def _one_line(subject: str) -> str:
    """Without control characters, so that no header can be smuggled in; narrow spaces stay."""
    return _CONTROL.sub(" ", subject)[:_SUBJECT]


@cache
def _templates() -> Environment:
    from cabinet.i18n import gettext

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cast(dict[str, Any], environment.globals)["_"] = gettext
    return environment
