"""Spare codes: ten, shown once, each opens the door once when the app or the key is lost."""

import asyncio
import secrets
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.factors.errors import WrongSpareCode
from cabinet.factors.models import RecoveryCode
from cabinet.kit.dates import now
from cabinet.residents.passwords import hash_password, verify_password

COUNT = 10
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper: i, l, 1, o, 0."""
_START, _LENGTH, _PART = 4, 12, 4


async def renew(resident_id: UUID, *, session: AsyncSession) -> list[str]:
    """Ten new codes, `abcd-efgh-jkmn`; all earlier ones end. They are kept as passwords are."""
    codes = _draw()
    hashes = await asyncio.gather(*(hash_password(code[_START:]) for code in codes))
    await session.exec(delete(RecoveryCode).where(col(RecoveryCode.resident_id) == resident_id))
    session.add_all(
        RecoveryCode(resident_id=resident_id, start=code[:_START], code_hash=code_hash)
        for code, code_hash in zip(codes, hashes, strict=True)
    )
    await session.flush()
    return [_said(code) for code in codes]


async def use(typed: str, resident_id: UUID, *, session: AsyncSession) -> int:
    """Use up the code of the locked person; how many are left. Raises WrongSpareCode."""
    code = plain(typed)
    rows = await session.exec(
        select(RecoveryCode).where(
            RecoveryCode.resident_id == resident_id,
            RecoveryCode.start == code[:_START],
            col(RecoveryCode.used_at).is_(None),
        )
    )
    row = rows.first()
    if not await verify_password(row.code_hash if row else None, code[_START:]) or row is None:
        raise WrongSpareCode
    row.used_at = now()
    await session.flush()
    return await left(resident_id, session=session)


async def left(resident_id: UUID, *, session: AsyncSession) -> int:
    """How many unused codes the person has."""
    unused = (RecoveryCode.resident_id == resident_id, col(RecoveryCode.used_at).is_(None))
    return (await session.exec(select(func.count()).select_from(RecoveryCode).where(*unused))).one()


def plain(typed: str) -> str:
    """The code without what people put between its parts, whatever the case."""
    return "".join(sign for sign in typed.casefold() if sign.isalnum())[:64]


def _draw() -> list[str]:
    found: dict[str, str] = {}
    while len(found) < COUNT:
        code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        found.setdefault(code[:_START], code)
    return list(found.values())


def _said(code: str) -> str:
    return "-".join(code[at : at + _PART] for at in range(0, _LENGTH, _PART))
