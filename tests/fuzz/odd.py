"""Values that nobody of good will sends: what hypothesis makes of the types that a handler or a form asks for."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, get_origin, get_type_hints

from hypothesis import strategies as st
from reflex_base.registry import RegistrationContext

LONGEST = 20_000
_SHARP = (
    "",
    " ",
    "\0",
    "\ud800",
    "\u202e",
    "١٢٣",
    "²",
    "-1",
    "1e999999",
    "NaN",
    "9" * 400,
    "x" * LONGEST,
    "' OR 1=1 --",
    "../../etc/passwd",
    "%00",
    "{{7*7}}",
    "<script>",
    "00000000-0000-0000-0000-000000000000",
    "2026-02-31",
    "0000-00",
    "9999-12",
    "javascript:alert(1)",
    "1,5",
    "1 234,56 ₽",
)
"""What has broken programs before."""


def texts(known: Iterable[str] = ()) -> st.SearchStrategy[str]:
    """Anything, ids that are real among it."""
    return (
        st.sampled_from([*_SHARP, *known]) | st.text(max_size=200) | st.text("0123456789.,- eE+", max_size=30)
    )


def anything(known: Iterable[str] = ()) -> st.SearchStrategy[Any]:
    """Any JSON."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts(known)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=8,
    )


def forms(fields: Mapping[str, Any], known: Iterable[str]) -> st.SearchStrategy[dict[str, Any]]:
    """The fields of a form, some of them missing, with values of all kinds; and some that it has not."""
    good = {name: st.just(value) | texts(known) | anything(known) for name, value in fields.items()}
    more = st.dictionaries(texts(known) | st.text(max_size=20), anything(known), max_size=3)
    return st.builds(lambda own, other: {**other, **own}, st.fixed_dictionaries({}, optional=good), more)


def payloads(full: str, usual: Mapping[str, Any], known: Iterable[str]) -> st.SearchStrategy[dict[str, Any]]:
    """What may be sent to the handler of that name: mostly of its types, now and then not."""
    handler = RegistrationContext.get().event_handlers[full].handler.fn
    hints = get_type_hints(handler)
    names = list(inspect.signature(handler).parameters)[1:]
    typed = {name: _of(hints.get(name), usual.get(name), known) for name in names}
    wrong = {name: anything(known) for name in names}
    right = st.fixed_dictionaries(typed)
    return (
        right
        | right
        | right
        | st.fixed_dictionaries(wrong)
        | st.dictionaries(st.text(max_size=8), anything(), max_size=3)
    )


def _of(hint: Any, usual: Any, known: Iterable[str]) -> st.SearchStrategy[Any]:
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.integers()
    if hint is str:
        return texts(known) | st.just(usual or "")
    if get_origin(hint) is dict or hint is dict:
        return forms(usual or {}, known)
    return anything(known)
