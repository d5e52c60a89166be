"""What every section explains: shown by its «?», and all together on the help page."""

from dataclasses import dataclass

import reflex as rx

from cabinet.i18n import N_, _
from cabinet.ui.hint import hint


@dataclass(frozen=True, slots=True)
class Explanation:
    """A section by name, and what is to be known about it."""

    title: str
    text: str


EXPLANATIONS = {
    "cabinet": Explanation(
        N_("Cabinet"),
        N_(
            "A card for each linked account: what is owed, by which date, and the button to pay."
            " An advance means that you have paid more than was charged: nothing needs paying."
        ),
    ),
    "link": Explanation(
        N_("Linking an account"),
        N_(
            "Choose the provider as the bill names it, and enter the account number from the bill."
            " You can link several accounts: your flat, your parents' flat, the summer house."
        ),
    ),
    "number": Explanation(
        N_("Account number"),
        N_(
            "The number stands at the top of the paper bill, after the words “account number”."
            " Spaces, dashes and “No.” do no harm."
        ),
    ),
    "account": Explanation(
        N_("Account"),
        N_(
            "The debt, your own payments and the meters of one account."
            " For your privacy, names and full addresses are not shown."
        ),
    ),
    "pay": Explanation(
        N_("Paying"),
        N_(
            "Pay the current debt, or enter another amount: less or more, as you like."
            " What is above the debt becomes an advance. You can send meter readings along with the payment."
        ),
    ),
    "readings": Explanation(
        N_("Meter readings"),
        N_(
            "Write down all digits before the comma; after it, as many as the meter shows."
            " If a value looks odd, we say why and ask you to confirm it."
        ),
    ),
    "payment": Explanation(
        N_("Payment status"),
        N_(
            "“Pending”: the bank has not answered yet. “Paid”: the money has been taken and credited once."
            " “Not paid”: nothing was taken."
        ),
    ),
    "payments": Explanation(
        N_("Payment history"),
        N_(
            "All payments made here. A payment reaches the provider within one to three days;"
            " until then it is already taken into account here."
        ),
    ),
    "settings": Explanation(
        N_("Settings"),
        N_(
            "Your name and phone, the password, language and theme, and which letters you get."
            " Name and phone can be filled in later."
        ),
    ),
    "cards": Explanation(
        N_("Cards and autopay"),
        N_(
            "Autopay charges the debt of an account to your saved card by itself. Two days before, you get a letter"
            " with the sum and the day. The number of the card is kept by the payment service, not here."
        ),
    ),
    "accounts": Explanation(
        N_("Linked accounts"),
        N_("Add accounts, give them names of your own, and unlink those you no longer need."),
    ),
    "tokens": Explanation(
        N_("Keys for programs"),
        N_(
            "Keys for a smart home or a device that sends readings by itself. A program sees and does only what you"
            " have ticked, and never pays. You can shut it out at any moment; it is shut out by itself when you unlink"
            " the account."
        ),
    ),
    "security": Explanation(
        N_("Security"),
        N_(
            "A password can be guessed or spied out. With a second step, a thief who knows it stays outside."
            " Every change here asks for your password and sends you a letter."
        ),
    ),
    "second_factor": Explanation(
        N_("Second step: an app"),
        N_(
            "The app works without the internet and knows nothing about you. When you sign in, you type its six digits"
            " after the password."
        ),
    ),
    "keys": Explanation(
        N_("Sign-in keys (passkeys)"),
        N_(
            "On the sign-in page, press “Sign in with a key”. Your finger, face or PIN never leaves your device:"
            " we get only a signature."
        ),
    ),
    "spare_codes": Explanation(
        N_("Spare codes"),
        N_(
            "Ten codes on paper for the day when the phone is lost. Each works once. If all are gone, write to support:"
            " our staff will check who you are."
        ),
    ),
    "sessions": Explanation(
        N_("My sign-ins"),
        N_(
            "Every phone and computer on which you are signed in: end those that you do not use or do not know."
            " A sign-in from a new device is told of by letter."
        ),
    ),
    "email": Explanation(
        N_("Change the e-mail"),
        N_(
            "You sign in with your e-mail. Both the new and the old mailbox have to agree, so that nobody can take your"
            " cabinet from you. After the change you are signed out everywhere but here."
        ),
    ),
    "data": Explanation(
        N_("My data"),
        N_(
            "Download a copy of everything that we keep about you, or delete the cabinet. Deleting cannot be taken"
            " back; payments are kept without your name, as the law says."
        ),
    ),
    "support": Explanation(
        N_("Support"),
        N_(
            "Write to us if something does not work. Name the account or the payment; attach a photo if it helps."
            " The answer comes by e-mail."
        ),
    ),
}
"""In the order of the help page."""


def section_hint(name: str, *, id: str = "") -> rx.Component:
    """The «?» of a section, by its name in `EXPLANATIONS`."""
    explanation = EXPLANATIONS[name]
    return hint(_(explanation.text), about=_(explanation.title), id=id)
