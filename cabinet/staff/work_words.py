"""The words of the staff's pages about readings, tariffs, bills, notices and access."""

from typing import Any

from cabinet.accounts.models import LinkRole
from cabinet.billing.models import ChargeKind
from cabinet.i18n import N_
from cabinet.meters.concerns import Doubt
from cabinet.meters.models import MeterKind, ReadingSource, ReadingState
from cabinet.notices.models import NoticeKind
from cabinet.providers.models import ProofKind
from cabinet.staff.words import Words, later

READING_STATES: Words = {
    ReadingState.SUBMITTED: N_("To be decided"),
    ReadingState.ACCEPTED: N_("Accepted"),
    ReadingState.DECLINED: N_("Declined"),
    ReadingState.SUPERSEDED: N_("Corrected by the resident"),
}
READING_SOURCES: Words = {
    ReadingSource.RESIDENT: N_("The resident"),
    ReadingSource.PROVIDER: N_("The provider"),
    ReadingSource.CALCULATED: N_("Calculated"),
}
DOUBTS: Words = {
    Doubt.NOTHING_USED: N_("Nothing was used"),
    Doubt.MORE_THAN_USUAL: N_("Far above the usual"),
    Doubt.ABOVE_LIMIT: N_("Above the largest believable use"),
    Doubt.ZERO_CROSSING: N_("The meter started again from zero"),
    Doubt.LOWER: N_("Lower than before"),
    Doubt.BELOW_CALCULATED: N_("Lower than the calculated value"),
    Doubt.STUCK_ZONE: N_("The zone has stood still for months"),
    Doubt.SWAPPED_ZONES: N_("Zones may have changed places"),
    Doubt.SWAPPED_METERS: N_("Hot and cold may have changed places"),
    Doubt.SLIPPED_DIGIT: N_("A digit or the comma may have slipped"),
    Doubt.EXPIRED: N_("The verification has ended"),
}
METER_KINDS: Words = {
    MeterKind.GAS: N_("Gas"),
    MeterKind.ELECTRICITY: N_("Electricity"),
    MeterKind.COLD_WATER: N_("Cold water"),
    MeterKind.HOT_WATER: N_("Hot water"),
    MeterKind.HEAT: N_("Heat"),
}
CHARGE_KINDS: Words = {
    ChargeKind.SERVICE: N_("Service"),
    ChargeKind.PENALTY: N_("Penalty"),
}
NOTICE_KINDS: Words = {
    NoticeKind.NEWS: N_("News"),
    NoticeKind.OUTAGE: N_("Outage"),
}
PROOFS: Words = {
    ProofKind.LAST_BILL: N_("The sum of the last bill"),
    ProofKind.METER_NUMBER: N_("The number of a meter"),
    ProofKind.PIN: N_("A PIN that you give out"),
    ProofKind.NONE: N_("No proof: name, bills and history stay hidden"),
}
LINK_ROLES: Words = {
    LinkRole.OWNER: N_("Owner"),
    LinkRole.HELPER: N_("Invited: pays and sends readings"),
    LinkRole.VIEWER: N_("Invited: looks only"),
}

