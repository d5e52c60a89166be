"""Looking into a component without a browser."""

import json
from collections.abc import Iterator
from typing import Any

from reflex.components.component import BaseComponent


def inside(component: BaseComponent) -> Iterator[BaseComponent]:
    """The component and everything below it."""
    yield component
    for child in component.children:
        yield from inside(child)


def props_of(component: BaseComponent) -> str:
    """The properties as the page's script has them."""
    return ",".join(component.render().get("props", []))


def by_tag(component: BaseComponent, tag: str) -> list[BaseComponent]:
    """All elements of one tag."""
    return [part for part in inside(component) if getattr(part, "tag", None) == tag]


def the(component: BaseComponent, tag: str) -> BaseComponent:
    """The one element of this tag."""
    found = by_tag(component, tag)
    assert len(found) == 1, f"{len(found)} elements <{tag}>"
    return found[0]


def text_of(component: BaseComponent) -> str:
    """The words in it, joined."""
    contents: list[Any] = [part.render().get("contents", "") for part in inside(component)]
    return " ".join(_said(str(content)) for content in contents if content)


def _said(content: str) -> str:
    """A literal as it is read, an expression as it stands."""
    return str(json.loads(content)) if content.startswith('"') else content
