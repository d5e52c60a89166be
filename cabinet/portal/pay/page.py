"""Paying online: the debt, an own amount, readings on the way."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.components import no_accounts
from cabinet.portal.pay.components import card_note, pay_card, total_bar
from cabinet.portal.pay.state import PayState
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_link
from cabinet.ui.connection import is_present
from cabinet.ui.departure import departure
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.reading_field import readings_script, script_words
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import notice


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Pay online"))


def page() -> rx.Component:
    """A card for each account, the total below."""
    about = _(
        "For each account choose the current debt or another amount. You can send meter readings on the way: "
        "they are kept even if you do not pay."
    )
    return cabinet_page(
        _("Pay online"),
        rx.cond(
            is_present(PayState.connection),
            rx.fragment(
                rx.cond(PayState.watched != "", _watched(), rx.fragment()),
                rx.cond(
                    PayState.lines.length() > 0,
                    _form(),
                    rx.cond(PayState.watched != "", rx.fragment(), no_accounts()),
                ),
            ),
            skeleton(account_card_skeleton(), class_name="grid gap-5"),
        ),
        departure(url=PayState.leaving_to),
        rx.el.script(src="/pay.js", async_=True),
        readings_script(),
        place=routes.PAY,
        hint=hint(about, about=_("Pay online")),
        flow=True,
    )


def _watched() -> rx.Component:
    """Accounts that the person was invited to look at are not among the cards: their owner pays."""
    return notice(
        rx.el.p(_("The owner pays for these accounts, you were invited to look:"), " ", PayState.watched),
        sign="person",
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            quiet_link(icon("scan"), _("Scan a bill"), to=routes.scan()),
            class_name="no-print justify-self-start",
        ),
        rx.el.ul(rx.foreach(PayState.lines, pay_card), class_name="grid gap-5"),
        card_note(),
        total_bar(),
        on_submit=PayState.pay,
        custom_attrs={"data-keeps": "true", **script_words()},
        no_validate=True,
        class_name="grid gap-5",
    )