WORK_WORDS: dict[str, Any] = {
    "to_registries": later(N_("Registries")),
    "back": later(N_("Back")),
    "provider": later(N_("Provider")),
    "all_providers": later(N_("All providers")),
    "account": later(N_("Account")),
    "state": later(N_("State")),
    "reason": later(N_("Reason")),
    "when": later(N_("When")),
    "sum": later(N_("Sum")),
    "period": later(N_("For the month")),
    "any": later(N_("Any")),
    "show": later(N_("Show")),
    "save": later(N_("Save")),
    "earlier": later(N_("Earlier ones")),
    "later": later(N_("Back to the first ones")),
    "readings": later(N_("Readings")),
    "meter": later(N_("Meter")),
    "zone": later(N_("Zone")),
    "value": later(N_("Value")),
    "previous": later(N_("Previous")),
    "use": later(N_("Used")),
    "usual": later(N_("Usually")),
    "sent": later(N_("Sent")),
    "given_by": later(N_("Given by")),
    "doubts": later(N_("What is odd")),
    "confirmed": later(N_("confirmed by the resident")),
    "no_readings": later(N_("No readings here. Choose another state or provider.")),
    "choose_all": later(N_("Choose all on this page")),
    "choose": later(N_("Choose")),
    "accept": later(N_("Accept the chosen ones")),
    "accept_one": later(N_("Accept")),
    "accepted_now": later(N_("Accepted:")),
    "skipped_now": later(N_("Decided or corrected in the meantime:")),
    "declined_now": later(N_("Declined. The resident gets a letter with your reason.")),
    "decline": later(N_("Decline")),
    "decline_hint": later(
        N_(
            "The resident reads this in a letter. Say what is wrong and what to do. The value before it counts again."
        )
    ),
    "none_chosen": later(N_("Choose at least one reading.")),
    "history": later(N_("Readings before it")),
    "no_history": later(N_("Nothing was read before.")),
    "decided": later(N_("Decided")),
    "open_meter": later(N_("Open the meter's card")),
    "tariffs": later(N_("Tariffs")),
    "service": later(N_("Service")),
    "zones": later(N_("Zones of the meter")),
    "price": later(N_("Roubles for a unit")),
    "valid_from": later(N_("Valid from")),
    "valid_now": later(N_("valid now")),
    "not_begun": later(N_("has not begun")),
    "past": later(N_("past")),
    "add_tariff": later(N_("Add a tariff")),
    "tariff_hint": later(
        N_(
            "A tariff that has begun stays as it is: by it residents were told what their readings cost. "
            "Add a new one with the day from which it is valid."
        )
    ),
    "price_of": later(N_("Price of zone")),
    "drop": later(N_("Remove")),
    "no_tariffs": later(N_("No tariffs yet. Without them residents see the use and no cost.")),
    "gaps": later(N_("Bills that do not add up")),
    "gap": later(N_("Difference")),
    "gap_hint": later(
        N_(
            "Opening balance + lines − paid must give the closing balance, and volume × tariff + recalculation "
            "the amount of each line. Ask the provider for a corrected file: residents see the figures as they came."
        )
    ),
    "no_gaps": later(N_("All bills of the last hundred days add up.")),
    "bill": later(N_("Bill")),
    "closing_gap": later(N_("The closing balance differs by")),
    "line_gap": later(N_("The line says, and volume × tariff gives")),
    "issued": later(N_("Came")),
    "notices": later(N_("Notices")),
    "new_notice": later(N_("Write a notice")),
    "edit_notice": later(N_("Notice")),
    "no_notices": later(N_("No notices yet.")),
    "kind": later(N_("Kind")),
    "to_whom": later(N_("To whom")),
    "operator": later(N_("All residents (from the operator)")),
    "address_part": later(N_("Only for addresses that hold")),
    "address_hint": later(
        N_("Whole words, such as “Lesnaya st., 12”; “12” does not mean “120”. Empty: for everybody.")
    ),
    "title_ru": later(N_("Title in Russian")),
    "title_en": later(N_("Title in English")),
    "text_ru": later(N_("Text in Russian")),
    "text_en": later(N_("Text in English")),
    "english_hint": later(N_("Without English, those who read English get the Russian text.")),
    "happens": later(N_("When it happens")),
    "happens_from": later(N_("Begins")),
    "happens_until": later(N_("Ends")),
    "shown": later(N_("When it is shown")),
    "shown_from": later(N_("Shown from")),
    "shown_until": later(N_("Shown until")),
    "zone_hint": later(N_("Dates and hours are those of the provider's place.")),
    "by_letter": later(N_("By letter, too")),
    "by_letter_hint": later(
        N_(
            "Each resident who has not declined such letters gets one, once, when the notice begins to be shown. "
            "Changes afterwards are not sent again."
        )
    ),
    "reaches": later(N_("Residents it reaches")),
    "letters": later(N_("of them by letter")),
    "preview": later(N_("As residents see it")),
    "preview_button": later(N_("Look at it first")),
    "withdraw": later(N_("Withdraw")),
    "withdraw_hint": later(N_("Nobody sees it any more. Letters that have left stay with their readers.")),
    "withdrawn": later(N_("withdrawn")),
    "is_shown": later(N_("shown now")),
    "is_to_come": later(N_("to come")),
    "is_over": later(N_("over")),
    "letters_sent": later(N_("letters written")),
    "access": later(N_("Who has access")),
    "resident": later(N_("Resident")),
    "role": later(N_("Role")),
    "level": later(N_("Proof")),
    "since": later(N_("Since")),
    "until": later(N_("Until")),
    "nobody": later(N_("Nobody has linked this account.")),
    "pin": later(N_("PIN of the owner")),
    "pin_is": later(N_("The new PIN, shown only now:")),
    "pin_hint": later(
        N_(
            "Give it to the owner in person or on the paper bill, after you have seen a document. "
            "A PIN given earlier stops working."
        )
    ),
    "give_pin": later(N_("Make a new PIN")),
    "end_links": later(N_("End all links")),
    "end_links_hint": later(
        N_(
            "When the flat has changed hands. Everybody listed here loses the account at once, autopay with it, "
            "and gets a letter. Bills from before prove nothing any more; the new owner links the account again."
        )
    ),
    "ended_now": later(N_("Links ended:")),
}
