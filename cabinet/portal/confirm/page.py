"""Where the link of the first letter leads: confirms once, and says what came of it."""

import reflex as rx

from cabinet.i18n import _
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link, quiet_button, quiet_link, submit_button
from cabinet.ui.forms import answer_scope, form_error, form_message, send_form, when_state
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.surfaces import Mood, notice


def title() -> str:
    """The browser's tab."""
    return title_of(_("Confirming the e-mail"))


def page() -> rx.Component:
    """The page of the link."""
    return public_page(_("Confirming the e-mail"), answer_scope(_question(), *_answers()), entrance=False)


def _question() -> rx.Component:
    """Sent as soon as the page is there, by script: robots that look into letters only fetch."""
    return send_form(
        routes.API_CONFIRM,
        _token(),
        rx.el.p(_("Checking the link…"), role="status"),
        form_error(),
        submit_button(_("Confirm the e-mail")),
        class_name="form before-answer",
        custom_attrs={"data-send-on-load": "true"},
    )


def _answers() -> list[rx.Component]:
    hours = settings.confirm_link_hours
    return [
        when_state(
            "ok",
            _said("fine", _("E-mail confirmed"), _("Sign in with your e-mail and password.")),
            primary_link(_("Sign in"), to=routes.SIGN_IN, wide=True),
        ),
        when_state(
            "used",
            _said(
                "plain",
                _("This link has been used already"),
                _("If it was you, the e-mail is confirmed: just sign in."),
            ),
            primary_link(_("Sign in"), to=routes.SIGN_IN, wide=True),
        ),
        when_state(
            "expired",
            _said(
                "due",
                _("This link has expired"),
                _("Links work for {hours} hours. Ask for a new letter.").format(hours=hours),
            ),
        ),
        when_state(
            "unknown",
            _said(
                "failed",
                _("This link is wrong"),
                _("Part of it may be missing. Open the newest letter, or ask for another."),
            ),
        ),
        when_state("used expired", _new_letter()),
        when_state("unknown", quiet_link(_("Send a new letter"), to=routes.LETTER_SENT, wide=True)),
    ]


def _said(mood: Mood, title: str, text: str) -> rx.Component:
    return notice(rx.el.h2(title), rx.el.p(text), mood=mood)


def _new_letter() -> rx.Component:
    """To the owner of the old link; whoever has a wrong one is asked for the address."""
    button = quiet_button(_("Send a new letter"), type="submit", wide=True)
    return send_form(routes.API_RESEND, _token("resend-token"), form_error(), form_message(), button)


def _token(id: str = "token") -> rx.Component:
    return rx.el.input(type="hidden", name="token", id=id, custom_attrs={"data-from-query": "token"})
