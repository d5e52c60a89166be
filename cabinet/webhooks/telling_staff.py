"""A letter to the provider when its address was switched off."""

from urllib.parse import urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.mail import service as mail
from cabinet.providers.service import get_provider
from cabinet.settings import settings
from cabinet.webhooks.models import WebhookEndpoint


async def tell_switched_off(endpoint: WebhookEndpoint, *, session: AsyncSession) -> None:
    """To the provider's support address, or to the operator's where there is none."""
    provider = await get_provider(endpoint.provider_id, session=session)
    after = {
        "provider_id": endpoint.provider_id,
        "url": endpoint.url,
        "failing_since": endpoint.failing_since,
    }
    await record(None, "switch_off", "webhook_endpoint", endpoint.id, None, after, session=session)
    await mail.write_letter(
        "webhook_switched_off",
        provider.support_email or settings.operator_email,
        "ru",
        session=session,
        about_id=endpoint.id,
        provider=provider.name,
        host=urlsplit(endpoint.url).hostname or "",
        url=f"{settings.public_url}/admin/keys?provider={endpoint.provider_id}",
    )
