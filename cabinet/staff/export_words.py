"""The words of the staff's pages about registries for providers."""

from typing import Any

from cabinet.exchange.exports.models import (
    ExportKind,
    ExportState,
    ExportWay,
    ReadingsChoice,
    Rhythm,
    RowCause,
)
from cabinet.exchange.rows import RegistryFormat
from cabinet.i18n import N_
from cabinet.staff.words import Words, later

EXPORT_KINDS: Words = {ExportKind.PAYMENTS: N_("Payments"), ExportKind.READINGS: N_("Readings")}
EXPORT_STATES: Words = {
    ExportState.MADE: N_("Made, not fetched yet"),
    ExportState.DELIVERED: N_("Delivered"),
    ExportState.FAILED: N_("Not in the folder"),
    ExportState.CONFIRMED: N_("Confirmed by the provider"),
}
EXPORT_WAYS: Words = {
    ExportWay.DOWNLOAD: N_("Download here"),
    ExportWay.FOLDER: N_("Put into the folder"),
    ExportWay.API: N_("Pulled by the provider's program"),
}
EXPORT_FORMATS: Words = {
    RegistryFormat.CSV: N_("CSV table"),
    RegistryFormat.XLSX: N_("Excel workbook"),
    RegistryFormat.SBER_DEBTS: N_("Sber, with ЕЛС"),
    RegistryFormat.SBER_DEBTS_OLD: N_("Sber, old"),
    RegistryFormat.SBER_READINGS: N_("Sber, readings"),
    RegistryFormat.GOROD: N_("«Город»"),
    RegistryFormat.JSON: N_("JSON"),
    RegistryFormat.DBF: N_("DBF"),
}
RHYTHMS: Words = {
    Rhythm.DAILY: N_("Every day"),
    Rhythm.WEEKLY: N_("Every week"),
    Rhythm.MONTHLY: N_("Every month"),
}
READINGS_CHOICES: Words = {
    ReadingsChoice.SUBMITTED: N_("All that residents sent, decided or not"),
    ReadingsChoice.ACCEPTED: N_("Only accepted ones"),
}
ROW_CAUSES: Words = {
    RowCause.PAID: N_("Paid"),
    RowCause.REFUND: N_("Refunded after it was handed over"),
    RowCause.REFUND_CAME_BACK: N_("The refund did not reach the card: handed over again"),
    RowCause.DISPUTE: N_("Taken back by the resident's bank"),
    RowCause.READING: N_("Reading"),
}
ENCODING_NAMES = {
    "windows-1251": "Windows-1251",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (Excel)",
    "cp866": "CP866",
    "koi8-r": "KOI8-R",
}

EXPORT_WORDS: dict[str, Any] = {
    "waiting": later(N_("Not handed over yet")),
    "kind": later(N_("What")),
    "rows": later(N_("Rows")),
    "late": later(N_("of earlier periods")),
    "corrections_of": later(N_("corrections")),
    "count": later(N_("Count")),
    "being_counted": later(N_("Being counted. The rest of the page can be used already.")),
    "not_counted": later(N_("It could not be counted.")),
    "not_all_counted": later(N_("Not everything could be counted.")),
    "nothing_else_waits": later(N_("Nothing else waits.")),
    "nothing_waits": later(N_("Everything has been handed over.")),
    "make": later(N_("Make a registry")),
    "make_button": later(N_("Make the registry")),
    "make_hint": later(
        N_(
            "It takes everything up to the last day that is in no registry yet, what came late included. "
            "No row is handed over twice."
        )
    ),
    "show_content": later(N_("Show what will be in it")),
    "first_day": later(N_("From day")),
    "first_day_hint": later(N_("Empty: from where the last registry ended.")),
    "last_day": later(N_("To day, included")),
    "last_day_hint": later(N_("Empty: up to now.")),
    "format": later(N_("Format")),
    "encoding": later(N_("Encoding")),
    "usual_encoding": later(N_("usual for the format")),
    "even_empty": later(N_("Make it even if it is empty")),
    "content": later(N_("This will be handed over")),
    "late_rows": later(N_("Of earlier periods, came late")),
    "correction_rows": later(N_("Corrections of what was handed over earlier")),
    "registries": later(N_("Registries made")),
    "no_registries": later(N_("No registry has been made yet.")),
    "none_found": later(N_("No registry has this payment or account.")),
    "find": later(N_("Payment or account number")),
    "any_kind": later(N_("Payments and readings")),
    "registry": later(N_("Registry")),
    "registry_no": later(N_("Registry No.")),
    "period": later(N_("Period")),
    "made": later(N_("Made")),
    "by_schedule": later(N_("by schedule")),
    "by_command": later(N_("by a command")),
    "delivered": later(N_("Delivered")),
    "confirmed": later(N_("Confirmed")),
    "file": later(N_("File")),
    "checksum": later(N_("Checksum of the file (SHA-256)")),
    "way": later(N_("How it gets there")),
    "download": later(N_("Download")),
    "download_hint": later(N_("Always the same file, to the byte. Each download is written down.")),
    "other_format": later(N_("In another format")),
    "other_format_hint": later(N_("The same rows and sums.")),
    "confirm": later(N_("The provider has received it")),
    "confirm_hint": later(N_("Press when the provider has confirmed the number of rows and the sum.")),
    "again": later(N_("Try again")),
    "first_rows": later(N_("The first rows")),
    "no_rows": later(N_("This registry is empty.")),
    "why": later(N_("Why")),
    "value": later(N_("Value")),
    "meter": later(N_("Meter")),
    "to_payouts": later(N_("Payouts to this provider")),
    "to_readings": later(N_("Readings")),
    "to_schedules": later(N_("Schedules")),
    "to_registries": later(N_("Registries")),
    "schedules": later(N_("Schedules")),
    "no_schedules": later(
        N_("Nothing is made by itself yet. Add a schedule, and registries are made on time.")
    ),
    "add_schedule": later(N_("Add a schedule")),
    "edit_schedule": later(N_("Change the schedule")),
    "when_made": later(N_("When")),
    "next_time": later(N_("Next time")),
    "switched_off": later(N_("switched off")),
    "rhythm": later(N_("How often")),
    "day": later(N_("Day")),
    "day_hint": later(
        N_("Of the week: 1 is Monday, 7 is Sunday. Of the month: 1 to 28. Not used for every day.")
    ),
    "hour": later(N_("Hour, by the provider's clock")),
    "switch_off": later(N_("Switch off")),
    "switch_on": later(N_("Switch on")),
    "switch_hint": later(N_("What was missed while it was off is in the next registry.")),
    "change": later(N_("Change")),
    "readings_choice": later(N_("Which readings are handed over")),
    "later_page": later(N_("Newer")),
    "earlier_page": later(N_("Earlier")),
    "done_made": later(N_("The registry is made. Download it and hand it over.")),
    "done_confirmed": later(N_("Written down: the provider has it.")),
    "done_saved": later(N_("Saved.")),
}
