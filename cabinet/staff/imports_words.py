"""The words of the pages about registries that come in."""

from typing import Any

from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.imports.errors import CutUpload, DiskIsFull, FileMissing, RegistryTooLarge
from cabinet.exchange.imports.figures import ACCOUNT_DIFFERS, ANOTHER_DAY, ROWS_DIFFER, TOTAL_DIFFERS
from cabinet.exchange.imports.models import ImportState
from cabinet.exchange.rows import Column, RegistryFormat
from cabinet.i18n import N_
from cabinet.settings import settings
from cabinet.staff.words import Words, later

STATES: Words = {
    ImportState.UPLOADED: N_("Not recognised"),
    ImportState.RECOGNISED: N_("Recognised, to be checked"),
    ImportState.CHECKING: N_("Being checked"),
    ImportState.CHECKED: N_("Checked, to be applied"),
    ImportState.APPLYING: N_("Being applied"),
    ImportState.APPLIED: N_("Applied"),
    ImportState.ROLLING_BACK: N_("Being taken back"),
    ImportState.ROLLED_BACK: N_("Taken back"),
    ImportState.FAILED: N_("Did not work"),
    ImportState.CANCELED: N_("Canceled"),
}
FORMATS: Words = {
    RegistryFormat.SBER_DEBTS: N_("Sber, debts"),
    RegistryFormat.SBER_DEBTS_OLD: N_("Sber, debts (old form)"),
    RegistryFormat.SBER_READINGS: N_("Sber, readings"),
    RegistryFormat.GOROD: N_("«Город»"),
    RegistryFormat.JSON: "JSON",
    RegistryFormat.CSV: N_("Table of text (CSV)"),
    RegistryFormat.XLSX: N_("Excel workbook (XLSX)"),
    RegistryFormat.DBF: N_("dBase table (DBF)"),
}
ENCODINGS = {
    Encoding.WINDOWS_1251: "Windows-1251",
    Encoding.UTF_8: "UTF-8",
    Encoding.CP866: "CP866 (DOS)",
    Encoding.KOI8_R: "KOI8-R",
    Encoding.UTF_8_BOM: "UTF-8 (BOM)",
    Encoding.UTF_16: "UTF-16",
}
COLUMNS: Words = {
    Column.NUMBER: N_("Account number"),
    Column.OWNER_NAME: N_("Owner"),
    Column.ADDRESS: N_("Address"),
    Column.ELS: N_("ЕЛС"),
    Column.FIAS: N_("ФИАС"),
    Column.BALANCE: N_("Balance, debt above zero"),
    Column.SERVICE: N_("Service"),
    Column.PERIOD: N_("Month"),
    Column.CHARGED: N_("Charged in the month"),
    Column.PAYMENTS: N_("Numbers of posted payments"),
    Column.METER_KIND: N_("Kind of meter"),
    Column.METER_SERIAL: N_("Number of the meter"),
    Column.METER_ZONE: N_("Zone"),
    Column.VERIFICATION_DUE: N_("Next verification"),
    Column.READING: N_("Reading"),
    Column.READ_ON: N_("Day of the reading"),
}
DELIMITERS = {
    ";": N_("semicolon ;"),
    ",": N_("comma ,"),
    "\t": N_("tab"),
    "|": N_("bar |"),
}
FIELDS = {"owner_name": N_("Owner"), "address": N_("Address"), "balance": N_("Balance")}
PROBLEMS = {
    TOTAL_DIFFERS: N_("The sum of the rows is not the control sum of the file."),
    ROWS_DIFFER: N_("The file has another number of rows than it says."),
    ACCOUNT_DIFFERS: N_("The bank account in the file is not the provider's."),
    ANOTHER_DAY: N_("This very file was taken in before, as the balances of another day. Look at the day."),
}

