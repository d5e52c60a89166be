"""The cards of the cabinet, and the first steps."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.state import WelcomeState
from cabinet.ui import routes
from cabinet.ui.accounts import AccountCard, AccountsState
from cabinet.ui.amount import big_amount
from cabinet.ui.buttons import primary_link, quiet_link, text_button
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon, kind_icon
from cabinet.ui.links import link
from cabinet.ui.pictures import no_accounts_picture, nothing_found_picture
from cabinet.ui.surfaces import card, empty, status, tear_line


def account_card(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    """One account as the stub of a bill: what it is above the perforation, what to do below."""
    return rx.el.li(
        card(
            account_head(account),
            tear_line(),
            rx.el.div(
                account_sum(account),
                _actions(account),
                class_name="flex flex-wrap items-end justify-between gap-4",
            ),
        ),
        key=account.id,
    )


def account_head(account: rx.vars.ObjectVar[AccountCard], *, heading: bool = True) -> rx.Component:
    """Sign, name, provider, number and masked address; `heading` makes the name a link to the account's page."""
    name = link(account.title, to=account.page, class_name="plain-name") if heading else account.title
    return rx.el.div(
        kind_icon(account.kind),
        rx.el.div(
            rx.el.h2(name),
            rx.cond(
                account.title != account.provider,
                rx.el.p(account.provider, class_name="text-soft"),
                rx.fragment(),
            ),
            rx.el.p(
                _("No."),
                "\u00a0",
                rx.el.span(account.number, class_name="figures whitespace-nowrap"),
                class_name="text-soft",
            ),
            rx.el.p(account.address, class_name="small text-soft"),
            rx.cond(account.owner != "", rx.el.p(account.owner, class_name="small text-soft"), rx.fragment()),
            guest_badge(account),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )


def guest_badge(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    """What a guest of the account may do, and until when; nothing for an owner."""
    line = rx.el.p(
        icon("person", class_name="w-[1.25em] h-[1.25em] flex-none mt-[0.1em]"),
        account.badge,
        class_name="small font-semibold flex gap-2 items-start mt-2",
    )
    return rx.cond(account.badge != "", line, rx.fragment())


def account_sum(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    """What is owed, or how much is in advance, with its day and what it means."""
    return rx.el.div(
        rx.el.p(
            rx.match(account.tone, ("due", _("To pay")), ("advance", _("Advance")), _("Debt")),
            " ",
            account.as_of,
            class_name="small text-soft",
        ),
        big_amount(account.amount),
        rx.el.p(
            rx.match(
                account.tone,
                ("due", status(account.sentence, "due")),
                status(account.sentence, "fine"),
            ),
            class_name="mt-2",
        ),
        class_name="flex-1 min-w-[13rem]",
    )


def _actions(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    pay = _("Pay online")
    return rx.el.div(
        rx.cond(
            account.may_pay,
            rx.cond(
                account.tone == "due",
                primary_link(icon("wallet"), pay, to=account.pay),
                quiet_link(icon("wallet"), pay, to=account.pay),
            ),
            only_looking(),
        ),
        rx.el.div(
            link(_("Meters and details"), to=account.page),
            link(_("History"), to=account.history),
            class_name="flex gap-5 small",
        ),
        class_name="grid gap-3 justify-items-start no-print",
    )


def only_looking() -> rx.Component:
    """What stands where the button is missing."""
    return rx.el.p(_("The owner pays for this account."), class_name="small text-soft")


def account_cards() -> rx.Component:
    """All linked accounts, the first invitation, or the shape of what is coming."""
    return rx.cond(
        AccountsState.loaded,
        rx.cond(
            AccountsState.cards.length() > 0,
            rx.el.ul(rx.foreach(AccountsState.cards, account_card), class_name="grid gap-5"),
            no_accounts(),
        ),
        _coming(),
    )


def _coming() -> rx.Component:
    from cabinet.ui.skeleton import account_card_skeleton, skeleton

    return skeleton(account_card_skeleton(), account_card_skeleton(), class_name="grid gap-5")


def no_accounts() -> rx.Component:
    """The invitation to link the first account."""
    return card(
        empty(
            no_accounts_picture(),
            _("Link your first account"),
            _(
                "Take a paper bill: you need the provider and the account number. Then the debt and the meters appear here."
            ),
            primary_link(icon("plus"), _("Link an account"), to=routes.LINK_ACCOUNT),
        )
    )


def first_steps() -> rx.Component:
    """What to do next after the first sign-in; put aside for good by its button."""
    linked = AccountsState.cards.length() > 0
    steps = rx.el.ol(
        _step(True, rx.el.span(_("Confirm your e-mail"))),
        _step(linked, link(_("Link your account"), to=routes.LINK_ACCOUNT)),
        _step(False, link(_("Pay online, and send readings on the way"), to=routes.PAY)),
        _step(WelcomeState.named, link(_("Say how to address you"), to=routes.SETTINGS)),
        class_name="grid gap-2",
    )
    return rx.cond(
        WelcomeState.shown & AccountsState.loaded,
        card(
            rx.el.div(
                rx.el.h2(_("First steps")),
                hint(
                    _(
                        "What most people do first. Done steps are ticked. Put the list aside when you know the way."
                    ),
                    about=_("First steps"),
                ),
                class_name="flex items-center gap-1 mb-3",
            ),
            steps,
            rx.el.div(text_button(_("Hide"), on_click=WelcomeState.put_aside), class_name="mt-3"),
            class_name="mt-6 no-print",
        ),
        rx.fragment(),
    )


def _step(done: rx.Var[bool] | bool, words: rx.Component) -> rx.Component:
    ticked = rx.el.span(
        icon("check"), rx.el.span(_("Done:"), class_name="sr-only"), class_name="step-sign step-done"
    )
    open_ = rx.el.span(class_name="step-sign", aria_hidden="true")
    return rx.el.li(rx.cond(done, ticked, open_), words, class_name="flex items-center gap-3")


def no_such_account() -> rx.Component:
    """What stands on a page of an account that is not linked, or not any more."""
    return empty(
        nothing_found_picture(),
        _("There is no such account in your cabinet"),
        _("Perhaps it was unlinked. You can link it again by its number."),
        primary_link(_("To my accounts"), to=routes.CABINET),
    )
