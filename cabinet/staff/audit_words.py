"""The log in words: what was done, to what, and what of it changed. What is not known here is shown as it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from cabinet.i18n import N_, _
from cabinet.kit.dates import say_moment
from cabinet.kit.money import format_amount

ACTIONS: dict[str, str] = {
    "view": N_("Looked at"),
    "list": N_("Looked through the list"),
    "export": N_("Exported"),
    "download": N_("Downloaded"),
    "create": N_("Added"),
    "edit": N_("Changed"),
    "delete": N_("Removed"),
    "withdraw": N_("Withdrew"),
    "resend": N_("Sent again"),
    "revoke": N_("Revoked"),
    "accept_reading": N_("Accepted a reading"),
    "decline_reading": N_("Declined a reading"),
    "give_pin": N_("Gave a PIN"),
    "end_links_of_account": N_("Ended all links of an account"),
    "end_access": N_("Access to an account ended"),
    "unlink": N_("Unlinked an account"),
    "proof_passed": N_("Proved the ownership"),
    "proof_failed": N_("Failed to prove the ownership"),
    "invite": N_("Invited"),
    "accept_invitation": N_("Accepted an invitation"),
    "decline_invitation": N_("Declined an invitation"),
    "revoke_invitation": N_("Took an invitation back"),
    "close_access": N_("Closed the access"),
    "agree_to_email": N_("Agreed to another e-mail in place of a lost mailbox"),
    "change_email": N_("Changed the own e-mail"),
    "take_data": N_("Downloaded the own data"),
    "delete_cabinet": N_("Deleted the own cabinet"),
    "open_access": N_("Opened the access"),
    "send_letter": N_("Sent the entry letter"),
    "end_sessions": N_("Signed out everywhere"),
    "end_session": N_("Ended a session"),
    "hire": N_("Added to the staff"),
    "set_password": N_("Set a password"),
    "change_role": N_("Changed the role"),
    "request_refund": N_("Wanted a refund"),
    "approve_refund": N_("Approved a refund"),
    "decline_refund": N_("Declined a refund"),
    "credit_review": N_("Credited a checked payment"),
    "send_back": N_("Sent a checked payment back"),
    "ask_processor": N_("Asked the processor"),
    "take_statement": N_("Took a provider's balance in"),
    "hand_over": N_("Wrote a payout down"),
    "confirm_payout": N_("Confirmed a payout"),
    "reconcile": N_("Began a reconciliation"),
    "resolve": N_("Resolved a difference"),
    "recount": N_("Began a recount"),
    "answer": N_("Answered a request"),
    "note": N_("Wrote a note for colleagues"),
    "assign": N_("Said who answers"),
    "close": N_("Closed a request"),
    "rate": N_("Rated the help"),
    "logo": N_("Changed the logo"),
    "retry": N_("Tried again"),
    "cancel": N_("Canceled a job"),
    "pull": N_("Fetched by a program"),
    "make_export": N_("Made a registry"),
    "deliver_export": N_("Handed a registry over"),
    "download_export": N_("Downloaded a registry"),
    "confirm_export": N_("Confirmed a registry"),
    "choose_readings": N_("Chose which readings are handed over"),
    "add_schedule": N_("Added a schedule of registries"),
    "change_schedule": N_("Changed a schedule of registries"),
    "switch_schedule": N_("Switched a schedule of registries"),
    "upload_registry": N_("Uploaded a registry"),
    "set_registry_layout": N_("Said how a registry is read"),
    "check_registry": N_("Began to check a registry"),
    "apply_registry": N_("Began to take a registry in"),
    "registry_applied": N_("A registry was taken in"),
    "roll_back_registry": N_("Began to take a registry back"),
    "registry_rolled_back": N_("A registry was taken back"),
    "cancel_registry": N_("Stopped a registry"),
    "export_rejected": N_("Downloaded rejected rows"),
    "switch_on": N_("Switched on"),
    "switch_off": N_("Switched off"),
    "rotate_secret": N_("Made a new secret"),
    "test": N_("Sent a test"),
    "revoke_token": N_("Ended a token"),
    "factor_app_on": N_("Switched the own sign-in app on"),
    "factor_app_off": N_("Switched the own sign-in app off"),
    "factor_key_added": N_("Added an own sign-in key"),
    "factor_key_removed": N_("Removed an own sign-in key"),
    "factor_codes_made": N_("Made new own spare codes"),
    "reset_factor": N_("Took a second factor off"),
}
SUBJECTS: dict[str, str] = {
    "provider": N_("provider"),
    "account": N_("account"),
    "account_link": N_("link"),
    "resident": N_("Resident"),
    "staff": N_("colleague"),
    "payment": N_("payment"),
    "refund": N_("refund"),
    "payout": N_("payout"),
    "payout_register": N_("register of a payout"),
    "statement": N_("provider's balance"),
    "reconciliation": N_("reconciliation"),
    "difference": N_("difference"),
    "recount": N_("recount"),
    "bill": N_("bill"),
    "meter": N_("meter"),
    "reading": N_("reading"),
    "tariff": N_("tariff"),
    "notice": N_("notice"),
    "ticket": N_("request"),
    "ticket_file": N_("file of a request"),
    "letter": N_("letter"),
    "invitation": N_("invitation"),
    "audit": N_("audit log"),
    "link": N_("link"),
    "registry": N_("registry of a provider"),
    "registry_export": N_("registry for a provider"),
    "export_schedule": N_("schedule of registries"),
    "canned_answer": N_("answer kept ready"),
    "job": N_("job"),
    "api_key": N_("key of a program"),
    "webhook_endpoint": N_("address of a webhook"),
    "webhook_delivery": N_("message to a program"),
    "personal_token": N_("token of a resident's program"),
}
_FIELDS: dict[str, str] = {
    "reason": N_("Reason"),
    "what": N_("Part"),
    "rows": N_("Rows"),
    "columns": N_("Columns"),
    "q": N_("Searched for"),
    "filter": N_("Filter"),
    "page": N_("Page"),
    "state": N_("State"),
    "role": N_("Role"),
    "email": N_("E-mail"),
    "links": N_("Links"),
    "kind": N_("Kind"),
    "value": N_("Value"),
    "period": N_("For the month"),
    "amount_minor": N_("Amount"),
    "balance_minor": N_("Balance"),
    "as_of": N_("As of"),
    "account_id": N_("Account"),
    "resident_id": N_("Resident"),
    "provider_id": N_("Provider"),
    "declined_because": N_("Reason"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Change:
    """A field, as it was and as it is; `before` is empty where nothing stood there."""

    field: str
    before: str
    after: str


def say_action(action: str) -> str:
    """«Looked at»."""
    return _(ACTIONS[action]) if action in ACTIONS else action


def say_subject(subject: str) -> str:
    """«account»."""
    return _(SUBJECTS[subject]) if subject in SUBJECTS else subject


def changes_of(
    before: Mapping[str, Any], after: Mapping[str, Any], labels: Mapping[str, str], zone: str
) -> Iterator[Change]:
    """What the record says, field by field; `labels` are those of the table's own columns."""
    for name in dict.fromkeys((*before, *after)):
        label = labels.get(name) or (_(_FIELDS[name]) if name in _FIELDS else name)
        was, now_is = (_say(name, values.get(name), zone) for values in (before, after))
        yield Change(label, was, now_is)


def _say(name: str, value: Any, zone: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name.endswith("_minor") and isinstance(value, int):
        return format_amount(value)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return say_moment(datetime.fromisoformat(value), zone)
    if isinstance(value, list):
        return ", ".join(_say("", one, zone) for one in cast(list[Any], value))
    if isinstance(value, dict):
        pairs = cast(dict[str, Any], value).items()
        return "; ".join(f"{key}: {_say(key, one, zone)}" for key, one in pairs)
    said = str(value)
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
