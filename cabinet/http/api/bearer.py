"""Who asks: `Authorization: Bearer …`, and what the key behind it may do."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

from fastapi import Depends, Security
from fastapi.security import HTTPBearer, SecurityScopes
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import Headers
from starlette.requests import Request

from cabinet.errors import Forbidden
from cabinet.http.api.problems import ApiError
from cabinet.i18n import _
from cabinet.keys.service import KEY_PREFIX, KeyCard, find_key

_LONGEST = 200


class Caller(Protocol):
    """Whoever a token stands for."""

    @property
    def subject(self) -> str:
        """What the caller's requests are counted under."""
        ...

    @property
    def per_minute(self) -> int:
        """How many requests a minute the caller may make."""
        ...


class FindCaller(Protocol):
    """Finds the living caller of a token."""

    def __call__(self, token: str, *, session: AsyncSession) -> Awaitable[Caller | None]:
        """The caller, or None."""
        ...


CALLERS: dict[str, FindCaller] = {KEY_PREFIX: find_key}
"""How a token begins, and who knows whose it is."""


class Unauthorized(ApiError):
    """No token, or one that is unknown, expired or revoked: they read the same."""

    code = "no_valid_key"
    status = 401
    headers = {"WWW-Authenticate": 'Bearer realm="cabinet"'}  # noqa: RUF012

    def message(self) -> str:
        """What to send."""
        return _("Send a valid key in the header «Authorization: Bearer …». Keys end, and can be revoked.")


class NeedsScope(ApiError):
    """The key may not do this."""

    code = "needs_scope"
    status = 403

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope
        self.headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}

    def message(self) -> str:
        """Which permission is missing."""
        return _("The key has no permission «{scope}». Make a key that has it.").format(scope=self.scope)


def token_in(headers: Headers) -> str:
    """The token that was sent, or nothing."""
    kind, _space, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    return token if kind.lower() == "bearer" and len(token) <= _LONGEST and token.isascii() else ""


async def find_caller(token: str, *, session: AsyncSession) -> Caller | None:
    """The living caller behind the token."""
    for prefix, find in CALLERS.items():
        if token.startswith(prefix):
            return await find(token, session=session)
    return None


_scheme = HTTPBearer(auto_error=False, scheme_name="key", description="A key of the provider")


async def _key_of(
    request: Request, needed: SecurityScopes, _shown: Annotated[Any, Depends(_scheme)]
) -> KeyCard:
    caller: Caller = request.state.caller
    if not isinstance(caller, KeyCard):
        raise Forbidden
    for scope in needed.scopes:
        if scope not in caller.scopes:
            raise NeedsScope(scope)
    return caller


def needs(*scopes: str) -> Callable[..., Any]:
    """Let an endpoint take the KeyCard of a key that has all these scopes."""
    return Security(_key_of, scopes=list(scopes))
