"""What every route that receives a form does first and last."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import TypeAlias

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cabinet.errors import CabinetError
from cabinet.http import replies
from cabinet.http.requests import is_ours, locale_of
from cabinet.i18n import use_locale
from cabinet.kit.text import whole_number

_LARGEST = 64 * 1024
_MOST_FIELDS = 120
"""A form that chooses among the accounts of a large family, or of a small housing company."""

FormHandler: TypeAlias = Callable[[Request, FormData], Awaitable[Response]]


def receives_form(handler: FormHandler) -> Callable[[Request], Awaitable[Response]]:
    """A route from a handler of a small form: for our pages only, in their language, errors in words."""

    @wraps(handler)
    async def route(request: Request) -> Response:
        if not is_ours(request):
            with use_locale(locale_of(request)):
                return replies.foreign(request)
        if _is_too_large(request):
            return PlainTextResponse("", status_code=413)
        async with request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_LARGEST) as form:
            with use_locale(locale_of(request, form)):
                return await _answer(handler, request, form)

    return route


@asynccontextmanager
async def at_least(seconds: float) -> AsyncGenerator[None]:
    """Take so long even when there is little to do, so that the time does not tell what is known."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        yield
    finally:
        await asyncio.sleep(max(0.0, end - loop.time()))


async def _answer(handler: FormHandler, request: Request, form: FormData) -> Response:
    try:
        return await handler(request, form)
    except CabinetError as error:
        return replies.refused(request, error)


def _is_too_large(request: Request) -> bool:
    """A form says how long it is; one that does not is not a browser's."""
    length = whole_number(request.headers.get("content-length", ""))
    return length is None or length > _LARGEST
