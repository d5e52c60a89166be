"""A request that changes something: one transaction, one audit, and the same answer to the same request."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID
from weakref import WeakValueDictionary

from fastapi import Depends, Header
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from cabinet.audit.service import acting_by_key
from cabinet.database import unit_of_work
from cabinet.http.requests import client_address
from cabinet.i18n import N_
from cabinet.keys.service import KeyCard, claim_answer, keep_answer

_ABOUT = N_(
    "A name of your own for this request, such as a UUID. The same request under the same name is done once and "
    "answered the same; for another request take another name."
)

_AT_ONCE = 2
_turns: WeakValueDictionary[UUID, asyncio.Semaphore] = WeakValueDictionary()


def turn_of(provider_id: UUID) -> asyncio.Semaphore:
    """Hold it around what waits for the provider's locks in the database.

    So only two requests of a provider wait there, each with a connection; the others wait here with none.
    Otherwise a program that sends twenty at once would leave no connection to anybody.
    """
    return _turns.setdefault(provider_id, asyncio.Semaphore(_AT_ONCE))


@dataclass(frozen=True, slots=True)
class Call:
    """What was sent, beside the values."""

    name: str
    """The `Idempotency-Key`, or nothing."""
    request_hash: bytes
    address: str

    async def once(self, key: KeyCard, work: Callable[[AsyncSession], Awaitable[BaseModel]]) -> Response:
        """Do the work in one transaction and keep its answer in it; or give the answer that was kept.

        A CabinetError undoes all and is not kept: the request may be mended and sent again under its name.
        """
        with acting_by_key(key.id, self.address):
            async with turn_of(key.provider_id), unit_of_work() as session:
                if self.name:
                    known = await claim_answer(key.id, self.name, self.request_hash, session=session)
                    if known is not None:
                        return _as_json(known.body, known.status, {"Idempotent-Replayed": "true"})
                body = (await work(session)).model_dump_json()
                if self.name:
                    await keep_answer(key.id, self.name, self.request_hash, 200, body, session=session)
        return _as_json(body)


def _as_json(body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    shown = {"Cache-Control": "no-store", **(headers or {})}
    return Response(body, status, shown, media_type="application/json")


async def _call(request: Request, name: str | None) -> Call:
    said = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    said.update(await request.body())
    return Call((name or "").strip('"'), said.digest(), client_address(request))


_NAME = '^"?[!#-~][!-~]*$'
"""Nothing in quotes would be no name: what must not happen twice would."""
_NAMED = Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=_NAME, description=_ABOUT)


async def _named(request: Request, name: Annotated[str, _NAMED]) -> Call:
    return await _call(request, name)


async def _maybe_named(request: Request, name: Annotated[str | None, _NAMED] = None) -> Call:
    return await _call(request, name)


NamedCall = Annotated[Call, Depends(_named)]
"""For what would happen twice: the name is required."""
AnyCall = Annotated[Call, Depends(_maybe_named)]
"""For what changes nothing the second time anyway."""
