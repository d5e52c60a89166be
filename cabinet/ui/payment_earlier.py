"""«Уже оплачено, ждёт зачисления»: an earlier payment told at a button that pays. It warns, and forbids nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from cabinet.i18n import N_, _
from cabinet.kit.dates import say_day
from cabinet.kit.money import format_amount
from cabinet.payments.service import Waits, Warned
from cabinet.ui import routes
from cabinet.ui.buttons import text_button
from cabinet.ui.links import link
from cabinet.ui.surfaces import notice


@dataclass
class Earlier:
    """An earlier payment that the debt does not know of yet; no title if there is none."""

    title: str = ""
    text: str = ""
    mood: str = ""
    page: str = ""
    continue_url: str = ""


def earlier_of(warned: Warned | None, timezone: str) -> Earlier:
    """The warning in words; days in the provider's zone."""
    if warned is None:
        return Earlier()
    title, text, mood = _WORDS[warned.waits]
    return Earlier(
        title=_(title),
        text=_(text).format(
            number=warned.number, day=_day(warned.at, timezone), sum=format_amount(warned.amount_minor)
        ),
        mood=mood,
        page=routes.payment(warned.payment_id),
        continue_url=warned.checkout_url,
    )


def earlier_notice(earlier: rx.vars.ObjectVar[Earlier], *, on_continue: Any) -> rx.Component:
    """What is under way, with the way to it; `on_continue` leads back to a hosted page that is open."""
    words = (
        rx.el.p(rx.el.strong(earlier.title)),
        rx.el.p(earlier.text),
        rx.el.div(
            rx.cond(
                earlier.continue_url != "",
                text_button(_("Continue paying"), on_click=on_continue),
                rx.fragment(),
            ),
            link(_("Show the payment"), to=earlier.page),
            class_name="flex flex-wrap gap-x-5 gap-y-1 items-center",
        ),
    )
    return rx.cond(
        earlier.title != "",
        rx.el.div(
            rx.cond(earlier.mood == "due", notice(*words, mood="due"), notice(*words)), class_name="mt-4"
        ),
        rx.fragment(),
    )


def _day(moment: datetime, timezone: str) -> str:
    return say_day(moment.astimezone(ZoneInfo(timezone)).date())


_WORDS = {
    Waits.BEGUN: (
        N_("A payment has been begun"),
        N_(
            "You began payment No. {number} of {sum} on {day}. If you have paid it already, do not pay again: "
            "it is credited by itself."
        ),
        "plain",
    ),
    Waits.CHECKED: (
        N_("Already paid, being checked"),
        N_(
            "The money of your payment No. {number} of {sum}, {day}, has arrived and is being checked. "
            "You need not pay again."
        ),
        "due",
    ),
    Waits.UNPOSTED: (
        N_("Already paid, waits to be posted"),
        N_(
            "Your payment No. {number} of {sum}, {day}, covers this debt. The provider has not posted it "
            "yet, so the debt is still shown. You need not pay again."
        ),
        "due",
    ),
}
