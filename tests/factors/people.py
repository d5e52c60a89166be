"""Alice and her factors."""

from uuid import UUID

from pyotp.totp import TOTP
from sqlmodel import update
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.factors import service as factors
from cabinet.factors.models import AppFactor
from cabinet.kit.dates import now
from tests.residents.people import PASSWORD, confirmed

DEVICE = "Firefox/1 (Windows)"


async def with_app(*, session: AsyncSession) -> tuple[UUID, TOTP, list[str]]:
    """Alice, the app on her phone, and her spare codes; no code of the app is used up."""
    alice = await confirmed(session=session)
    app, codes = await connect(alice, session=session)
    return alice, app, codes


async def connect(person: UUID, password: str = PASSWORD, *, session: AsyncSession) -> tuple[TOTP, list[str]]:
    made = await factors.apps.begin(person, password, session=session)
    app = TOTP(made.secret)
    codes = await factors.apps.confirm(person, code_of(app), session=session)
    await forget_steps(session=session)
    return app, codes


def code_of(app: TOTP, steps: int = 0) -> str:
    """The code of now, or of so many half minutes later."""
    return app.at(now(), counter_offset=steps)


async def forget_steps(*, session: AsyncSession) -> None:
    """As if half an hour had passed: the codes of now are unused."""
    await session.exec(update(AppFactor).values(last_step=0))
    session.expire_all()
