"""Keys of providers' programs and webhooks of their servers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import BadFields, CabinetError, Forbidden, NotFound
from cabinet.i18n import N_, _
from cabinet.keys.jobs import WARNED_AHEAD
from cabinet.keys.models import ApiKey, Scope
from cabinet.keys.service import LONGEST_LIFE, NewKey, keys_of, make_key, revoke_key
from cabinet.kit.dates import now, today_in
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import finish_reading
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.key_words import DELIVERY_STATES, ERRORS, EVENTS, KEY_WORDS, SCOPES
from cabinet.staff.menu import Section
from cabinet.staff.money_view import day_in, done, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, asked_id, own_provider
from cabinet.webhooks import endpoints
from cabinet.webhooks.endpoints import NewSecret
from cabinet.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

T = TypeVar("T")
Form = Mapping[str, Any]
_USUAL_LIFE = timedelta(days=365)
_PATH = f"{BASE}/keys"


class KeysView(WorkView):
    """What lets programs in, and whom they are told by."""

    menu_label = later(N_("Keys and webhooks"))
    icon = "fa-solid fa-key"
    section = Section.EXCHANGE
    path = "/keys"
    route_name = "keys"
    permission = Permission.SEE_KEYS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """The keys and addresses of one provider, and forms for more."""
        return await self._show(request, _chosen(request))

    @route("/make", methods=["POST"], name="key-make")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def make(self, request: Request) -> Response:
        """Make a key and show it, this once."""
        provider_id, form = _chosen(request), await _form_of(request)
        made = await _tried(request, lambda: _make(provider_id, form, desk_of(request)))
        if isinstance(made, CabinetError):
            return await self._show(request, provider_id, made, form)
        return await self._show(request, provider_id, new_key=made.token)

    @route("/{key_id}/revoke", methods=["POST"], name="key-revoke")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def revoke(self, request: Request) -> Response:
        """End a key at once."""
        answer = await done(request, _revoke(id_in_path(request, "key_id"), desk_of(request)), _back(request))
        return await self._show(request, _chosen(request), answer) if isinstance(answer, str) else answer

    @route("/addresses/add", methods=["POST"], name="webhook-add")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def add(self, request: Request) -> Response:
        """Add an address and show its secret, this once."""
        provider_id, form = _chosen(request), await _form_of(request)
        made = await _tried(request, lambda: _add(provider_id, form, desk_of(request)))
        if isinstance(made, CabinetError):
            return await self._show(request, provider_id, made, form)
        return await self._show(request, provider_id, new_secret=made.secret)

    @route("/addresses/{endpoint_id}", name="webhook")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def endpoint(self, request: Request) -> Response:
        """One address and what it was told lately."""
        return await self._show_endpoint(request)

    @route("/addresses/{endpoint_id}/{act}", methods=["POST"], name="webhook-act")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def act(self, request: Request) -> Response:
        """Test it, switch it off or on, or make a new secret."""
        endpoint_id, act = id_in_path(request, "endpoint_id"), request.path_params["act"]
        if act not in _ACTS:
            raise HTTPException(404)
        came = await _tried(request, lambda: _act(act, endpoint_id, desk_of(request)))
        if isinstance(came, CabinetError):
            return await self._show_endpoint(request, came.message())
        if isinstance(came, NewSecret):
            return await self._show_endpoint(request, new_secret=came.secret)
        sent = "?sent=1" if act == "test" else ""
        return RedirectResponse(f"{_PATH}/addresses/{endpoint_id}{sent}", status_code=303)

    @route("/deliveries/{delivery_id}/resend", methods=["POST"], name="webhook-resend")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def resend(self, request: Request) -> Response:
        """Send one telling again."""
        endpoint_id = asked_id(request, "endpoint")
        back = f"{_PATH}/addresses/{endpoint_id}" if endpoint_id else _PATH
        answer = await done(request, _resend(id_in_path(request, "delivery_id"), desk_of(request)), back)
        return await self._show(request, _chosen(request), answer) if isinstance(answer, str) else answer

    async def _show(
        self,
        request: Request,
        provider_id: UUID,
        problem: CabinetError | str = "",
        form: Form | None = None,
        **shown: str,
    ) -> Response:
        desk, session = desk_of(request), request.state.session
        today = today_in(desk.providers[provider_id].timezone)
        return self.render(
            request,
            "keys.html",
            _words_of(problem),
            **_SHARED,
            chosen=provider_id,
            keys=await keys_of(provider_id, by=desk.person, session=session),
            addresses=await endpoints.endpoints_of(provider_id, by=desk.person, session=session),
            state_of=state_of,
            last_day_of=lambda key: last_day_of(key, desk.providers[provider_id].timezone),
            address_state=address_state,
            form=form or {"last_day": str(today + _USUAL_LIFE)},
            problems=problem.problems if isinstance(problem, BadFields) else {},
            first_day=today,
            latest_day=today + LONGEST_LIFE,
            **shown,
        )

    async def _show_endpoint(self, request: Request, error: str = "", new_secret: str = "") -> Response:
        desk = desk_of(request)
        try:
            endpoint, rows = await endpoints.deliveries_of(
                id_in_path(request, "endpoint_id"), by=desk.person, session=request.state.session
            )
        except NotFound:
            raise HTTPException(404) from None
        return self.render(
            request,
            "webhook.html",
            error,
            **_SHARED,
            endpoint=endpoint,
            rows=rows,
            address_state=address_state,
            say_answer=say_answer,
            new_secret=new_secret,
            sent=request.query_params.get("sent"),
        )


_SHARED: dict[str, Any] = {
    "k": KEY_WORDS,
    "scopes": SCOPES,
    "events": EVENTS,
    "delivery_states": DELIVERY_STATES,
}


def state_of(key: ApiKey) -> str:
    """The word for how the key is."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now():
        return "expired"
    return "ends_soon" if key.expires_at <= now() + WARNED_AHEAD else "works"