IMPORT_WORDS: dict[str, Any] = {
    key: later(text)
    for key, text in {
        "upload": N_("Send a registry"),
        "file": N_("File"),
        "file_hint": N_("Text, CSV, Excel, DBF or JSON, up to {count} MB. Nothing is changed yet."),
        "send": N_("Send the file"),
        "sending": N_("The file is on its way…"),
        "provider": N_("Provider"),
        "imports": N_("Registries that came in"),
        "none": N_("No registry has come in yet. Send the first one above."),
        "none_to_see": N_("No registry has come in yet."),
        "state": N_("State"),
        "rows": N_("Rows"),
        "sum": N_("Sum"),
        "sent": N_("Sent"),
        "newer": N_("Newer ones"),
        "older": N_("Older ones"),
        "how_to_read": N_("How the file is read"),
        "format": N_("Format"),
        "encoding": N_("Encoding"),
        "delimiter": N_("Between the columns"),
        "heading": N_("The first row names the columns"),
        "skip": N_("Rows above it"),
        "sheet": N_("Sheet"),
        "first_sheet": N_("the first"),
        "decimal": N_("Before the kopecks"),
        "decimal_any": N_("as it stands"),
        "decimal_comma": N_("comma"),
        "decimal_point": N_("point"),
        "negative": N_("A debt is below zero in this file"),
        "period": N_("Month of the charges"),
        "as_of": N_("Balances of the day"),
        "as_of_hint": N_("Payments made later are kept out: they are not counted twice."),
        "columns": N_("What stands in the columns"),
        "not_taken": N_("not taken"),
        "first_rows": N_("First rows"),
        "look": N_("Show it this way"),
        "check": N_("Check without changing anything"),
        "check_again": N_("Check again"),
        "save_layout": N_("Read this provider's next files the same way"),
        "work": N_("Progress"),
        "cancel": N_("Cancel"),
        "canceling": N_("It will stop in a moment."),
        "refreshes": N_("The page refreshes by itself."),
        "read": N_("Rows read"),
        "dry_run": N_("What will happen"),
        "report": N_("What was done"),
        "new": N_("New accounts"),
        "changed": N_("Changed rows"),
        "unchanged": N_("Unchanged"),
        "rejected": N_("Rejected rows"),
        "file_sum": N_("Sum in the file"),
        "control_sum": N_("Control sum"),
        "control_rows": N_("Rows by the control figure"),
        "no_control": N_("the file names none"),
        "accepted": N_("Sum of the rows that are taken"),
        "adjustment": N_("Balances change by"),
        "unposted": N_("Paid here, not in these balances"),
        "doubtful": N_("of it handed over and not confirmed"),
        "posted_items": N_("Payments that the provider has posted"),
        "meters_new": N_("New meters"),
        "readings_new": N_("New readings"),
        "bills_new": N_("New bills"),
        "bills_changed": N_("Corrected bills"),
        "charged": N_("Charged in all"),
        "differences": N_("Some of the differences"),
        "row": N_("Row"),
        "account": N_("Account"),
        "what": N_("What"),
        "new_one": N_("new"),
        "reason": N_("Reason"),
        "number": N_("Number"),
        "download": N_("Download the rejected rows to mend them"),
        "apply": N_("Take the registry in"),
        "apply_hint": N_("All rows are taken in together. Rejected rows are left out."),
        "why_apply": N_("Why it is taken although the figures do not fit"),
        "tell": N_("Write letters about new bills to residents who want them"),
        "sure": N_("I have looked at the figures"),
        "take_back": N_("Take the import back"),
        "take_back_hint": N_("It works while nothing rests on it: no payment, no newer balance, no link."),
        "why_back": N_("Why it is taken back"),
        "back": N_("To all registries"),
        "applied": N_("Applied"),
        "rolled_back": N_("Taken back"),
        "file_gone": N_("The file is not kept any more."),
        "the_file": N_("The file"),
        "bytes": N_("Size"),
        "put_aside": N_("Put the file aside"),
    }.items()
}


def upload_problem(code: str) -> str:
    """The words for what stood in the way of an upload; nothing for a code that is none."""
    problems = (RegistryTooLarge(settings.registry_max_bytes), DiskIsFull(), FileMissing(), CutUpload())
    return next((one.message() for one in problems if one.code == code), "")
