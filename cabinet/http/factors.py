"""A resident's own factors, added and taken off: secrets and codes go over plain HTTP, never by the socket."""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.factors import service as factors
from cabinet.factors.app import grouped
from cabinet.http import replies
from cabinet.http.forms import receives_form
from cabinet.http.requests import client_address, enrolling_person_of, session_token, text_of
from cabinet.i18n import _
from cabinet.ui import routes as pages


@receives_form
async def begin_app(request: Request, form: FormData) -> Response:
    """The secret for an app, once, as a picture and as text."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    async with unit_of_work() as session:
        made = await factors.apps.begin(person.id, text_of(form, "current"), session=session)
    secret = grouped(made.secret)
    if not replies.wants_json(request):
        return replies.said(request, secret)
    return replies.said(
        request, "", state="app-begun", secret=secret, picture=made.picture, address=made.address
    )


@receives_form
async def confirm_app(request: Request, form: FormData) -> Response:
    """The first code of the app: it is on."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    async with unit_of_work() as session:
        codes = await factors.apps.confirm(
            person.id, text_of(form, "code"), session=session, address=client_address(request)
        )
    return _added(request, codes)


@receives_form
async def remove_app(request: Request, form: FormData) -> Response:
    """The app is off."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    async with unit_of_work() as session:
        await factors.apps.remove(
            person.id, text_of(form, "current"), session=session, address=client_address(request)
        )
    return replies.done(request, f"{pages.localized(pages.SECURITY)}?done=removed")


@receives_form
async def ask_new_key(request: Request, form: FormData) -> Response:
    """What the browser needs to make a key."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    name, password = text_of(form, "name"), text_of(form, "current")
    async with unit_of_work() as session:
        options = await factors.keys.begin(person.id, name, password, _holder(request), session=session)
    return replies.said(request, "", state="key-asked", create=options)


@receives_form
async def add_key(request: Request, form: FormData) -> Response:
    """The key that the browser made."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    async with unit_of_work() as session:
        codes = await factors.keys.add(
            person.id,
            text_of(form, "name"),
            text_of(form, "answer"),
            _holder(request),
            session=session,
            address=client_address(request),
        )
    return _added(request, codes)


@receives_form
async def remove_key(request: Request, form: FormData) -> Response:
    """A key is forgotten."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    async with unit_of_work() as session:
        await factors.keys.remove(
            person.id,
            _id(text_of(form, "key")),
            text_of(form, "current"),
            session=session,
            address=client_address(request),
        )
    return replies.done(request, f"{pages.localized(pages.SECURITY)}?done=removed")


@receives_form
async def make_codes(request: Request, form: FormData) -> Response:
    """New spare codes, once."""
    if (person := await enrolling_person_of(request)) is None:
        return _to_sign_in(request)
    async with unit_of_work() as session:
        codes = await factors.renew_codes(
            person.id, text_of(form, "current"), session=session, address=client_address(request)
        )
    return _added(request, codes)


routes = [
    Route(pages.API_BEGIN_APP, begin_app, methods=["POST"]),
    Route(pages.API_CONFIRM_APP, confirm_app, methods=["POST"]),
    Route(pages.API_REMOVE_APP, remove_app, methods=["POST"]),
    Route(pages.API_BEGIN_KEY, ask_new_key, methods=["POST"]),
    Route(pages.API_ADD_KEY, add_key, methods=["POST"]),
    Route(pages.API_REMOVE_KEY, remove_key, methods=["POST"]),
    Route(pages.API_SPARE_CODES, make_codes, methods=["POST"]),
]


def _added(request: Request, codes: list[str]) -> Response:
    """The spare codes, which nobody can show again; without new ones, the page anew."""
    if not codes:
        return replies.done(request, f"{pages.localized(pages.SECURITY)}?done=added")
    if not replies.wants_json(request):
        return replies.said(request, f"{_('Your spare codes, shown only once:')} {', '.join(codes)}")
    return replies.said(request, "", state="codes", codes="\n".join(codes))


def _to_sign_in(request: Request) -> Response:
    return replies.done(request, pages.localized(pages.SIGN_IN))


def _holder(request: Request) -> str:
    return session_token(request) or ""


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
