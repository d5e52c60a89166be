"""`expand[]`: objects in the place of their ids."""

from typing import Any, cast

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import store
from cabinet.sandbox.models import Body
from cabinet.sandbox.problems import ApiProblem, invalid

_DEEPEST = 4


async def expand(body: Body, paths: list[str], *, session: AsyncSession) -> Body:
    """A copy of the body with the objects that the paths name."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise invalid(
                f"You cannot expand more than {_DEEPEST} levels of a property: {path}", param="expand"
            )
        body = await _expand(body, parts, path, session=session)
    return body


async def _expand(body: Body, parts: list[str], path: str, *, session: AsyncSession) -> Body:
    name, *rest = parts
    if name == "line_items" and body.get("object") == "checkout.session":
        value = await line_items(body["id"], session=session)
    elif name in body:
        value = await _value(body[name], path, session=session)
    else:
        raise _impossible(path)
    if rest:
        value = await _deeper(value, rest, path, session=session)
    return {**body, name: value}


async def _value(value: Any, path: str, *, session: AsyncSession) -> Any:
    if not isinstance(value, str):
        return value
    kind = store.kind_of(value)
    if kind is None:
        raise _impossible(path)
    return (await store.find(kind, value, session=session)).body


async def _deeper(value: Any, rest: list[str], path: str, *, session: AsyncSession) -> Any:
    if isinstance(value, list):
        items = cast(list[Body], value)
        return [await _expand(item, rest, path, session=session) for item in items]
    if isinstance(value, dict):
        return await _expand(cast(Body, value), rest, path, session=session)
    return value


async def line_items(ident: str, *, session: AsyncSession) -> Body:
    """The list of what a session asks money for."""
    row = await store.find("checkout.session", ident, session=session)
    return {
        "object": "list",
        "data": row.private["line_items"],
        "has_more": False,
        "url": f"/v1/checkout/sessions/{ident}/line_items",
    }


def _impossible(path: str) -> ApiProblem:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")
