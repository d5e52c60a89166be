"""«Ключи для программ»: what lets a smart home or a device into the cabinet, and shuts it out again."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.tokens.form import new_token
from cabinet.portal.tokens.guide import guide
from cabinet.portal.tokens.state import TokenLine, TokensState
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, danger_button, primary_link, text_button
from cabinet.ui.hints import section_hint
from cabinet.ui.icons import icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import no_tokens_picture
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, empty, notice, section, status

Line = rx.vars.ObjectVar[TokenLine]


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Keys for programs"))


def page() -> rx.Component:
    """What they are, those that there are, one more, and how a program uses it."""
    return cabinet_page(
        _("Keys for programs"),
        rx.el.p(
            link(icon("back"), _("Settings"), to=routes.SETTINGS, class_name="button-text"),
            class_name="-mt-4 mb-2 no-print",
        ),
        rx.el.div(
            rx.cond(TokensState.loaded, _content(), lines_skeleton(4)),
            class_name="grid gap-9",
        ),
        place=routes.SETTINGS,
        hint=section_hint("tokens"),
        flow=True,
    )


def _content() -> rx.Component:
    return rx.fragment(
        rx.el.div(_said(), role="status", class_name="empty:hidden"),
        rx.cond(TokensState.rows.length() > 0, _list(), _nothing()),
        rx.cond(TokensState.choices.length() > 0, rx.fragment(new_token(), guide()), _link_first()),
    )


def _said() -> rx.Component:
    return rx.fragment(
        rx.cond(TokensState.said != "", notice(TokensState.said, mood="fine"), rx.fragment()),
        rx.cond(TokensState.problem != "", notice(TokensState.problem, mood="failed"), rx.fragment()),
    )


def _nothing() -> rx.Component:
    return empty(
        no_tokens_picture(),
        _("No program comes in here"),
        _(
            "A key is for a program, not for a person: a smart home that shows the debt on a screen, or a "
            "device that sends the readings of the water meter by itself. If you have nothing of the kind, you need "
            "no key."
        ),
    )


def _link_first() -> rx.Component:
    return notice(
        rx.el.p(_("A key is for an account. Link one first.")),
        rx.el.div(primary_link(_("Link an account"), to=routes.LINK_ACCOUNT), class_name="mt-2"),
    )


def _list() -> rx.Component:
    return section(_("They come in"), rx.el.ul(rx.foreach(TokensState.rows, _row), class_name="grid gap-3"))


def _row(token: Line) -> rx.Component:
    said = rx.el.span(": ", token.name, class_name="sr-only")
    ask = text_button(icon("trash"), _("Delete"), said, on_click=TokensState.ask(token.id))
    sure = notice(
        rx.el.p(_("The program cannot come in from this moment on. This cannot be taken back.")),
        button_row(
            danger_button(_("Delete the key"), on_click=TokensState.revoke(token.id)),
            text_button(_("Keep it"), on_click=TokensState.ask("")),
        ),
        mood="due",
        announce=True,
    )
    return rx.el.li(
        card(
            rx.el.div(
                rx.el.h3(token.name, class_name="[overflow-wrap:anywhere]"),
                rx.el.p(
                    token.kind,
                    " ",
                    rx.el.code(token.prefix, class_name="figures"),
                    class_name="small text-soft",
                ),
                rx.cond(token.expired, status(_("The term is over"), "due"), rx.fragment()),
                rx.el.p(token.may),
                rx.el.p(token.accounts, class_name="[overflow-wrap:anywhere]"),
                rx.el.p(token.until, class_name="small text-soft"),
                rx.el.p(token.used, class_name="small text-soft [overflow-wrap:anywhere]"),
                class_name="grid gap-1 min-w-0",
            ),
            rx.cond(TokensState.asked_about == token.id, sure, rx.el.div(ask)),
            class_name="grid gap-3",
        ),
        key=token.id,
    )
