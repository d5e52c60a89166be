"""Signing in: the password, and after it, or instead of it, a second factor."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.factors import service as factors
from cabinet.http import replies
from cabinet.http.forms import receives_form
from cabinet.http.requests import (
    client_address,
    cookie_of,
    device_of,
    device_token,
    own_path,
    session_token,
    text_of,
)
from cabinet.kit.tokens import new_token
from cabinet.residents import service as residents
from cabinet.residents.cookie import cookie_name, device_cookie_name, half_cookie_name, key_cookie_name
from cabinet.settings import settings
from cabinet.ui import routes as pages

_DAY = 24 * 3600
_DEVICE_DAYS = 400
"""As long as browsers keep a cookie at most; each sign-in begins it anew."""
_TOKEN_LENGTH = 43


@receives_form
async def sign_in(request: Request, form: FormData) -> Response:
    """Begin a session in this browser, and end its former one; or ask for the second factor."""
    async with unit_of_work() as session:
        entrance = await factors.enter(
            text_of(form, "email"),
            text_of(form, "password"),
            *_from(request),
            session=session,
            **_former(request),
        )
    if entrance.session:
        return await _entered(request, form, entrance.session)
    wished = own_path(text_of(form, "next"), "")
    page = pages.second_step(wished, has_app=entrance.has_app, has_keys=entrance.has_keys)
    response = replies.done(request, page)
    _set_cookie(response, half_cookie_name(), entrance.half, int(factors.PATIENCE.total_seconds()))
    return response


@receives_form
async def sign_in_code(request: Request, form: FormData) -> Response:
    """Finish with a code of the app."""
    half, code = cookie_of(request, half_cookie_name()), text_of(form, "code")
    async with unit_of_work() as session:
        token = await factors.enter_by_code(half, code, *_from(request), session=session, **_former(request))
    return await _entered(request, form, token)


@receives_form
async def sign_in_spare(request: Request, form: FormData) -> Response:
    """Finish with a spare code."""
    half, code = cookie_of(request, half_cookie_name()), text_of(form, "spare")
    async with unit_of_work() as session:
        token = await factors.enter_by_spare_code(
            half, code, *_from(request), session=session, **_former(request)
        )
    return await _entered(request, form, token)


@receives_form
async def ask_key(request: Request, form: FormData) -> Response:
    """What a key is to sign: after the password, or instead of it."""
    if text_of(form, "second"):
        half = cookie_of(request, half_cookie_name())
        async with unit_of_work() as session:
            options = await factors.keys.ask_after_password(half, device_of(request), session=session)
        return replies.said(request, "", state="asked", get=options)
    holder = cookie_of(request, key_cookie_name())
    holder = holder if len(holder) == _TOKEN_LENGTH else new_token()
    async with unit_of_work() as session:
        options = await factors.keys.ask(holder, client_address(request), session=session)
    response = replies.said(request, "", state="asked", get=options)
    _set_cookie(response, key_cookie_name(), holder, int(factors.PATIENCE.total_seconds()))
    return response


@receives_form
async def sign_in_key(request: Request, form: FormData) -> Response:
    """Sign in by what a key has signed."""
    answer, former = text_of(form, "answer"), _former(request)
    async with unit_of_work() as session:
        if text_of(form, "second"):
            half = cookie_of(request, half_cookie_name())
            token = await factors.keys.enter_after_password(
                half, answer, *_from(request), session=session, **former
            )
        else:
            holder = cookie_of(request, key_cookie_name())
            token = await factors.keys.enter(holder, answer, *_from(request), session=session, **former)
    return await _entered(request, form, token)


routes = [
    Route(pages.API_SIGN_IN, sign_in, methods=["POST"]),
    Route(pages.API_SIGN_IN_CODE, sign_in_code, methods=["POST"]),
    Route(pages.API_SIGN_IN_SPARE, sign_in_spare, methods=["POST"]),
    Route(pages.API_ASK_KEY, ask_key, methods=["POST"]),
    Route(pages.API_SIGN_IN_KEY, sign_in_key, methods=["POST"]),
]


async def _entered(request: Request, form: FormData, token: str) -> Response:
    """Signed in: on to where the person wished, or to the second factor that their work needs."""
    person = await residents.person_behind(token)
    home = pages.ADMIN if person and person.is_staff else pages.localized(pages.CABINET)
    wished = own_path(text_of(form, "next"), home)
    response = replies.done(request, pages.enrolment(wished) if person and person.must_enrol else wished)
    _set_cookie(response, cookie_name(), token, settings.resident_session_days * _DAY)
    _set_cookie(response, device_cookie_name(), device_token(request), _DEVICE_DAYS * _DAY)
    for name in (half_cookie_name(), key_cookie_name()):
        if name in request.cookies:
            response.delete_cookie(name, path="/", secure=settings.is_https, httponly=True, samesite="lax")
    return response


def _from(request: Request) -> tuple[str, str]:
    return device_of(request), client_address(request)


def _former(request: Request) -> dict[str, Any]:
    return {"previous": session_token(request), "browser": device_token(request)}


def _set_cookie(response: Response, name: str, token: str, seconds: int) -> None:
    response.set_cookie(
        name,
        token,
        max_age=seconds,
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )
