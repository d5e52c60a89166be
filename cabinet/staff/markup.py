"""What the policy of the staff pages asks of their templates, the library's too: no code and no style in attributes.

Done to the source of a template, before anything is rendered: what comes from rows gets no nonce, whatever it says.
"""

import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

from jinja2 import BaseLoader, Environment
from jinja2.ext import Extension
from markupsafe import Markup

_ELEMENT = re.compile(r"<(script|style)(?=[\s>])")
_STYLE = re.compile(r'(?<=\s)style="([^"{]*)"')
_HANDLERS = {
    'onclick="applyColumnVisibility()"': "data-applies-columns",
    'onchange="window.location = this.value"': "data-goes-to-value",
}
"""The handlers of the library; `templates/_strict.html` does what they did."""

_nonce: ContextVar[str] = ContextVar("nonce_of_staff_page", default="")


class StrictMarkup(Extension):
    """Jinja extension: elements with a nonce; attributes with style or code become data."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        cast(dict[str, Any], environment.globals)["csp_nonce"] = _nonce.get

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source that is compiled instead."""
        for handler, data in _HANDLERS.items():
            source = source.replace(handler, data)
        source = _STYLE.sub(lambda match: f'data-css="{_one_line(match[1])}"', source)
        return _ELEMENT.sub(r'<\1 nonce="{{ csp_nonce() }}"', source)


def style_rules(environment: Environment) -> Markup:
    """The rules that stand for the style attributes of all templates."""
    loader = cast(BaseLoader, environment.loader)
    names = environment.list_templates(filter_func=lambda name: name.endswith(".html"))
    sources = [loader.get_source(environment, name)[0] for name in names]
    found = sorted({_one_line(style) for source in sources for style in _STYLE.findall(source)})
    rules = "\n".join(f'[data-css="{style}"]{{{style}}}' for style in found)
    return Markup(rules)  # noqa: S704 - written by the authors of templates


@contextmanager
def page_nonce() -> Generator[str]:
    """The nonce of one answer, which its templates put into their scripts and styles."""
    nonce = secrets.token_urlsafe(16)
    token = _nonce.set(nonce)
    try:
        yield nonce
    finally:
        _nonce.reset(token)


def _one_line(style: str) -> str:
    return " ".join(style.split())
