"""The owner of a cabinet and the cabinet itself: another e-mail. What carries a password or a link goes over HTTP."""

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.http import replies
from cabinet.http.forms import at_least, receives_form
from cabinet.http.requests import client_address, device_of, person_of, text_of
from cabinet.i18n import _
from cabinet.mydata import email as mydata_email
from cabinet.mydata.email import Came
from cabinet.residents import email_change
from cabinet.residents.errors import LinkProblem
from cabinet.ui import routes as pages

_UNTELLING_SECONDS = 0.6


@receives_form
async def change_email(request: Request, form: FormData) -> Response:
    """Write to both mailboxes; neither the answer nor its time tell whether the new address is taken."""
    person = await person_of(request)
    if person is None:
        return replies.done(request, pages.localized(pages.SIGN_IN))
    async with at_least(_UNTELLING_SECONDS), unit_of_work() as session:
        await email_change.ask_for_change(
            person.id,
            text_of(form, "email"),
            text_of(form, "current"),
            session=session,
            device=device_of(request),
            address=client_address(request),
        )
    return replies.done(request, pages.localized(pages.CHANGE_EMAIL))


@receives_form
async def confirm_new_email(request: Request, form: FormData) -> Response:
    """The link of the letter to the new address."""
    return await _agree(request, form, mydata_email.agree_new)


@receives_form
async def allow_old_email(request: Request, form: FormData) -> Response:
    """«Разрешить» from the letter to the old address."""
    return await _agree(request, form, mydata_email.agree_old)


@receives_form
async def refuse_email(request: Request, form: FormData) -> Response:
    """«Это не я» from the letter to the old address."""
    try:
        async with unit_of_work() as session:
            await email_change.refuse_change(text_of(form, "token"), session=session)
    except LinkProblem as problem:
        return replies.said(request, problem.message(), state=problem.state)
    return replies.said(request, _("The change is stopped. Your e-mail stays as it is."), state="refused")


routes = [
    Route(pages.API_CHANGE_EMAIL, change_email, methods=["POST"]),
    Route(pages.API_NEW_EMAIL, confirm_new_email, methods=["POST"]),
    Route(pages.API_OLD_EMAIL, allow_old_email, methods=["POST"]),
    Route(pages.API_REFUSE_EMAIL, refuse_email, methods=["POST"]),
]


async def _agree(request: Request, form: FormData, agree: mydata_email.Agree) -> Response:
    here = await person_of(request)
    try:
        async with unit_of_work() as session:
            came = await agree(
                text_of(form, "token"),
                session=session,
                here=here,
                whereabouts=(device_of(request), client_address(request)),
            )
    except LinkProblem as problem:
        return replies.said(request, problem.message(), state=problem.state)
    return replies.said(request, _words(came), state=came.value)


def _words(came: Came) -> str:
    match came:
        case Came.DONE:
            return _("The e-mail is changed. Sign in with the new address from now on.")
        case Came.WAITS_FOR_OLD:
            return _("The new address is confirmed. Now open the link in the letter to the old address.")
        case Came.WAITS_FOR_NEW:
            return _("The change is allowed. Now open the link in the letter to the new address.")
        case Came.TAKEN:
            return _("Somebody else has a cabinet with this address. Your e-mail stays as it is.")
