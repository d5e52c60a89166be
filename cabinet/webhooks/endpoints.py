"""Addresses of providers' servers: added, looked after and switched off by staff."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.audit.service import record
from cabinet.errors import BadFields, NotFound
from cabinet.i18n import _
from cabinet.kit.dates import now
from cabinet.providers.models import Provider
from cabinet.residents.person import Permission, Person
from cabinet.settings import settings
from cabinet.webhooks.announcing import send_later
from cabinet.webhooks.errors import EndpointSwitchedOff, TooManyEndpoints
from cabinet.webhooks.models import DeliveryState, WebhookDelivery, WebhookEndpoint, WebhookEvent
from cabinet.webhooks.reaching import NotReached, is_allowed_url, resolve
from cabinet.webhooks.signing import TWO_SECRETS_FOR, new_seed, secret_of

MOST_ENDPOINTS = 5
"""Addresses of one provider that are switched on."""
_LONGEST_URL = 500


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was made just now; it is shown at this moment only."""

    endpoint_id: UUID
    secret: str


async def check_url(url: str) -> None:
    """Raise BadFields unless the address is one that we may send to. Asks the name server: before a transaction."""
    problem = ""
    if not is_allowed_url(url) or len(url) > _LONGEST_URL:
        problem = _bad_url()
    else:
        try:
            await resolve(urlsplit(url).hostname or "", 443)
        except NotReached as error:
            problem = _private() if error.code == "private_address" else _no_host()
    if problem:
        raise BadFields({"url": problem})


async def add_endpoint(
    provider_id: UUID,
    url: str,
    events: Collection[WebhookEvent],
    *,
    by: Person,
    session: AsyncSession,
    address: str = "",
) -> NewSecret:
    """Add an address; call `check_url` before. Raises Forbidden, NotFound, BadFields, TooManyEndpoints."""
    await _own_provider(provider_id, by, Permission.MANAGE_KEYS, session, lock=True)
    if not is_allowed_url(url) or len(url) > _LONGEST_URL:
        raise BadFields({"url": _bad_url()})
    if not events:
        raise BadFields({"events": _("Choose at least one event.")})
    if await _switched_on(provider_id, session) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(MOST_ENDPOINTS)
    endpoint = WebhookEndpoint(
        id=uuid4(),
        provider_id=provider_id,
        url=url,
        events=sorted({*events, WebhookEvent.TEST}),
        seed=new_seed(),
        created_by=by.id,
    )
    session.add(endpoint)
    await session.flush()
    await _note("create", endpoint, by, address, session)
    return NewSecret(endpoint.id, secret_of(endpoint.id, endpoint.seed))


async def rotate_secret(
    endpoint_id: UUID, *, by: Person, session: AsyncSession, address: str = ""
) -> NewSecret:
    """Make a new secret; the one before signs too for a week. Raises Forbidden, NotFound."""
    endpoint = await _own(endpoint_id, by, session)
    endpoint.old_seed, endpoint.old_seed_until = endpoint.seed, now() + TWO_SECRETS_FOR
    endpoint.seed = new_seed()
    await session.flush()
    await _note("rotate_secret", endpoint, by, address, session)
    return NewSecret(endpoint.id, secret_of(endpoint.id, endpoint.seed))


