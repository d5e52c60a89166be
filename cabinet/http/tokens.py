"""Making a personal token: it carries a password in and a secret out, so it goes over plain HTTP."""

from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.http import replies
from cabinet.http.forms import receives_form
from cabinet.http.requests import client_address, person_of, text_of
from cabinet.i18n import _
from cabinet.keys import personal
from cabinet.keys.personal import NewToken, TokenWish
from cabinet.keys.personal_models import TokenKind
from cabinet.settings import settings
from cabinet.ui import routes as pages

FOREVER = "0"
"""The term of a token that works until it is deleted."""


@receives_form
async def make_token(request: Request, form: FormData) -> Response:
    """The token, once: neither the page nor anybody can show it again."""
    person = await person_of(request)
    if person is None:
        return replies.done(request, pages.localized(pages.SIGN_IN))
    async with unit_of_work() as session:
        made = await personal.make_token(
            person.id,
            _wish(form),
            text_of(form, "current"),
            session=session,
            address=client_address(request),
        )
    return _shown(request, made)


routes = [Route(pages.API_TOKENS, make_token, methods=["POST"])]


def _shown(request: Request, made: NewToken) -> Response:
    shown = (
        f"{settings.public_url}{pages.DEVICE}/{made.secret}"
        if made.kind is TokenKind.WATERIUS
        else made.secret
    )
    message = _("The key is made. Copy it now: it is shown only once.")
    if not replies.wants_json(request):
        return replies.said(request, f"{message} {shown}")
    return replies.said(request, message, state=f"made-{made.kind}", secret=shown)


def _wish(form: FormData) -> TokenWish:
    kind = TokenKind.WATERIUS if text_of(form, "kind") == TokenKind.WATERIUS else TokenKind.PROGRAM
    return TokenWish(
        name=text_of(form, "name"),
        account_ids=[account_id for text in form.getlist("account") if (account_id := _id(text))],
        kind=kind,
        look=_is_ticked(form, "look"),
        send=_is_ticked(form, "send"),
        days=_days(text_of(form, "term")),
    )


def _is_ticked(form: FormData, name: str) -> bool:
    return text_of(form, name) not in ("", "false", "0")


def _days(text: str) -> int | None:
    """None for no end; −1, which nobody offers, for anything that is no number."""
    if text == FOREVER:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


def _id(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
