"""Letters to the owner of a cabinet about the cabinet itself: who came in, what was changed, what was taken or deleted."""

from collections.abc import Callable
from datetime import datetime

from cabinet.i18n import _, ngettext
from cabinet.kit.dates import say_moment
from cabinet.kit.text import mask_email
from cabinet.mail.content import Content

_FEW_CODES = 3
"""Spare codes that are so few that the letter advises new ones."""


def new_device(signed_in_at: datetime, where: str, url: str, forgot_url: str) -> Content:
    """Somebody signed in, by whatever way, from a browser that we have not seen before."""
    return Content(
        subject=_("You signed in from a new device"),
        heading=_("A sign-in from a new device"),
        preheader=_("If it was you, there is nothing to do."),
        paragraphs=[
            _("Somebody, we hope you, signed in to your cabinet."),
            *_when_and_where(signed_in_at, where),
            _("If it was you, there is nothing to do."),
            _("If it was not you, set a new password at once: that signs everybody out."),
        ],
        button=_("Look at my sign-ins"),
        url=url,
        extra_link=(_("Set a new password"), forgot_url),
        notes=[_("A browser counts as new when its data was cleared, and in a private window.")],
    )


def password_changed(url: str, changed_at: datetime, where: str = "", sessions_url: str = "") -> Content:
    """Tells the owner, so that a thief cannot do it in silence."""
    return Content(
        subject=_("Your password was changed"),
        heading=_("Your password was changed"),
        preheader=_("If it was not you, set a new one at once."),
        paragraphs=[
            _(
                "It happened on {moment}, Moscow time. All devices were signed out: use the new password."
            ).format(moment=say_moment(changed_at)),
            *_from_where(where),
            _("If it was not you, set a new password at once, and write to us."),
        ],
        button=_("Set a new password"),
        url=url,
        extra_link=(_("Look at my sign-ins"), sessions_url),
    )


def email_confirm_new(url: str, old_email: str) -> Content:
    """To the new address: one of the two that have to agree."""
    return Content(
        subject=_("Confirm your new e-mail"),
        heading=_("Confirm the new address"),
        preheader=_("One press. The old address has to agree, too."),
        paragraphs=[
            _("The owner of the cabinet {old} wants to sign in with this address from now on.").format(
                old=mask_email(old_email)
            ),
            _("We have written to the old address as well: the change happens when both have agreed."),
        ],
        button=_("Confirm the new address"),
        url=url,
        show_url=True,
        notes=[
            _("The link works for 24 hours."),
            _("If you know nothing of it, do not open the link: nothing will happen."),
        ],
    )


def email_allow_old(url: str, new_email: str, asked_at: datetime, where: str) -> Content:
    """To the old address: allow the change, or stop it."""
    return Content(
        subject=_("Is it you who changes the e-mail?"),
        heading=_("Allow the change of your e-mail?"),
        preheader=_("If it is not you, stop it with one press."),
        paragraphs=[
            _("Somebody, we hope you, wants to change the e-mail of your cabinet to {new}.").format(
                new=new_email
            ),
            *_when_and_where(asked_at, where),
            _("Open the page to allow the change, or to stop it if it is not you."),
        ],
        button=_("Allow or stop the change"),
        url=url,
        show_url=True,
        notes=[_("The link works for 24 hours. Until then you sign in with this address, as before.")],
    )


def email_taken(url: str) -> Content:
    """To the owner of an address that somebody else wanted: they have a cabinet already."""
    return Content(
        subject=_("Somebody wanted to use your e-mail"),
        heading=_("Somebody wanted to use your e-mail"),
        preheader=_("Nothing has changed: your cabinet is yours."),
        paragraphs=[
            _(
                "In another cabinet this address was entered as the new e-mail. You have a cabinet with it already."
            ),
            _("Nothing has changed: your password and your accounts are as they were."),
            _("If it was you: sign in to the cabinet of this address and link your accounts there."),
        ],
        button=_("Sign in"),
        url=url,
        notes=[_("If it was not you, there is nothing you need to do.")],
    )


def email_changed(new_email: str, changed_at: datetime, where: str, url: str, is_new: bool) -> Content:
    """To both addresses, when it has happened; `is_new` is for the new one."""
    if is_new:
        then = _("Sign in with this address from now on; the password is the same.")
    else:
        then = _("This address opens the cabinet no more. If it was not you, write to us at once.")
    return Content(
        subject=_("The e-mail of your cabinet was changed"),
        heading=_("The e-mail of your cabinet was changed"),
        preheader=then,
        paragraphs=[
            _("It is {new} now. All other devices were signed out.").format(new=new_email),
            *_when_and_where(changed_at, where),
            then,
        ],
        button=_("Look at my sign-ins") if is_new else _("Write to support"),
        url=url,
    )


