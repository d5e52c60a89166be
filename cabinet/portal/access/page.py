"""«Кто видит счёт»: the people of an account, invitations, and the way to leave."""

import reflex as rx

from cabinet.accounts.models import LinkRole
from cabinet.i18n import _
from cabinet.portal.access.state import PeopleState, PersonLine
from cabinet.portal.cabinet.components import account_head, no_such_account
from cabinet.ui import routes
from cabinet.ui.buttons import (
    button_row,
    danger_button,
    primary_link,
    submit_button,
    text_button,
)
from cabinet.ui.fields import email_field, text_field
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, notice, section

Line = rx.vars.ObjectVar[PersonLine]


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Who sees the account"))


def page() -> rx.Component:
    """For the owner: people and invitations; for a guest: who let them in, and the way out."""
    about = _(
        "Let your family in by e-mail: to pay and send readings, or only to look. Each uses their own password. "
        "You can take it back at any moment."
    )
    return cabinet_page(
        _("Who sees the account"),
        rx.cond(
            PeopleState.loaded,
            rx.cond(PeopleState.found, _account(), no_such_account()),
            skeleton(account_card_skeleton()),
        ),
        place=routes.CABINET,
        hint=hint(about, about=_("Who sees the account")),
        flow=True,
    )


def _account() -> rx.Component:
    back = link(icon("back"), _("Back to the account"), to=PeopleState.card.page, class_name="button-text")
    return rx.el.div(
        rx.el.p(back, class_name="-mt-4 no-print"),
        card(account_head(PeopleState.card, heading=False)),
        rx.el.div(_said(), role="status", class_name="empty:hidden"),
        rx.cond(
            PeopleState.may_invite,
            rx.fragment(_people(), _invite()),
            rx.cond(PeopleState.card.is_guest, _guest(), _prove_first()),
        ),
        class_name="grid gap-7",
    )


def _said() -> rx.Component:
    return rx.fragment(
        rx.cond(PeopleState.said != "", notice(PeopleState.said, mood="fine"), rx.fragment()),
        rx.cond(PeopleState.problem != "", notice(PeopleState.problem, mood="failed"), rx.fragment()),
    )


def _people() -> rx.Component:
    me = rx.el.li(_who(_("You"), "", _("owner"), ""), class_name="card")
    return rx.fragment(
        section(
            _("They have access"),
            rx.el.ul(me, rx.foreach(PeopleState.guests, _guest_row), class_name="grid gap-3"),
        ),
        rx.cond(
            PeopleState.waiting.length() > 0,
            section(
                _("They are invited"),
                rx.el.ul(rx.foreach(PeopleState.waiting, _waiting_row), class_name="grid gap-3"),
            ),
            rx.fragment(),
        ),
    )


def _who(
    name: str | rx.Var[str], email: str | rx.Var[str], role: str | rx.Var[str], dates: str | rx.Var[str]
) -> rx.Component:
    return rx.el.div(
        rx.el.span(icon("person"), class_name="kind kind-housing"),
        rx.el.div(
            rx.el.h3(name, class_name="[overflow-wrap:anywhere]"),
            rx.cond(
                email != "",
                rx.el.p(email, class_name="small text-soft [overflow-wrap:anywhere]"),
                rx.fragment(),
            ),
            rx.el.p(role),
            rx.cond(dates != "", rx.el.p(dates, class_name="small text-soft"), rx.fragment()),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )


def _guest_row(guest: Line) -> rx.Component:
    said = rx.el.span(": ", guest.name, class_name="sr-only")
    ask = text_button(icon("trash"), _("Take the access back"), said, on_click=PeopleState.ask(guest.id))
    sure = notice(
        rx.el.p(
            _("The account disappears from their cabinet at once, open pages too. Their autopay for it ends.")
        ),
        button_row(
            danger_button(_("Take it back"), on_click=PeopleState.take_back(guest.id)),
            text_button(_("Keep it"), on_click=PeopleState.ask("")),
        ),
        mood="due",
        announce=True,
    )
    return rx.el.li(
        _who(guest.name, guest.email, guest.role, guest.dates),
        rx.cond(PeopleState.asked_about == guest.id, sure, rx.el.div(ask)),
        key=guest.id,
        class_name="card grid gap-3",
    )


def _waiting_row(invited: Line) -> rx.Component:
    said = rx.el.span(": ", invited.name, class_name="sr-only")
    return rx.el.li(
        _who(invited.name, "", invited.role, invited.dates),
        button_row(
            text_button(icon("letter"), _("Send again"), said, on_click=PeopleState.resend(invited.id)),
            text_button(icon("trash"), _("Take back"), said, on_click=PeopleState.revoke(invited.id)),
        ),
        key=invited.id,
        class_name="card grid gap-3",
    )


def _invite() -> rx.Component:
    form = rx.el.form(
        email_field(
            label=_("E-mail of the person"),
            error=PeopleState.email_error,
            auto_complete="off",
            help=_("A letter with a link goes there. It works for this address only."),
        ),
        rx.el.fieldset(
            rx.el.legend(_("What they may do"), class_name="label mb-2"),
            _role(
                LinkRole.HELPER, _("Pay and send readings"), _("See what you see, pay, send readings."), True
            ),
            _role(LinkRole.VIEWER, _("Only look"), _("See what you see, and change nothing."), False),
            class_name="grid gap-3",
        ),
        text_field(
            "until",
            _("Last day of the access"),
            type="date",
            optional=True,
            error=PeopleState.until_error,
            min=PeopleState.first_day,
            help=_("Leave it empty, and the access lasts until you take it back."),
        ),
        submit_button(icon("letter"), _("Send the invitation")),
        key=PeopleState.form_key.to_string(),
        on_submit=PeopleState.invite,
        class_name="form",
        no_validate=True,
    )
    return section(_("Invite somebody"), card(form))


def _role(role: LinkRole, name: str, about: str, first: bool) -> rx.Component:
    ident = f"role-{role.value}"
    return rx.el.div(
        rx.el.div(
            rx.el.input(
                type="radio",
                id=ident,
                name="role",
                value=role.value,
                default_checked=first,
                aria_describedby=f"{ident}-help",
            ),
            rx.el.div(
                rx.el.label(name, html_for=ident, class_name="font-semibold"),
                rx.el.p(about, id=f"{ident}-help", class_name="help"),
            ),
            class_name="check",
        ),
        class_name="choice",
    )


def _guest() -> rx.Component:
    ask = text_button(icon("leave"), _("Give the access up"), on_click=PeopleState.ask("me"))
    sure = notice(
        rx.el.p(_("The account disappears from your cabinet. Your payments stay in the history.")),
        button_row(
            danger_button(_("Give it up"), on_click=PeopleState.leave),
            text_button(_("Keep it"), on_click=PeopleState.ask("")),
        ),
        mood="due",
        announce=True,
    )
    return section(
        _("Your access"),
        rx.el.p(PeopleState.card.badge, "."),
        rx.el.p(
            _("You were let in by:"),
            " ",
            rx.el.strong(PeopleState.inviter, class_name="[overflow-wrap:anywhere]"),
        ),
        rx.el.p(_("Only the owner of the account can invite others."), class_name="text-soft"),
        rx.el.div(rx.cond(PeopleState.asked_about == "me", sure, ask)),
    )


def _prove_first() -> rx.Component:
    return notice(
        rx.el.p(_("To let your family in, prove first that the account is yours.")),
        rx.el.div(
            primary_link(_("Prove that the account is yours"), to=PeopleState.card.prove), class_name="mt-2"
        ),
        sign="lock",
    )
