"""Objects of the API in the database."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox.models import Body, SandboxObject
from cabinet.sandbox.params import ListParams, Since
from cabinet.sandbox.problems import invalid, missing

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

KINDS = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "seti": "setup_intent",
    "ch": "charge",
    "re": "refund",
    "txn": "balance_transaction",
    "cus": "customer",
    "pm": "payment_method",
    "du": "dispute",
}
_NAMES = {"checkout.session": "checkout.session", "balance_transaction": "balance transaction"}


def new_id(prefix: str, length: int = 24) -> str:
    """`pi_…`: unguessable, as the id of a session opens its page."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def kind_of(ident: str) -> str | None:
    """The kind of object that an id belongs to."""
    return KINDS.get(ident.partition("_")[0])


async def add(
    body: Body, *, session: AsyncSession, private: Body | None = None, due_at: datetime | None = None
) -> SandboxObject:
    """Keep a new object."""
    row = SandboxObject(
        id=body["id"],
        kind=body["object"],
        body=body,
        private=private or {},
        due_at=due_at,
        created_at=_second(body["created"]),
    )
    session.add(row)
    await session.flush()
    return row


async def find(
    kind: str, ident: str, *, session: AsyncSession, param: str = "id", lock: bool = False
) -> SandboxObject:
    """The object of that kind and id, locked for change on request; ApiProblem 404 if there is none."""
    query = select(SandboxObject).where(col(SandboxObject.id) == ident, col(SandboxObject.kind) == kind)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = (await session.exec(query)).one_or_none()
    if row is None:
        raise missing(_NAMES.get(kind, kind), ident, param)
    return row


async def matching(kind: str, fields: Body, *, session: AsyncSession) -> Sequence[SandboxObject]:
    """All objects of a kind with these values in their bodies, oldest first."""
    query = select(SandboxObject).where(
        col(SandboxObject.kind) == kind, col(SandboxObject.body).contains(fields)
    )
    return (await session.exec(query.order_by(col(SandboxObject.position)))).all()


def change(row: SandboxObject, **fields: Any) -> None:
    """Set fields of the public body."""
    row.body = {**row.body, **fields}


def change_private(row: SandboxObject, **fields: Any) -> None:
    """Set what only the processor knows."""
    row.private = {**row.private, **fields}


async def page(kind: str, params: ListParams, *, session: AsyncSession) -> tuple[list[Body], bool]:
    """One page of objects, newest first, and whether there are more."""
    if params.starting_after and params.ending_before:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.")
    query = select(SandboxObject).where(
        col(SandboxObject.kind) == kind, col(SandboxObject.body).contains(params.filters())
    )
    for condition in _created(params.created):
        query = query.where(condition)
    position = col(SandboxObject.position)
    if params.ending_before:
        mark = await find(kind, params.ending_before, session=session, param="ending_before")
        query = query.where(position > mark.position).order_by(position)
    else:
        if params.starting_after:
            mark = await find(kind, params.starting_after, session=session, param="starting_after")
            query = query.where(position < mark.position)
        query = query.order_by(position.desc())
    rows = (await session.exec(query.limit(params.limit + 1))).all()
    bodies = [row.body for row in rows[: params.limit]]
    return (bodies[::-1] if params.ending_before else bodies), len(rows) > params.limit


def _created(since: Since) -> list[Any]:
    moment = col(SandboxObject.created_at)
    limits: list[Any] = []
    if since.gt is not None:
        limits.append(moment >= _second(since.gt + 1))
    if since.gte is not None:
        limits.append(moment >= _second(since.gte))
    if since.lt is not None:
        limits.append(moment < _second(since.lt))
    if since.lte is not None:
        limits.append(moment < _second(since.lte + 1))
    return limits


def _second(timestamp: int) -> datetime:
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (OverflowError, ValueError, OSError):
        raise invalid(f"Invalid timestamp: {timestamp}", param="created") from None
