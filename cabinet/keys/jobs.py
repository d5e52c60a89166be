"""The job that tells providers, two weeks ahead, that a key of their program will end."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.database import unit_of_work
from cabinet.jobs import jobs
from cabinet.keys.models import ApiKey
from cabinet.kit.dates import now
from cabinet.mail import service as mail
from cabinet.providers.models import Provider
from cabinet.settings import settings

WARNED_AHEAD = timedelta(days=14)


@jobs.periodic(cron="40 6 * * *")
@jobs.task(name="warn_of_ending_keys", queueing_lock="warn_of_ending_keys")
async def warn_of_ending_keys(timestamp: int) -> None:
    """Write a letter for each living key that ends within two weeks, once."""
    moment = now()
    ending = (
        select(ApiKey, Provider)
        .join(Provider, col(Provider.id) == col(ApiKey.provider_id))
        .where(
            col(ApiKey.revoked_at).is_(None),
            col(ApiKey.warned_at).is_(None),
            ApiKey.expires_at > moment,
            ApiKey.expires_at <= moment + WARNED_AHEAD,
        )
        .order_by(col(ApiKey.id))
        .with_for_update(of=ApiKey, skip_locked=True)
    )
    async with unit_of_work() as session:
        for key, provider in (await session.exec(ending)).all():
            key.warned_at = moment
            await _warn(key, provider, session)


async def _warn(key: ApiKey, provider: Provider, session: AsyncSession) -> None:
    """To the provider's support address, or to the operator's where there is none."""
    last_day = (key.expires_at - timedelta(seconds=1)).astimezone(ZoneInfo(provider.timezone)).date()
    await mail.write_letter(
        "key_expires",
        provider.support_email or settings.operator_email,
        "ru",
        session=session,
        provider=provider.name,
        name=key.name,
        prefix=key.prefix,
        day=last_day,
        url=f"{settings.public_url}/admin/keys?provider={key.provider_id}",
    )
