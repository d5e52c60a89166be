"""What a page's form sends to its handler: names with values, of which only texts and ticks are believed."""

from typing import Any

Form = dict[str, Any]


def text_in(form: Form, name: str, otherwise: str = "") -> str:
    """The text of a field; a missing one, or anything that is not a text, is `otherwise`."""
    value = form.get(name)
    return value if isinstance(value, str) else otherwise


def is_ticked(form: Form, name: str) -> bool:
    """Whether a box was ticked."""
    return form.get(name) in (True, "on", "true")
