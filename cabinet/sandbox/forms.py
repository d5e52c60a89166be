"""Stripe's way of writing nested parameters in a form: `line_items[0][price_data][currency]=rub`."""

import re
from collections.abc import Iterable
from typing import Any, cast

from cabinet.sandbox.problems import invalid

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")

Tree = dict[str, Any]


def nested(pairs: Iterable[tuple[str, str]]) -> Tree:
    """The tree that the pairs describe; a later value of the same key wins, `[]` appends."""
    tree: Tree = {}
    for key, value in pairs:
        _put(tree, _path(key), value)
    return {name: _lists(child) for name, child in tree.items()}


def param_name(path: Iterable[str | int]) -> str:
    """`line_items[0][quantity]` for the path `line_items`, 0, `quantity`."""
    first, *rest = map(str, path)
    return first + "".join(f"[{part}]" for part in rest)


def _path(key: str) -> list[str]:
    match = _KEY.fullmatch(key)
    if not match:
        raise invalid(f"Invalid parameter name: {key}", param=key)
    return [match[1], *_PART.findall(match[2])]


def _put(tree: Tree, path: list[str], value: str) -> None:
    for part in path[:-1]:
        child: Any = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(child, dict):
            raise invalid(f"Invalid object: {param_name(path)}", param=path[0])
        tree = cast(Tree, child)
    tree[path[-1] or str(len(tree))] = value


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    tree = cast(Tree, node)
    if tree and all(name.isdigit() for name in tree):
        return [_lists(tree[name]) for name in sorted(tree, key=int)]
    return {name: _lists(child) for name, child in tree.items()}
