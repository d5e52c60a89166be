"""The words of the page of keys and webhooks."""

from typing import Any

from cabinet.i18n import N_
from cabinet.keys.models import Scope
from cabinet.staff.words import Words, later
from cabinet.webhooks.models import DeliveryState, WebhookEvent

SCOPES: Words = {
    Scope.ACCOUNTS_READ: N_("Read accounts"),
    Scope.ACCOUNTS_WRITE: N_("Hand over accounts"),
    Scope.METERS_WRITE: N_("Hand over meters"),
    Scope.BILLS_WRITE: N_("Issue and correct bills"),
    Scope.BALANCES_WRITE: N_("Hand over balances"),
    Scope.READINGS_READ: N_("Pull readings"),
    Scope.READINGS_WRITE: N_("Hand over readings of the provider"),
    Scope.READINGS_DECIDE: N_("Accept and decline readings"),
    Scope.PAYMENTS_READ: N_("Pull payments"),
    Scope.REGISTRIES_READ: N_("Fetch registries"),
}
EVENTS: Words = {
    WebhookEvent.PAYMENT_SUCCEEDED: N_("A payment came"),
    WebhookEvent.PAYMENT_REFUNDED: N_("A payment was refunded"),
    WebhookEvent.PAYMENT_DISPUTED: N_("A payment is disputed"),
    WebhookEvent.DISPUTE_LOST: N_("A dispute was lost"),
    WebhookEvent.READING_SUBMITTED: N_("A reading was sent"),
    WebhookEvent.READING_CORRECTED: N_("A reading was corrected"),
    WebhookEvent.REGISTRY_MADE: N_("A registry was made"),
    WebhookEvent.TEST: N_("Test"),
}
DELIVERY_STATES: Words = {
    DeliveryState.PENDING: N_("Waiting for the next try"),
    DeliveryState.DELIVERED: N_("Delivered"),
    DeliveryState.GIVEN_UP: N_("Given up"),
}
ERRORS: dict[str, str] = {
    "timeout": N_("The server did not answer in time"),
    "no_such_host": N_("There is no server of this name"),
    "private_address": N_("The name leads into a private network"),
    "bad_certificate": N_("The server's certificate is not valid"),
    "no_connection": N_("The server takes no connection"),
    "broken_answer": N_("The server's answer broke off"),
    "bad_address": N_("The address is not allowed"),
    "switched_off": N_("The address was switched off"),
}

KEY_WORDS: dict[str, Any] = {
    "title": later(N_("Keys and webhooks")),
    "about": later(N_("By these keys the provider's accounting program exchanges data with the cabinet.")),
    "reference": later(N_("Reference of the API")),
    "all_keys": later(N_("Keys")),
    "no_keys": later(N_("There are no keys yet.")),
    "key": later(N_("Key")),
    "permissions": later(N_("Permissions")),
    "ends": later(N_("Ends")),
    "last_used": later(N_("Last used")),
    "never": later(N_("never")),
    "revoked": later(N_("Revoked")),
    "expired": later(N_("Expired")),
    "ends_soon": later(N_("Ends soon")),
    "works": later(N_("Works")),
    "revoke": later(N_("Revoke")),
    "revoke_hint": later(N_("The program loses access at once. A revoked key does not come back.")),
    "revoke_now": later(N_("Revoke this key")),
    "make_key": later(N_("Make a key")),
    "key_name": later(N_("What the key is for")),
    "key_name_hint": later(N_("For example: 1C at the office, exchange server")),
    "last_day": later(N_("Works until and including")),
    "last_day_hint": later(N_("At most a year. Two weeks before the end a letter goes to the provider.")),
    "scopes_hint": later(N_("Give only what the program needs.")),
    "new_key": later(N_("The new key, shown only now:")),
    "new_key_hint": later(
        N_("Copy it into the program now. We keep no copy: a lost key is revoked and made anew.")
    ),
    "new_secret": later(N_("The secret of the signature, shown only now:")),
    "new_secret_hint": later(N_("Copy it to the server now. By it the server knows that a message is ours.")),
    "addresses": later(N_("Webhooks")),
    "addresses_about": later(N_("Addresses of the provider's servers that are told at once what happened.")),
    "no_addresses": later(N_("There are no addresses yet.")),
    "address": later(N_("Address")),
    "events": later(N_("Events")),
    "add_address": later(N_("Add an address")),
    "address_hint": later(
        N_("It begins with https:// and answers with a code from 200 to 299 within ten seconds.")
    ),
    "state": later(N_("State")),
    "on": later(N_("Works")),
    "failing": later(N_("Not answering since")),
    "off_by_staff": later(N_("Switched off")),
    "off_by_itself": later(N_("Switched off: it did not answer for days")),
    "open_address": later(N_("Deliveries and settings")),
    "deliveries": later(N_("Latest deliveries")),
    "no_deliveries": later(N_("Nothing has been sent yet.")),
    "event": later(N_("Event")),
    "when": later(N_("When")),
    "answer": later(N_("Answer")),
    "tries": later(N_("Tries")),
    "next_try": later(N_("next try")),
    "ms": later(N_("ms")),
    "resend": later(N_("Send again")),
    "send_test": later(N_("Send a test")),
    "test_sent": later(N_("The test is on its way. Load the page again in a few seconds.")),
    "rotate": later(N_("Make a new secret")),
    "rotate_hint": later(
        N_("For a week both secrets sign, so that the server can be changed over in peace.")
    ),
    "switch_off": later(N_("Switch off")),
    "switch_on": later(N_("Switch on")),
    "provider": later(N_("Provider")),
    "show": later(N_("Show")),
    "back": later(N_("To keys and webhooks")),
}
