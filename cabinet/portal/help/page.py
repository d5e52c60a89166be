"""All hints on one page, and answers to what people ask most."""

import reflex as rx

from cabinet.i18n import _, pgettext
from cabinet.settings import settings
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, quiet_link
from cabinet.ui.hints import EXPLANATIONS
from cabinet.ui.layout import public_page, title_of
from cabinet.ui.pictures import bill_picture
from cabinet.ui.session import SessionState
from cabinet.ui.surfaces import question


def title() -> str:
    """The browser's tab."""
    return title_of(_("Help"))


def description() -> str:
    """What search engines show."""
    return _("Answers to common questions, and what each section of the cabinet is for.")


def page() -> rx.Component:
    """The help page."""
    return public_page(_("Help"), _answers(), _sections(), _number(), _ask())


def _answers() -> rx.Component:
    return rx.el.section(
        rx.el.h2(_("Common questions")), *[question(title, text) for title, text in _questions()]
    )


def _questions() -> list[tuple[str, str]]:
    return [
        (
            _("I have paid, but the debt is still shown"),
            _(
                "A payment made here is taken into account at once. A payment made elsewhere appears when the"
                " provider tells us, usually within three to five days. You need not pay again."
            ),
        ),
        (
            _("The bank declined the card"),
            _(
                "No money was taken. Check the number, the expiry date and the balance, try another card,"
                " or call your bank."
            ),
        ),
        (
            _("Is it safe to press “Pay” twice?"),
            _("Yes. A payment that is under way is found again, and money is credited once."),
        ),
        (
            _("Can I pay only a part?"),
            _(
                "Yes: choose “Other amount”. The money goes to the oldest debt first, and to the debt before"
                " the penalty. You see how it is split before you pay."
            ),
        ),
        (
            _("I have entered a wrong reading"),
            _("Send the right one while the provider's window is open: the newest one counts."),
        ),
        (
            _("The reading is below the previous one"),
            _(
                "Check the digits and the zone: day and night are easily mixed up. If they are right all the "
                "same, tick “Yes, the reading is right” and send it again."
            ),
        ),
        (
            _("The account cannot be linked"),
            _(
                "Check the provider and the number on the newest bill. If both are right, write to support:"
                " the provider may not have given us the account yet."
            ),
        ),
        (
            _("Who sees my account?"),
            _(
                "You, and whoever knows its number: they see the debt and the meters, but no names, no full"
                " address and none of your payments."
            ),
        ),
        (
            _("Can a smart home or a device send readings for me?"),
            _(
                "Yes. In the settings, under “Keys for programs”, make a key for it: for Home Assistant, for a"
                " Waterius, for a program of your own. It sees and sends only what you have allowed, and never pays."
            ),
        ),
        (
            _("Is the confirmation of payment a fiscal receipt?"),
            _("No. It confirms the payment made here; the fiscal receipt is issued by the provider."),
        ),
        (
            _("How do I delete my account?"),
            _(
                "Write to support from the e-mail of your account. We delete what the law does not oblige us to keep."
            ),
        ),
    ]


def _sections() -> rx.Component:
    hints = [question(_(part.title), _(part.text)) for part in EXPLANATIONS.values()]
    return rx.el.section(rx.el.h2(_("Sections of the cabinet")), *hints)


def _number() -> rx.Component:
    return rx.el.section(
        rx.el.h2(_("Where the account number stands")), bill_picture(), class_name="grid gap-4"
    )


def _ask() -> rx.Component:
    hours = _("By phone: {phone}, {hours}.").format(
        phone=settings.operator_phone, hours=settings.operator_hours
    )
    return rx.el.section(
        rx.el.h2(_("Nothing fits?")),
        rx.el.p(hours),
        button_row(
            quiet_link(pgettext("button", "Write to support"), to=routes.SUPPORT),
            rx.cond(
                SessionState.signed_in, quiet_link(_("Your requests"), to=routes.REQUESTS), rx.fragment()
            ),
        ),
        class_name="grid gap-3",
    )
