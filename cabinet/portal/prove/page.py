"""«Подтвердить, что счёт ваш»: one question of the provider, which may be put off."""

import reflex as rx

from cabinet.i18n import _
from cabinet.kit.money import plain_amount
from cabinet.portal.cabinet.components import account_head, no_such_account
from cabinet.portal.prove.state import ProveState
from cabinet.providers.models import ProofKind
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link, quiet_link, submit_button
from cabinet.ui.fields import money_field, text_field
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, notice, tear_line


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Prove that the account is yours"))


def page() -> rx.Component:
    """The account, what its proof opens, and the question."""
    about = _(
        "A number alone can be read off a letterbox. So name, address, bills and history stay hidden until you "
        "prove that the account is yours. It is asked once."
    )
    return cabinet_page(
        _("Prove that the account is yours"),
        rx.cond(
            ProveState.loaded,
            rx.cond(ProveState.found, _account(), no_such_account()),
            skeleton(account_card_skeleton()),
        ),
        place=routes.CABINET,
        hint=hint(about, about=_("Proof")),
        flow=True,
    )


def _account() -> rx.Component:
    linked = notice(
        _("The account is linked: you can see the debt and pay already."), mood="fine", announce=True
    )
    return rx.el.div(
        rx.cond(ProveState.is_new & ~ProveState.card.is_full, linked, rx.fragment()),
        card(
            account_head(ProveState.card, heading=False),
            tear_line(),
            rx.cond(
                ProveState.card.is_full,
                _done(),
                rx.cond(ProveState.kind != "", _question(), _impossible()),
            ),
        ),
        rx.cond(ProveState.card.is_full, rx.fragment(), _opens()),
        class_name="grid gap-5",
    )


def _question() -> rx.Component:
    return rx.el.form(
        rx.el.p(ProveState.request, class_name="font-semibold"),
        rx.match(
            ProveState.kind,
            (ProofKind.LAST_BILL.value, _sum()),
            (ProofKind.METER_NUMBER.value, _serial()),
            _pin(),
        ),
        rx.cond(
            ProveState.problem != "",
            notice(ProveState.problem, mood="failed", announce=True),
            rx.fragment(),
        ),
        submit_button(_("Confirm")),
        rx.el.div(_later(), class_name="justify-self-center"),
        on_submit=ProveState.prove,
        class_name="form",
        no_validate=True,
    )


def _opens() -> rx.Component:
    """What a full link shows more."""
    sights = [
        _("the name and the whole address"),
        _("bills, and why the sum changed"),
        _("the history of readings, whoever gave them"),
        _("letting your family in"),
    ]
    rows = [
        rx.el.li(icon("check"), rx.el.span(sight), class_name="flex gap-2 items-start") for sight in sights
    ]
    return rx.el.div(
        rx.el.h2(_("What opens then")),
        rx.el.ul(*rows, class_name="grid gap-1"),
        class_name="grid gap-2",
    )


def _sum() -> rx.Component:
    about = _(
        "The sum that is printed: charged for the month, or to be paid in all. We do not ask for a sum that "
        "stands in the cabinet already: it would prove nothing."
    )
    return money_field(
        "answer",
        _("Sum of the bill"),
        help=rx.cond(
            ProveState.first_sum != "",
            _("Filled in from the bill that you scanned. Compare it and press “Confirm”."),
            _("To the kopeck, as it is printed. For example: {sum}").format(sum=plain_amount(123456)),
        ),
        hint=hint(about, about=_("Sum of the bill")),
        error=ProveState.error,
        value=ProveState.first_sum,
    )


def _serial() -> rx.Component:
    return text_field(
        "answer",
        _("Meter number"),
        help=_("It stands on the front of the meter, often after the sign №. It is on the bill, too."),
        error=ProveState.error,
        auto_complete="off",
        class_name="input input-figures",
    )


def _pin() -> rx.Component:
    return text_field(
        "answer",
        _("Code from the provider"),
        error=ProveState.error,
        auto_complete="off",
        class_name="input input-figures",
    )


def _later() -> rx.Component:
    return rx.cond(
        ProveState.is_new,
        link(_("Not now"), to=routes.CABINET, class_name="button-text"),
        link(_("Back to the account"), to=ProveState.card.page, class_name="button-text"),
    )


def _done() -> rx.Component:
    words = notice(
        rx.el.h2(_("The account is yours")),
        rx.el.p(_("Name, address, bills and history are open to you.")),
        mood="fine",
        announce=True,
    )
    invite = quiet_link(icon("person"), _("Let your family in"), to=ProveState.card.access)
    return rx.el.div(
        words,
        button_row(
            primary_link(_("To the account"), to=ProveState.card.page),
            rx.cond(ProveState.card.is_guest, rx.fragment(), invite),
        ),
        class_name="grid gap-4",
    )


def _impossible() -> rx.Component:
    call = rx.cond(
        ProveState.phone != "",
        rx.el.p(_("Ask the provider:"), " ", rx.el.span(ProveState.phone, class_name="figures")),
        rx.el.p(_("Ask the provider.")),
    )
    words = notice(
        rx.el.p(_("There is nothing yet that could prove this account here.")),
        call,
        rx.el.p(_("The debt, payments and meters work without it.")),
    )
    return rx.el.div(
        words, button_row(primary_link(_("To the account"), to=ProveState.card.page)), class_name="grid gap-4"
    )
