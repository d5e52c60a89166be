"""Registries of payments and readings: the list of those that were made, and their files."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import StreamingResponse

from cabinet.audit.service import acting_by_key, record
from cabinet.database import read_only, unit_of_work
from cabinet.errors import NotFound
from cabinet.exchange.exports.files import check_seal, written
from cabinet.exchange.exports.models import ExportKind, ExportState, RegistryExport
from cabinet.exchange.exports.service import exports_of, mark_delivered
from cabinet.exchange.rows import RegistryFormat
from cabinet.http.api.bearer import needs
from cabinet.http.api.values import Currency, Values
from cabinet.http.requests import client_address
from cabinet.i18n import N_
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard

router = APIRouter(tags=["registries"])
MOST_IN_PAGE = 500
_PART = 64 * 1024
Reader = Annotated[KeyCard, needs(Scope.REGISTRIES_READ)]
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


class RegistriesAsked(Values):
    """Which registries are asked for."""

    kind: ExportKind | None = None
    skip: Annotated[int, Field(ge=0, le=10**6)] = 0
    limit: Annotated[int, Field(ge=1, le=MOST_IN_PAGE)] = 100


class RegistryOut(BaseModel):
    """A registry with its control sums."""

    id: UUID
    number: int
    kind: ExportKind
    format: RegistryFormat
    since: datetime
    until: datetime
    rows: int
    total_minor: int = Field(description=N_("Kopecks: the sum of all rows"))
    currency: Currency = "RUB"
    sha256: str = Field(description=N_("Of the file"))
    file_name: str
    state: ExportState
    made_at: datetime


class RegistriesPage(BaseModel):
    """Registries, the newest first."""

    registries: list[RegistryOut]
    has_more: bool


@router.get(
    "/registries",
    summary=N_("Registries that were made"),
    description=N_("Staff and schedules make them; here they are fetched."),
)
async def list_registries(key: Reader, asked: Annotated[RegistriesAsked, Query()]) -> RegistriesPage:
    """Staff and schedules make them; here they are fetched."""
    async with read_only() as session:
        found = await exports_of(
            [key.provider_id], kind=asked.kind, skip=asked.skip, limit=asked.limit + 1, session=session
        )
    shown = [RegistryOut.model_validate(one.model_dump()) for one in found[: asked.limit]]
    return RegistriesPage(registries=shown, has_more=len(found) > asked.limit)


@router.get(
    "/registries/{registry_id:uuid}/file",
    summary=N_("The file of a registry"),
    response_class=StreamingResponse,
    responses=_FILE,
    description=N_("To the byte as it was handed over the first time; fetching it marks it as delivered."),
)
async def get_file(registry_id: UUID, key: Reader, request: Request) -> StreamingResponse:
    """To the byte as it was handed over the first time; fetching it marks it as delivered."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(read_only())
        export = await session.get(RegistryExport, registry_id)
        if export is None or export.provider_id != key.provider_id:
            raise NotFound
        path = await stack.enter_async_context(
            written(export, export.format, export.encoding, session=session)
        )
        await check_seal(export, path)
        session.expunge_all()
        await session.rollback()
        await _note(export, key, client_address(request))
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(export.file_name)}",
            "Content-Length": str(path.stat().st_size),
            "Cache-Control": "no-store",
        }
        kept = stack.pop_all()
    return StreamingResponse(_parts(path, kept), media_type="application/octet-stream", headers=headers)


async def _note(export: RegistryExport, key: KeyCard, address: str) -> None:
    with acting_by_key(key.id, address):
        async with unit_of_work() as session:
            told = {"number": export.number, "rows": export.rows}
            await record(None, "download", "registry_export", export.id, None, told, session=session)
            await mark_delivered(export.id, by=None, session=session)


async def _parts(path: Path, kept: AsyncExitStack) -> AsyncIterator[bytes]:
    """The file in parts; it is gone when the last is sent, or the reader is."""
    async with kept:
        with path.open("rb") as source:
            while part := source.read(_PART):
                yield part
