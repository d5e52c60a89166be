"""What a page's form sends to its handler: names with values, of which only texts and ticks are believed."""

from typing import Any

Form = dict[str, Any]


def text_in(form: Form, name: str, otherwise: str = "") -> str:
    """The text of a field, without the NUL that no database keeps; a missing one, or no text, is `otherwise`."""
    value = form.get(name)
    return value.replace("\0", "") if isinstance(value, str) else otherwise


def is_ticked(form: Form, name: str) -> bool:
    """Whether a box was ticked."""
    return form.get(name) in (True, "on", "true")
