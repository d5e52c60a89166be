"""What the key is that was sent: the first thing to ask."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from cabinet.http.api.bearer import needs
from cabinet.i18n import N_
from cabinet.keys.models import Scope
from cabinet.keys.service import KeyCard

router = APIRouter(tags=["key"])


class KeyAnswer(BaseModel):
    """A key, as its bearer may know it."""

    id: UUID
    name: str
    prefix: str = Field(description=N_("How the key begins"))
    provider_id: UUID
    provider_name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime


@router.get(
    "/key",
    summary=N_("The key that was sent: provider, permissions, end"),
    description=N_("Answers 200 to every key that works."),
)
async def key(key: Annotated[KeyCard, needs()]) -> KeyAnswer:
    """Answers 200 to every key that works."""
    return KeyAnswer(
        id=key.id,
        name=key.name,
        prefix=key.prefix,
        provider_id=key.provider_id,
        provider_name=key.provider_name,
        scopes=sorted(key.scopes),
        created_at=key.created_at,
        expires_at=key.expires_at,
    )
