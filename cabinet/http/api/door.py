"""What stands before every endpoint of the API: language, size, kind of body, key, limits, and failures.

All of it before the body is read, so that nobody without a key makes us parse anything.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError
from cabinet.http.api.bearer import Caller, Unauthorized, find_caller, token_in
from cabinet.http.api.limits import TooManyRequests, tell
from cabinet.http.api.problems import ApiError, failed, problem, problem_of
from cabinet.http.requests import client_address
from cabinet.i18n import DEFAULT, LOCALES, _, use_locale
from cabinet.kit.text import whole_number
from cabinet.limits.allowance import Left, spend
from cabinet.limits.service import network_of
from cabinet.settings import settings

API = "/api/v1"
OPEN = frozenset({"/openapi.json", "/docs"})
"""What anyone may read."""


class TooLarge(ApiError):
    """The body is larger than any that we take."""

    code = "too_large"
    status = 413

    def message(self) -> str:
        """How large it may be."""
        megabytes = settings.api_max_bytes // 1024 // 1024
        return _("The request may have at most {count} MB. Split it into several.").format(count=megabytes)


class NotJson(ApiError):
    """The body says that it is something else."""

    code = "unsupported_media_type"
    status = 415

    def message(self) -> str:
        """What to send."""
        return _("Send JSON, with the header «Content-Type: application/json».")


@dataclass(frozen=True, slots=True)
class _Pass:
    """Who came in, and how many requests are left to them."""

    caller: Caller | None
    left: Left


class Door:
    """ASGI middleware around the API. Sets `request.state.caller` for the endpoints."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            with use_locale(language_of(Headers(scope=scope))):
                await self._serve(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        left: Left | None = None

        async def telling(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                if left is not None:
                    tell(MutableHeaders(scope=message), left)
            await send(message)

        path = scope["path"]
        try:
            if path.removeprefix(scope.get("root_path", "")) not in OPEN:
                request = Request(scope)
                _look_at_body(request)
                came = await _let_in(request)
                left = came.left
                _check(came)
                request.state.caller = came.caller
            await self.app(scope, receive, telling)
        except CabinetError as error:
            await problem_of(path, error)(scope, receive, telling)
        except Exception as error:
            if started:
                raise
            await failed(path, error)(scope, receive, telling)


def closed(scope: Scope, retry_seconds: str) -> Response:
    """The answer while the house is closed for work."""
    with use_locale(language_of(Headers(scope=scope))):
        words = _("The cabinet is closed for work. Try again later.")
        return problem(scope["path"], 503, "closed_for_work", words, headers={"Retry-After": retry_seconds})


def language_of(headers: Headers) -> str:
    """The language that the asker prefers among ours, by `Accept-Language`."""
    wishes: list[tuple[float, str]] = []
    for part in headers.get("accept-language", "").split(","):
        name, _semicolon, weight = part.strip().partition(";q=")
        code = name.strip().lower()[:2]
        if code in LOCALES:
            wishes.append((_weight(weight), code))
    best = max(wishes, key=lambda wish: wish[0], default=(0.0, DEFAULT))
    return best[1] if best[0] > 0 else DEFAULT


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _look_at_body(request: Request) -> None:
    length = whole_number(request.headers.get("content-length", "0"))
    if length is None or length > settings.api_max_bytes:
        raise TooLarge
    has_body = length != 0 or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        raise NotJson


async def _let_in(request: Request) -> _Pass:
    """Count the request for its address and for its key. Nothing is raised here: what was counted stays."""
    address = f"api:{network_of(client_address(request))}"
    async with unit_of_work() as session:
        left = await spend(address, settings.api_requests_per_address, session=session)
        token = token_in(request.headers)
        caller = await find_caller(token, session=session) if token and not left.refused else None
        if caller is not None:
            left = await spend(caller.subject, caller.per_minute, session=session)
        return _Pass(caller, left)


def _check(came: _Pass) -> None:
    if came.left.refused:
        raise TooManyRequests(came.left)
    if came.caller is None:
        raise Unauthorized
