"""Logos: whatever staff send becomes a small PNG of ours, or is refused before it is decoded."""

import struct
import zlib
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.models import AuditRecord
from cabinet.errors import Forbidden, NotFound
from cabinet.providers.logos import BadLogo, draw_logo, find_logo, remove_logo, set_logo
from cabinet.providers.models import Provider, ProviderKind
from cabinet.residents.models import Resident, Role
from cabinet.residents.person import Person


def picture(kind: str, size: tuple[int, int] = (600, 300), **options: Any) -> bytes:
    target = BytesIO()
    Image.new("RGB", size, "#086060").save(target, kind, **options)
    return target.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that claims 30 000 × 30 000 pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_png(kind: str) -> None:
    drawn = draw_logo(picture(kind))
    with Image.open(BytesIO(drawn.png)) as image:
        assert (image.format, image.size) == ("PNG", (256, 128))
    assert (drawn.width, drawn.height) == (256, 128)


def test_nothing_of_the_file_but_the_picture_survives() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    drawn = draw_logo(picture("JPEG", exif=exif))
    assert b"SECRET" not in drawn.png


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        b"GIF89a" + b"\0" * 40,
        picture("PNG")[:60],
        picture("GIF"),
        picture("PNG", (2049, 10)),
        bomb(),
        b"\x89PNG\r\n\x1a\n" + b"\0" * 600_000,
    ],
    ids=["empty", "svg", "gif-like", "cut", "gif", "wide", "bomb", "large"],
)
def test_other_files_are_refused(raw: bytes) -> None:
    with pytest.raises(BadLogo):
        draw_logo(raw)


async def company(session: AsyncSession, name: str) -> Provider:
    row = Provider(
        name=name, kind=ProviderKind.GAS, number_pattern=r"\d{6}", number_example="100200", inn="7700000009"
    )
    session.add(row)
    await session.flush()
    return row


async def staff(session: AsyncSession, role: Role, provider: Provider | None = None) -> Person:
    email = f"{uuid4().hex}@mail.example"
    provider_id = provider.id if provider else None
    row = Resident(email=email, email_key=email, password_hash="x", role=role, provider_id=provider_id)
    session.add(row)
    await session.flush()
    return Person(row.id, uuid4(), email, "", role, provider_id, "ru")


async def test_a_clerk_changes_the_own_logo_only(session: AsyncSession) -> None:
    gas, water = await company(session, "Газ"), await company(session, "Вода")
    clerk, drawn = await staff(session, Role.CLERK, gas), draw_logo(picture("PNG"))
    await set_logo(gas.id, drawn, by=clerk, session=session)
    with pytest.raises(NotFound):
        await set_logo(water.id, drawn, by=clerk, session=session)
    with pytest.raises(Forbidden):
        await set_logo(gas.id, drawn, by=await staff(session, Role.AUDITOR), session=session)
    assert await find_logo(water.id, session=session) is None


async def test_each_change_is_written_down_with_before_and_after(session: AsyncSession) -> None:
    gas = await company(session, "Газ")
    boss = await staff(session, Role.ADMINISTRATOR)
    first, second = draw_logo(picture("PNG")), draw_logo(picture("PNG", (90, 90)))
    for drawn in (first, second):
        await set_logo(gas.id, drawn, by=boss, session=session)
    await remove_logo(gas.id, by=boss, session=session)
    await remove_logo(gas.id, by=boss, session=session)
    rows = (await session.exec(select(AuditRecord).order_by("id"))).all()
    assert [(row.before["logo"], row.after["logo"]) for row in rows] == [
        ("", first.digest),
        (first.digest, second.digest),
        (second.digest, ""),
    ]
    assert await find_logo(gas.id, session=session) is None
