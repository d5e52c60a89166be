"""What carries a password or ends a session: sign-up, sign-out, new password. Signing in is in `entrance`."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.http import replies
from cabinet.http.forms import at_least, receives_form
from cabinet.http.requests import client_address, device_of, person_of, session_token, text_of
from cabinet.http.signing_out import signed_out
from cabinet.i18n import _, current_locale
from cabinet.residents import service as residents
from cabinet.residents.errors import LinkProblem
from cabinet.ui import routes as pages

_UNTELLING_SECONDS = 0.4


@receives_form
async def sign_up(request: Request, form: FormData) -> Response:
    """A new resident; the answer is the same for a known address."""
    consent = text_of(form, "consent") not in ("", "false", "0")
    email, password, locale = text_of(form, "email"), text_of(form, "password"), current_locale()
    async with unit_of_work() as session:
        await residents.sign_up(email, password, consent, locale, client_address(request), session=session)
    return replies.done(request, pages.localized(pages.LETTER_SENT))


@receives_form
async def resend(request: Request, form: FormData) -> Response:
    """The confirmation letter again, to an address or to the owner of an old link."""
    async with at_least(_UNTELLING_SECONDS), unit_of_work() as session:
        email = text_of(form, "email") or await _email_of_link(text_of(form, "token"))
        await residents.resend_confirmation(email, client_address(request), session=session)
    message = _("If this address waits for confirmation, a new letter is on its way.")
    return replies.said(request, message)


@receives_form
async def confirm(request: Request, form: FormData) -> Response:
    """Spend the link of the first letter: states ok, used, expired, unknown."""
    try:
        async with unit_of_work() as session:
            await residents.confirm_email(text_of(form, "token"), session=session)
    except LinkProblem as problem:
        return replies.said(request, problem.message(), state=problem.state)
    return replies.said(request, _("Your e-mail is confirmed. You can sign in."), state="ok")


@receives_form
async def sign_out(request: Request, form: FormData) -> Response:
    """End the session of this browser."""
    if token := session_token(request):
        async with unit_of_work() as session:
            await residents.end_session(token, session=session)
    return signed_out(request, pages.localized(pages.FRONT))


@receives_form
async def forgot_password(request: Request, form: FormData) -> Response:
    """Ask for a letter; the answer and its time do not tell whether the address is known."""
    async with at_least(_UNTELLING_SECONDS), unit_of_work() as session:
        await residents.ask_for_new_password(text_of(form, "email"), client_address(request), session=session)
    message = _("If this address is signed up, a letter with a link is on its way. Look into spam, too.")
    return replies.said(request, message, state="ok")


@receives_form
async def reset_password(request: Request, form: FormData) -> Response:
    """Set the new password by the link; all sessions end."""
    try:
        async with unit_of_work() as session:
            await residents.set_new_password(
                text_of(form, "token"),
                text_of(form, "password"),
                session=session,
                device=device_of(request),
                address=client_address(request),
            )
    except LinkProblem as problem:
        return replies.said(request, problem.message(), status=422, state=problem.state, errors={})
    return signed_out(request, f"{pages.localized(pages.SIGN_IN)}?new_password=1")


@receives_form
async def change_password(request: Request, form: FormData) -> Response:
    """Replace the password; all sessions end, this one too."""
    person = await person_of(request)
    if person is None:
        return replies.done(request, pages.localized(pages.SIGN_IN))
    async with unit_of_work() as session:
        await residents.change_password(
            person.id,
            text_of(form, "current"),
            text_of(form, "password"),
            session=session,
            device=device_of(request),
            address=client_address(request),
        )
    return signed_out(request, f"{pages.localized(pages.SIGN_IN)}?new_password=1")


routes = [
    Route(pages.API_SIGN_UP, sign_up, methods=["POST"]),
    Route(pages.API_RESEND, resend, methods=["POST"]),
    Route(pages.API_CONFIRM, confirm, methods=["POST"]),
    Route(pages.API_SIGN_OUT, sign_out, methods=["POST"]),
    Route(pages.API_FORGOT_PASSWORD, forgot_password, methods=["POST"]),
    Route(pages.API_RESET_PASSWORD, reset_password, methods=["POST"]),
    Route(pages.API_CHANGE_PASSWORD, change_password, methods=["POST"]),
]


async def _email_of_link(token: str) -> str:
    async with unit_of_work() as session:
        return await residents.email_behind_link(token, session=session) or "" if token else ""