def last_day_of(key: ApiKey, timezone: str) -> date:
    """The last day on which it works, by the provider's calendar."""
    return (key.expires_at - timedelta(microseconds=1)).astimezone(ZoneInfo(timezone)).date()


def address_state(endpoint: WebhookEndpoint) -> str:
    """The word for how the address is."""
    if endpoint.disabled_at is not None:
        return "off_by_staff" if endpoint.disabled_by else "off_by_itself"
    return "failing" if endpoint.failing_since else "on"


def say_answer(delivery: WebhookDelivery) -> str:
    """What the server answered, or why it did not."""
    if delivery.last_error:
        return _(ERRORS.get(delivery.last_error, delivery.last_error))
    return str(delivery.last_status) if delivery.last_status is not None else "—"


def _chosen(request: Request) -> UUID:
    """The provider in the query, else the person's own, else the first."""
    desk = desk_of(request)
    chosen = own_provider(desk, asked_id(request, "provider")) or next(iter(desk.providers), None)
    if chosen is None:
        raise HTTPException(404)
    return chosen


def _back(request: Request) -> str:
    return f"{_PATH}?provider={_chosen(request)}"


async def _form_of(request: Request) -> Form:
    form = await request.form()
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return {**texts, "scopes": form.getlist("scopes"), "events": form.getlist("events")}


async def _tried(request: Request, work: Callable[[], Awaitable[T]]) -> T | CabinetError:
    """What came of it, or what stands in the way."""
    await finish_reading(request)
    try:
        return await work()
    except NotFound:
        raise HTTPException(404) from None
    except Forbidden:
        raise HTTPException(403) from None
    except CabinetError as problem:
        return problem


def _words_of(problem: CabinetError | str) -> str:
    return problem if isinstance(problem, str) else problem.message()


async def _make(provider_id: UUID, form: Form, desk: Desk) -> NewKey:
    wanted = [Scope(one) for one in form["scopes"] if one in set(Scope)]
    last_day = day_in(form.get("last_day", ""))
    name = str(form.get("name", "")).replace("\x00", "")
    async with unit_of_work() as session:
        return await make_key(
            provider_id, name, wanted, last_day, by=desk.person, session=session, address=desk.address
        )


async def _revoke(key_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await revoke_key(key_id, by=desk.person, session=session, address=desk.address)


async def _add(provider_id: UUID, form: Form, desk: Desk) -> NewSecret:
    desk.person.require(Permission.MANAGE_KEYS)
    url = str(form.get("url", "")).strip()
    wanted = [WebhookEvent(one) for one in form["events"] if one in set(WebhookEvent)]
    await endpoints.check_url(url)
    async with unit_of_work() as session:
        return await endpoints.add_endpoint(
            provider_id, url, wanted, by=desk.person, session=session, address=desk.address
        )


_ACTS: dict[str, Callable[..., Awaitable[Any]]] = {
    "test": endpoints.send_test,
    "rotate": endpoints.rotate_secret,
    "off": endpoints.switch_off,
    "on": endpoints.switch_on,
}


async def _act(act: str, endpoint_id: UUID, desk: Desk) -> Any:
    async with unit_of_work() as session:
        return await _ACTS[act](endpoint_id, by=desk.person, session=session, address=desk.address)


async def _resend(delivery_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await endpoints.resend(delivery_id, by=desk.person, session=session, address=desk.address)
