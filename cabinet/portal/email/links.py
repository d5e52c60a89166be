"""What the pages of both links share: where the token is, and what the answers say."""

import reflex as rx

from cabinet.i18n import _
from cabinet.ui import routes
from cabinet.ui.buttons import primary_link, quiet_link
from cabinet.ui.forms import when_state
from cabinet.ui.surfaces import Mood, notice


def token_field(id: str = "token") -> rx.Component:
    """The token from the page's address."""
    return rx.el.input(type="hidden", name="token", id=id, custom_attrs={"data-from-query": "token"})


def answers() -> list[rx.Component]:
    """A part for each state of the answer."""
    settings = quiet_link(_("Look at the change"), to=routes.CHANGE_EMAIL, wide=True)
    return [
        when_state(
            "done",
            _said("fine", _("The e-mail is changed"), _("Sign in with the new address from now on.")),
            primary_link(_("Open my cabinet"), to=routes.CABINET, wide=True),
        ),
        when_state(
            "waits_for_old",
            _said(
                "fine",
                _("The new address is confirmed"),
                _("One step is left: open the link in the letter to the old address."),
            ),
            _lost(),
            settings,
        ),
        when_state(
            "waits_for_new",
            _said(
                "fine",
                _("The change is allowed"),
                _("One step is left: open the link in the letter to the new address."),
            ),
        ),
        when_state(
            "refused",
            _said(
                "fine",
                _("The change is stopped"),
                _("Your e-mail stays as it is. Somebody knows your password, though: set a new one now."),
            ),
            primary_link(_("Set a new password"), to=routes.FORGOT_PASSWORD, wide=True),
        ),
        when_state(
            "taken",
            _said(
                "due",
                _("The e-mail was not changed"),
                _("Somebody else has a cabinet with this address by now."),
            ),
        ),
        when_state(
            "used",
            _said("plain", _("This change is over"), _("It has happened already, or it was put aside.")),
            settings,
        ),
        when_state(
            "expired",
            _said("due", _("This link has expired"), _("Your e-mail is as it was. Begin the change anew.")),
            settings,
        ),
        when_state(
            "unknown",
            _said(
                "failed",
                _("This link is wrong"),
                _("Part of it may be missing, or a newer letter was sent. Open the newest one."),
            ),
            settings,
        ),
    ]


def _lost() -> rx.Component:
    return rx.el.p(_("Is the old mailbox lost? Write to support from your cabinet: they can help."))


def _said(mood: Mood, title: str, text: str) -> rx.Component:
    return notice(rx.el.h2(title), rx.el.p(text), mood=mood)
