"""What the API says about requests that are wrong, in both languages."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from cabinet.i18n import N_, _

_TITLES = {
    400: N_("Bad request"),
    401: N_("No valid key"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Wrong method"),
    409: N_("Conflict"),
    413: N_("Too large"),
    415: N_("Not JSON"),
    422: N_("Wrong values"),
    429: N_("Too many requests"),
    500: N_("Failed"),
    503: N_("Closed for work"),
}
_FAULTS = {
    "missing": N_("This is required."),
    "extra_forbidden": N_("There is no such field. Check its name."),
    "json_invalid": N_("This is not valid JSON."),
    "string_type": N_("This must be a string."),
    "string_too_long": N_("This may have at most {max_length} characters."),
    "string_too_short": N_("This must have at least {min_length} characters."),
    "string_pattern_mismatch": N_("This does not have the expected form: {pattern}"),
    "int_type": N_("This must be a whole number."),
    "int_parsing": N_("This must be a whole number."),
    "int_from_float": N_("This must be a whole number."),
    "bool_type": N_("This must be true or false."),
    "greater_than_equal": N_("This must be at least {ge}."),
    "less_than_equal": N_("This must be at most {le}."),
    "too_long": N_("There may be at most {max_length} of these."),
    "too_short": N_("There must be at least {min_length} of these."),
    "enum": N_("This must be one of: {expected}"),
    "literal_error": N_("This must be one of: {expected}"),
    "uuid_parsing": N_("This must be a UUID."),
    "uuid_type": N_("This must be a UUID."),
    "date_type": N_("This must be a day such as 2026-11-30."),
    "date_parsing": N_("This must be a day such as 2026-11-30."),
    "date_from_datetime_parsing": N_("This must be a day such as 2026-11-30."),
    "date_from_datetime_inexact": N_("This must be a day such as 2026-11-30."),
    "decimal_type": N_('This must be a decimal number written as a string, such as "123.45".'),
    "decimal_parsing": N_('This must be a decimal number written as a string, such as "123.45".'),
    "list_type": N_("This must be a list."),
    "model_attributes_type": N_("This must be an object."),
    "dict_type": N_("This must be an object."),
}


def title_of(status: int) -> str:
    """What a status means."""
    return _(_TITLES[status]) if status in _TITLES else HTTPStatus(status).phrase


def say_fault(one: Mapping[str, Any]) -> str:
    """What is wrong with a value, after pydantic's own kind of error; its English words for rare kinds."""
    words = _FAULTS.get(one["type"])
    if words is None:
        return str(one["msg"])
    return _(words).format(**one.get("ctx", {}))


REFERENCE_WORDS = {
    "title": N_("API for providers"),
    "quick": N_("Quick start"),
    "ask": N_("Staff make a key on the page “Keys and webhooks”. Send it with every request:"),
    "idempotency": N_(
        "Give each request that changes something a name of its own in the header Idempotency-Key: repeated, it is "
        "done once and answered the same."
    ),
    "limits": N_(
        "Every answer says in RateLimit how many requests of the minute are left; after 429 wait as Retry-After says."
    ),
    "problems": N_(
        "What went wrong is told as application/problem+json (RFC 9457), in Russian or English by Accept-Language."
    ),
    "machine": N_("The same for programs: OpenAPI 3.1"),
    "contents": N_("Requests"),
    "scope": N_("Permission of the key"),
    "parameters": N_("Parameters"),
    "body": N_("Request"),
    "answer": N_("Answer"),
    "name": N_("Name"),
    "kind": N_("Type"),
    "about": N_("What it is"),
    "required": N_("required"),
    "webhooks": N_("Webhooks"),
    "webhooks_about": N_(
        "The provider's server is told of events by POST. The header Cabinet-Signature holds t and v1: HMAC-SHA256, in "
        "hex, of “t.body” with the secret of the address; while a secret is changed there are two v1. Refuse what is "
        "older than five minutes. The same event may come twice and events may change places: go by the id."
    ),
}
"""What the reference for people says around the description."""
