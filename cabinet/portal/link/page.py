"""Linking an account: provider, number, one press."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.link.state import LinkState, ProviderOption
from cabinet.ui import routes
from cabinet.ui.buttons import quiet_link, submit_button
from cabinet.ui.connection import is_present
from cabinet.ui.fields import search_option, search_select, text_field
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon, provider_sign
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import bill_picture
from cabinet.ui.skeleton import lines_skeleton
from cabinet.ui.surfaces import card, notice


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("Link an account"))


def page() -> rx.Component:
    """The form, and where help is when the number will not link."""
    about = _(
        "After linking you see the debt and the meters, pay and send readings. Names and addresses stay hidden."
    )
    return cabinet_page(
        _("Link an account"),
        rx.cond(is_present(LinkState.connection), _form(), lines_skeleton(3)),
        rx.el.p(
            _("The number will not link?"),
            " ",
            link(_("Write to support"), to=routes.SUPPORT),
            class_name="mt-6 text-soft",
        ),
        place=routes.SETTINGS,
        hint=hint(about, about=_("Linking an account")),
        flow=True,
    )


def _form() -> rx.Component:
    return card(
        _scanning(),
        rx.el.form(
            search_select(
                "provider",
                _("Service provider"),
                LinkState.options,
                _option,
                on_clear=LinkState.choose_provider(""),
                help=_("Begin to type the name, or choose from the list."),
                error=LinkState.provider_error,
                chosen=LinkState.first_provider,
                placeholder=_("For example, Gas"),
            ),
            text_field(
                "number",
                _("Account number"),
                help=rx.cond(
                    LinkState.example != "",
                    rx.el.span(_("For example:"), " ", LinkState.example),
                    _("It stands at the top of the bill."),
                ),
                hint=_number_hint(),
                error=LinkState.number_error,
                value=LinkState.first_number,
                auto_complete="off",
                input_mode="text",
                class_name="input input-figures",
            ),
            rx.cond(
                LinkState.problem != "",
                notice(LinkState.problem, mood="failed", announce=True),
                rx.fragment(),
            ),
            submit_button(_("Link"), custom_attrs={}),
            on_submit=LinkState.link,
            custom_attrs={"data-keeps": "true"},
            class_name="form",
            no_validate=True,
        ),
    )


def _scanning() -> rx.Component:
    """The quick way in; once the bill has filled the form, what to do with it."""
    return rx.cond(
        LinkState.first_number != "",
        rx.el.div(
            notice(
                rx.el.p(_("Filled in from the bill. Compare the number and press “Link”.")),
                mood="fine",
                announce=True,
            ),
            class_name="mb-5",
        ),
        rx.el.div(
            quiet_link(icon("scan"), _("Scan the code on the bill"), to=routes.scan("link"), wide=True),
            rx.el.p(_("It fills in the provider and the number."), class_name="help"),
            class_name="grid gap-2 mb-5",
        ),
    )


def _option(option: rx.vars.ObjectVar[ProviderOption]) -> rx.Component:
    return search_option(
        option.id,
        option.name,
        provider_sign(option.kind, option.logo, option.name),
        on_choose=LinkState.choose_provider(option.id),
        also=option.also,
    )


def _number_hint() -> rx.Component:
    words = rx.cond(
        LinkState.hint != "",
        LinkState.hint,
        _(
            "The account number stands at the top of the paper bill, under the heading. Choose the provider to see an example."
        ),
    )
    return hint(words, about=_("Account number"), picture=bill_picture())