async def switch_off(endpoint_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Tell it nothing more; a second time changes nothing. Raises Forbidden, NotFound."""
    endpoint = await _own(endpoint_id, by, session)
    if endpoint.disabled_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_by = now(), by.id
    await session.flush()
    await _note("switch_off", endpoint, by, address, session)


async def switch_on(endpoint_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Tell it again what happens from now on. Raises Forbidden, NotFound, TooManyEndpoints."""
    endpoint = await _own(endpoint_id, by, session)
    if endpoint.disabled_at is None:
        return
    if await _switched_on(endpoint.provider_id, session) >= MOST_ENDPOINTS:
        raise TooManyEndpoints(MOST_ENDPOINTS)
    endpoint.disabled_at = endpoint.disabled_by = endpoint.failing_since = None
    await session.flush()
    await _note("switch_on", endpoint, by, address, session)


async def send_test(endpoint_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> UUID:
    """Send a test event; returns the telling. Raises Forbidden, NotFound, EndpointSwitchedOff."""
    endpoint = await _own(endpoint_id, by, session)
    if endpoint.disabled_at is not None:
        raise EndpointSwitchedOff
    said = {"message": "ping"}
    delivery = WebhookDelivery(endpoint_id=endpoint.id, event=WebhookEvent.TEST, data=said, next_at=now())
    session.add(delivery)
    await session.flush()
    await send_later(delivery.id, endpoint.id, session=session)
    await _note("test", endpoint, by, address, session)
    return delivery.id


async def resend(delivery_id: UUID, *, by: Person, session: AsyncSession, address: str = "") -> None:
    """Send a telling again, with its old id and fresh patience. Raises Forbidden, NotFound, EndpointSwitchedOff."""
    by.require(Permission.MANAGE_KEYS)
    delivery = await session.get(WebhookDelivery, delivery_id, with_for_update=True)
    if delivery is None:
        raise NotFound
    endpoint = await _own(delivery.endpoint_id, by, session)
    if endpoint.disabled_at is not None:
        raise EndpointSwitchedOff
    delivery.state, delivery.delivered_at = DeliveryState.PENDING, None
    delivery.attempts, delivery.next_at = 0, now()
    await session.flush()
    await send_later(delivery.id, endpoint.id, session=session)
    after = {"event": delivery.event, "endpoint_id": endpoint.id}
    await record(by.id, "resend", "webhook_delivery", delivery.id, None, after, address, session=session)


async def endpoints_of(provider_id: UUID, *, by: Person, session: AsyncSession) -> Sequence[WebhookEndpoint]:
    """The provider's addresses, those switched on first. Raises Forbidden, NotFound."""
    await _own_provider(provider_id, by, Permission.SEE_KEYS, session)
    rows = await session.exec(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.provider_id == provider_id)
        .order_by(col(WebhookEndpoint.disabled_at).is_not(None), col(WebhookEndpoint.created_at).desc())
    )
    return rows.all()


async def deliveries_of(
    endpoint_id: UUID, *, by: Person, session: AsyncSession, limit: int = 50
) -> tuple[WebhookEndpoint, Sequence[WebhookDelivery]]:
    """The address and its latest tellings. Raises Forbidden, NotFound."""
    endpoint = await session.get(WebhookEndpoint, endpoint_id)
    if endpoint is None:
        raise NotFound
    await _own_provider(endpoint.provider_id, by, Permission.SEE_KEYS, session)
    rows = await session.exec(
        select(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(col(WebhookDelivery.created_at).desc(), col(WebhookDelivery.id))
        .limit(limit)
    )
    return endpoint, rows.all()


async def _own(endpoint_id: UUID, by: Person, session: AsyncSession) -> WebhookEndpoint:
    by.require(Permission.MANAGE_KEYS)
    endpoint = await session.get(WebhookEndpoint, endpoint_id, with_for_update=True, populate_existing=True)
    if endpoint is None:
        raise NotFound
    await _own_provider(endpoint.provider_id, by, Permission.MANAGE_KEYS, session)
    return endpoint


async def _own_provider(
    provider_id: UUID, by: Person, permission: Permission, session: AsyncSession, *, lock: bool = False
) -> None:
    """The person may do this for the provider; locked, so that no two addresses become the last one allowed."""
    by.require(permission)
    if not by.may(Permission.SEE_ALL_PROVIDERS) and by.provider_id != provider_id:
        raise NotFound
    if (
        await session.get(Provider, provider_id, with_for_update={"key_share": True} if lock else None)
        is None
    ):
        raise NotFound


async def _switched_on(provider_id: UUID, session: AsyncSession) -> int:
    statement = (
        select(func.count())
        .select_from(WebhookEndpoint)
        .where(WebhookEndpoint.provider_id == provider_id, col(WebhookEndpoint.disabled_at).is_(None))
    )
    return (await session.exec(statement)).one()


async def _note(
    action: str, endpoint: WebhookEndpoint, by: Person, address: str, session: AsyncSession
) -> None:
    after = {"provider_id": endpoint.provider_id, "url": endpoint.url, "events": endpoint.events}
    await record(by.id, action, "webhook_endpoint", endpoint.id, None, after, address, session=session)


def _bad_url() -> str:
    if settings.is_development:
        return _("Enter an address such as https://example.ru/cabinet, without a password and without #.")
    return _("Enter an address that begins with https://, without a password and without #.")


def _private() -> str:
    return _("This name leads into a private network. Only addresses on the public internet are told.")


def _no_host() -> str:
    return _("There is no server of this name. Check the address.")
