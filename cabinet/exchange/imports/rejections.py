"""Why a row is not taken: a code in the database, a sentence for whoever reads it."""

from datetime import date

from cabinet.i18n import N_, _
from cabinet.kit.dates import say_date

UNREADABLE = "unreadable"
NUMBER_FORM = "number_form"
BAD_ELS = "bad_els"
BAD_FIAS = "bad_fias"
TOO_LONG = "too_long"
SUM_RANGE = "sum_range"
BAD_METER = "bad_meter"
BAD_READING = "bad_reading"
READ_WHEN = "read_when"
BAD_CHARGE = "bad_charge"
REPEATED = "repeated"
CLOSED = "closed"
OLDER = "older"

REASONS = {
    NUMBER_FORM: N_("The account number does not have this provider's form. Example: {detail}"),
    BAD_ELS: N_("The ЕЛС is wrong: two digits, two letters, six digits. Example: 70АА123456"),
    BAD_FIAS: N_("The ФИАС code is wrong: it has 36 characters, then a comma and the flat."),
    TOO_LONG: N_("The name or the address is too long."),
    SUM_RANGE: N_("The sum cannot be right: it is over a billion roubles."),
    BAD_METER: N_("The meter is wrong: {detail}"),
    BAD_READING: N_("The reading does not fit on the dial of meter {detail}."),
    READ_WHEN: N_("The day of the reading of meter {detail} cannot be right: it is to come, or before 2000."),
    BAD_CHARGE: N_("The charge is wrong: {detail}"),
    REPEATED: N_("The account stands several times in the file: rows {detail}. Leave one of them."),
    CLOSED: N_("The account is closed. Open it again, or leave it out."),
    OLDER: N_("A newer balance of this account is known: of {detail}."),
}


def say_reason(code: str, detail: str) -> str:
    """The sentence in the language of the context; a row that could not be read brought its own."""
    if code not in REASONS:
        return detail
    said = say_date(date.fromisoformat(detail)) if code == OLDER else detail
    return _(REASONS[code]).format(detail=said)
