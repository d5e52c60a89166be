"""What both pages of bills show."""

import reflex as rx

from cabinet.i18n import _
from cabinet.ui.buttons import primary_link
from cabinet.ui.icons import icon
from cabinet.ui.pictures import bill_picture
from cabinet.ui.surfaces import card, empty


def how_to_see(prove: rx.Var[str]) -> rx.Component:
    """Calm words for who has linked the account by its number only."""
    return card(
        empty(
            bill_picture(),
            _("Bills are shown once the account is proved"),
            _(
                "Anybody may know an account number, so bills are shown only to who has proved the account. "
                "It takes one number from the bill or the meter."
            ),
            primary_link(icon("lock"), _("Prove the account"), to=prove),
        )
    )