def data_taken(taken_at: datetime, where: str, url: str, forgot_url: str) -> Content:
    """The file with everything was fetched: the owner has to know."""
    return Content(
        subject=_("Your data was downloaded"),
        heading=_("Your data was downloaded"),
        preheader=_("If it was not you, set a new password at once."),
        paragraphs=[
            _("Somebody, we hope you, gave your password and asked for a copy of all your data."),
            *_when_and_where(taken_at, where),
            _("If it was not you, set a new password at once, and write to us."),
        ],
        button=_("Look at my sign-ins"),
        url=url,
        extra_link=(_("Set a new password"), forgot_url),
    )


def cabinet_deleted(deleted_at: datetime, where: str, url: str) -> Content:
    """The last letter: what is gone, and what the law makes us keep."""
    return Content(
        subject=_("Your cabinet is deleted"),
        heading=_("Your cabinet is deleted"),
        preheader=_("What went, and what the law makes us keep."),
        paragraphs=[
            *_when_and_where(deleted_at, where),
            _(
                "Your e-mail, name and phone, sign-ins, linked accounts, saved cards, autopay, requests and files "
                "are deleted."
            ),
            _(
                "The law on accounting makes us keep your payments for five years; your name and e-mail stand no more "
                "in them. The record that you once gave consent is kept for three years."
            ),
            _(
                "You still owe the provider what you owed: the bills come on paper or by the provider's own ways."
            ),
            _("You can sign up again with the same address any time; it will be a new, empty cabinet."),
        ],
        button=_("Write to support"),
        url=url,
        notes=[_("We do not keep this letter, either.")],
    )


def factor_changed(change: str, name: str, changed_at: datetime, address: str, url: str) -> Content:
    """A second factor was added or taken off: the owner has to know, in case it was not they."""
    subject, happened = _factor_words(change, name)
    where = _("It happened on {moment}, Moscow time.").format(moment=say_moment(changed_at))
    if address:
        said = _("It happened on {moment}, Moscow time, from the address {address}.")
        where = said.format(moment=say_moment(changed_at), address=address)
    return Content(
        subject=subject,
        heading=subject,
        preheader=_("If it was not you, act at once."),
        paragraphs=[
            happened,
            where,
            _("If it was not you, set a new password at once, look at this page, and write to us."),
        ],
        button=_("Open the page “Security”"),
        url=url,
    )


def _factor_words(change: str, name: str) -> tuple[str, str]:
    """The subject of the letter, and the sentence that says what it means."""
    words = {
        "app_on": (
            _("A second step is on: an app"),
            _("From now on, signing in asks for a code of your app after the password."),
        ),
        "app_off": (_("A second step is off: the app"), _("Codes of the app are not asked for any more.")),
        "key_added": (
            _("A sign-in key was added: {name}"),
            _("With the key “{name}” one can sign in to your cabinet, also without the password."),
        ),
        "key_removed": (
            _("A sign-in key was removed: {name}"),
            _("The key “{name}” does not open your cabinet any more."),
        ),
        "codes_made": (
            _("New spare codes were made"),
            _("The spare codes that you had before do not work any more."),
        ),
        "reset": (
            _("The second step of your sign-in was taken off"),
            _(
                "Our staff have taken off your app, your keys and your spare codes. All devices were signed out."
            ),
        ),
    }
    subject, happened = words[change]
    return subject.format(name=name), happened.format(name=name)


def recovery_code_used(left: int, used_at: datetime, address: str, url: str) -> Content:
    """Somebody signed in with a spare code; says when few are left."""
    said = _("On {moment}, Moscow time, somebody, we hope you, signed in with a spare code.")
    if address:
        said = _(
            "On {moment}, Moscow time, from the address {address} somebody, we hope you, used a spare code."
        )
    rest = ngettext("{n} spare code is left.", "{n} spare codes are left.", left).format(n=left)
    return Content(
        subject=_("A spare code was used"),
        heading=_("A spare code was used"),
        preheader=rest,
        paragraphs=[
            said.format(moment=say_moment(used_at), address=address),
            f"{rest} {_('Make new ones before they run out.')}" if left <= _FEW_CODES else rest,
            _("If it was not you, set a new password at once, look at this page, and write to us."),
        ],
        button=_("Open the page “Security”"),
        url=url,
    )


def _when_and_where(at: datetime, where: str) -> list[str]:
    return [_("When: {moment}, Moscow time.").format(moment=say_moment(at)), *_from_where(where)]


def _from_where(where: str) -> list[str]:
    return [_("From where: {where}").format(where=where)] if where else []


OWNER_CONTENTS: dict[str, Callable[..., Content]] = {
    "new_device": new_device,
    "password_changed": password_changed,
    "factor_changed": factor_changed,
    "recovery_code_used": recovery_code_used,
    "email_confirm_new": email_confirm_new,
    "email_allow_old": email_allow_old,
    "email_taken": email_taken,
    "email_changed": email_changed,
    "data_taken": data_taken,
    "cabinet_deleted": cabinet_deleted,
}
