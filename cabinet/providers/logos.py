"""Logos of providers: any picture that staff send is drawn anew as a small PNG, so that nothing else survives."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from PIL import Image, ImageOps
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.providers.models import Provider, ProviderLogo
from cabinet.residents.person import Permission, Person

LARGEST_FILE = 512 * 1024
LARGEST_SIDE = 2048
_SIDE = 256
_FORMATS = ("PNG", "JPEG", "WEBP")


class BadLogo(CabinetError):
    """The file is no picture that we take."""

    code = "bad_logo"
    field = "logo"

    def message(self) -> str:
        """What to send instead."""
        return _("Send a PNG, JPEG or WebP picture of up to 512 KB, with sides of up to 2048 pixels.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG with its digest."""

    png: bytes
    digest: str
    width: int
    height: int


def draw_logo(raw: bytes) -> Picture:
    """The picture, at most 256 pixels wide and high. Raises BadLogo; looks at the size before it decodes."""
    if not 0 < len(raw) <= LARGEST_FILE:
        raise BadLogo
    try:
        with Image.open(BytesIO(raw), formats=_FORMATS) as image:
            if max(image.size) > LARGEST_SIDE:
                raise BadLogo
            small = ImageOps.exif_transpose(image).convert("RGBA")
    except CabinetError:
        raise
    except Exception as error:  # Pillow raises whatever a broken file provokes in its decoders.
        raise BadLogo from error
    small.thumbnail((_SIDE, _SIDE))
    target = BytesIO()
    small.save(target, "PNG", optimize=True)
    png = target.getvalue()
    return Picture(png, hashlib.sha256(png).hexdigest(), *small.size)


async def set_logo(
    provider_id: UUID, picture: Picture, *, by: Person, address: str = "", session: AsyncSession
) -> None:
    """Put the picture in place of the old one, if any. Raises Forbidden, NotFound."""
    old = await _logo(provider_id, by, session)
    row = old or ProviderLogo(provider_id=provider_id, png=b"", digest="", width=0, height=0)
    before = {"logo": row.digest}
    row.png, row.digest = picture.png, picture.digest
    row.width, row.height, row.changed_at = picture.width, picture.height, now()
    session.add(row)
    await session.flush()
    await record(
        by.id, "logo", "provider", provider_id, before, {"logo": row.digest}, address, session=session
    )


async def remove_logo(provider_id: UUID, *, by: Person, address: str = "", session: AsyncSession) -> None:
    """Show the kind's icon alone again. Raises Forbidden, NotFound."""
    old = await _logo(provider_id, by, session)
    if old is None:
        return
    await session.delete(old)
    before = {"logo": old.digest}
    await record(by.id, "logo", "provider", provider_id, before, {"logo": ""}, address, session=session)


async def find_logo(provider_id: UUID, *, session: AsyncSession) -> Picture | None:
    """The picture, for everybody."""
    row = await session.get(ProviderLogo, provider_id)
    return Picture(row.png, row.digest, row.width, row.height) if row else None


async def logo_digests(*, session: AsyncSession) -> dict[UUID, str]:
    """Which providers have a logo, and the digest that names its newest form."""
    rows = await session.exec(select(col(ProviderLogo.provider_id), col(ProviderLogo.digest)))
    return dict(rows.all())


async def _logo(provider_id: UUID, by: Person, session: AsyncSession) -> ProviderLogo | None:
    by.require(Permission.EDIT_PROVIDERS)
    if not by.may(Permission.SEE_ALL_PROVIDERS) and by.provider_id != provider_id:
        raise NotFound
    locked = await session.get(Provider, provider_id, with_for_update=True)
    if locked is None:
        raise NotFound
    return await session.get(ProviderLogo, provider_id)
