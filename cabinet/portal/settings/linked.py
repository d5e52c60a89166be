"""«Подключение ЛС»: the linked accounts, to add, rename and unlink."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.components import guest_badge, no_accounts
from cabinet.portal.settings.state import LinkedState
from cabinet.ui import routes
from cabinet.ui.accounts import AccountCard, AccountsState
from cabinet.ui.buttons import button_row, danger_button, primary_link, quiet_button, text_button
from cabinet.ui.fields import text_field
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon, kind_icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, notice


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Link accounts"))


def page() -> rx.Component:
    """The list, and the way to one more."""
    about = _(
        "Here you add the accounts of other providers or of another flat, give them your own names, and unlink them."
    )
    add = primary_link(icon("plus"), _("Link an account"), to=routes.LINK_ACCOUNT)
    some = rx.fragment(
        rx.el.ul(rx.foreach(AccountsState.cards, _row), class_name="grid gap-3"),
        rx.el.div(add, class_name="mt-6"),
    )
    return cabinet_page(
        _("Link accounts"),
        rx.el.p(
            link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text"),
            class_name="-mt-4 mb-2 no-print",
        ),
        rx.cond(
            AccountsState.loaded,
            rx.cond(AccountsState.cards.length() > 0, some, no_accounts()),
            lines_skeleton(3),
        ),
        place=routes.SETTINGS,
        hint=hint(about, about=_("Link accounts")),
        flow=True,
    )


def _row(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    head = rx.el.div(
        kind_icon(account.kind),
        rx.el.div(
            rx.el.h2(link(account.title, to=account.page, class_name="plain-name")),
            rx.cond(
                account.title != account.provider,
                rx.el.p(account.provider, class_name="small text-soft"),
                rx.fragment(),
            ),
            rx.el.p(
                _("No."),
                "\u00a0",
                rx.el.span(account.number, class_name="figures"),
                class_name="small text-soft",
            ),
            guest_badge(account),
            class_name="min-w-0",
        ),
        class_name="flex gap-4 items-start",
    )
    ways = button_row(
        link(icon("person"), _("Who sees it"), _about(account), to=account.access, class_name="button-text"),
        text_button(icon("pencil"), _("Rename"), on_click=LinkedState.edit(account.id)),
        text_button(icon("trash"), _("Unlink"), on_click=LinkedState.ask_to_unlink(account.id)),
    )
    below = rx.cond(
        LinkedState.editing == account.id,
        _rename(account),
        rx.cond(LinkedState.unlinking == account.id, _sure(account), ways),
    )
    return rx.el.li(card(head, rx.el.div(below, class_name="mt-3")), key=account.id)


def _about(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    """Which account, for a screen reader."""
    return rx.el.span(": ", account.title, class_name="sr-only")


def _rename(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    return rx.el.form(
        text_field(
            "own_name",
            _("Own name for the account"),
            id=f"own-name-{account.id}",
            value=rx.cond(account.title != account.provider, account.title, ""),
            error=LinkedState.error,
            optional=True,
            auto_complete="off",
        ),
        button_row(
            quiet_button(_("Save"), type="submit"), text_button(_("Cancel"), on_click=LinkedState.leave)
        ),
        on_submit=LinkedState.rename,
        class_name="form",
        no_validate=True,
    )


def _sure(account: rx.vars.ObjectVar[AccountCard]) -> rx.Component:
    return notice(
        rx.el.p(
            _(
                "The account disappears from your cabinet. Your payments stay in the history. You can link it again."
            )
        ),
        rx.cond(
            account.is_full & ~account.is_guest,
            rx.el.p(_("Those whom you let in lose it, too.")),
            rx.fragment(),
        ),
        button_row(
            danger_button(_("Unlink"), on_click=LinkedState.unlink),
            text_button(_("Keep it"), on_click=LinkedState.leave),
        ),
        mood="due",
        announce=True,
    )
