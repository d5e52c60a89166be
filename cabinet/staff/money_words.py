"""The words of the staff's money pages."""

from typing import Any

from cabinet.i18n import N_
from cabinet.ledger.models import RecountState
from cabinet.payments.corrections import CorrectionKind
from cabinet.payments.models import DifferenceCause, DisputeState, ReconciliationState, RefundState
from cabinet.staff.words import Words, later

REFUND_STATES: Words = {
    RefundState.CREATED: N_("To be sent"),
    RefundState.PENDING: N_("On its way, not there yet"),
    RefundState.SUCCEEDED: N_("Refunded"),
    RefundState.FAILED: N_("Not refunded"),
}
DISPUTE_STATES: Words = {
    DisputeState.OPEN: N_("The bank decides"),
    DisputeState.WON: N_("Won: the money is back"),
    DisputeState.LOST: N_("Lost: owed again"),
}
DISPUTE_REASONS: dict[str, str] = {
    "bank_cannot_process": N_("The bank could not process it"),
    "credit_not_processed": N_("A promised refund did not come"),
    "customer_initiated": N_("The cardholder asked for it"),
    "debit_not_authorized": N_("The cardholder did not allow the charge"),
    "duplicate": N_("Charged twice"),
    "fraudulent": N_("The cardholder did not make this payment"),
    "general": N_("No reason was given"),
    "incorrect_account_details": N_("Wrong account details"),
    "insufficient_funds": N_("Not enough money on the card"),
    "product_not_received": N_("The service was not received"),
    "product_unacceptable": N_("The service was not as agreed"),
    "subscription_canceled": N_("Autopay had been stopped"),
    "unrecognized": N_("The cardholder does not recognize the payment"),
}
"""The processor's codes; one that is not here is shown as it is."""
RUN_STATES: Words = {
    ReconciliationState.RUNNING: N_("Running"),
    ReconciliationState.DONE: N_("Done"),
    ReconciliationState.FAILED: N_("Did not finish"),
}
CAUSES: Words = {
    DifferenceCause.PAID_THERE_OPEN_HERE: N_("Paid there, still open here"),
    DifferenceCause.PAID_HERE_UNKNOWN_THERE: N_("Paid here, unknown there"),
    DifferenceCause.UNKNOWN_HERE: N_("Money there that is unknown here"),
    DifferenceCause.ANOTHER_SUM: N_("The sums differ"),
    DifferenceCause.REFUND_UNKNOWN_HERE: N_("A refund there that differs here"),
    DifferenceCause.REFUND_UNKNOWN_THERE: N_("A refund here, unknown there"),
    DifferenceCause.DISPUTE_UNKNOWN_HERE: N_("A dispute there that differs here"),
}
RECOUNT_STATES: Words = {
    RecountState.RUNNING: N_("Running"),
    RecountState.DONE: N_("Done"),
    RecountState.FAILED: N_("Did not finish"),
}
CORRECTIONS: Words = {
    CorrectionKind.REFUND: N_("Refunded after it was handed over"),
    CorrectionKind.REFUND_CAME_BACK: N_("The refund did not reach the card: handed over again"),
    CorrectionKind.DISPUTE: N_("Taken back by the resident's bank"),
}
WAITS = N_("Waits for a second person")
DECLINED = N_("Declined by staff")
BY_PROCESSOR = N_("Made at the processor")

MONEY_WORDS: dict[str, Any] = {
    "unresolved": later(N_("Nobody has resolved it yet")),
    "refunds_menu": later(N_("Refunds and checks")),
    "payouts_menu": later(N_("Payouts to providers")),
    "reconciliation_menu": later(N_("Reconciliation")),
    "statements_menu": later(N_("Provider balances")),
    "payment": later(N_("Payment")),
    "payment_no": later(N_("Payment No.")),
    "all_payments": later(N_("Open the payment's card")),
    "state": later(N_("State")),
    "agreed": later(N_("Agreed")),
    "received": later(N_("Received")),
    "refundable": later(N_("Can still be refunded")),
    "in_suspense": later(N_("Put aside")),
    "sum": later(N_("Sum")),
    "reason": later(N_("Reason")),
    "reason_hint": later(N_("Kept with the payment; the resident does not see it.")),
    "asked_by": later(N_("Asked by")),
    "approved_by": later(N_("Approved by")),
    "at_processor": later(N_("at the processor")),
    "when": later(N_("When")),
    "refunds": later(N_("Refunds")),
    "no_refunds": later(N_("Nothing has been refunded.")),
    "make_refund": later(N_("Refund")),
    "refund_sum_hint": later(N_("Empty: everything that is left.")),
    "limit_hint": later(N_("Refunds above this sum wait for a second administrator:")),
    "waiting_refunds": later(N_("Wait for a second person")),
    "no_waiting": later(N_("No refund is waiting.")),
    "approve": later(N_("Approve and send")),
    "decline": later(N_("Decline")),
    "own_refund": later(N_("You asked for it: another administrator decides.")),
    "open": later(N_("Open")),
    "try_again": later(N_("Ask the processor again")),
    "disputes": later(N_("Disputes")),
    "to_check": later(N_("To be checked: the sum differs")),
    "no_checks": later(N_("Nothing is to be checked.")),
    "going_back": later(N_("the money is going back")),
    "credit": later(N_("Credit the payment")),
    "credit_hint": later(N_("What was agreed is credited; what arrived above it goes back to the card.")),
    "send_back": later(N_("Send everything back")),
    "cannot_credit": later(N_("What arrived does not cover the payment: it can only be sent back.")),
    "latest_refunds": later(N_("Latest refunds")),
    "provider": later(N_("Provider")),
    "owed_now": later(N_("Owed now")),
    "balance": later(N_("Balance in the ledger")),
    "held": later(N_("Held while disputed")),
    "corrections": later(N_("Corrections of what was handed over earlier")),
    "corrections_hint": later(N_("They are settled with the next payout: less, or more, is handed over.")),
    "other_correction": later(N_("Other")),
    "parts": later(N_("Payments")),
    "account": later(N_("Account")),
    "no_items": later(N_("No payment is waiting to be handed over.")),
    "hand_over": later(N_("Write down the payout")),
    "hand_over_hint": later(N_("First send the bank order for this sum, then write it down here.")),
    "order_number": later(N_("Number of the bank order")),
    "payouts_made": later(N_("Payouts made")),
    "no_payouts": later(N_("No payout has been made yet.")),
    "register": later(N_("Register (CSV)")),
    "confirmed_on": later(N_("Taken in by the provider")),
    "not_confirmed": later(N_("not confirmed")),
    "confirm": later(N_("Confirm")),
    "no_providers": later(N_("Nobody has paid any provider yet.")),
    "ledger_menu": later(N_("Recount of the books")),
    "recount_now": later(N_("Recount now")),
    "recount_hint": later(
        N_(
            "Every journal is added up, and every balance is counted again from its entries. "
            "It also happens every night."
        )
    ),
    "recounts": later(N_("Recounts")),
    "no_recounts": later(N_("The books have not been recounted yet.")),
    "journals": later(N_("Journals")),
    "entries": later(N_("Entries")),
    "result": later(N_("Result")),
    "books_hold": later(N_("The books hold")),
    "books_broken": later(N_("The books do not hold")),
    "unbalanced": later(N_("Journals that do not balance")),
    "drifted": later(N_("Accounts whose balance is not the sum of its entries")),
    "recounting": later(N_("Recounted so far")),
    "run_now": later(N_("Compare now")),
    "from_day": later(N_("From")),
    "until_day": later(N_("Until, included")),
    "runs": later(N_("Comparisons")),
    "no_runs": later(N_("Nothing has been compared yet. The nightly run begins at half past midnight UTC.")),
    "checked": later(N_("Compared")),
    "ours": later(N_("In the ledger")),
    "theirs": later(N_("At the processor")),
    "difference": later(N_("Difference")),
    "differences": later(N_("Differences")),
    "no_differences": later(N_("The ledger and the processor agree.")),
    "none_so_far": later(N_("No difference so far.")),
    "period": later(N_("Period")),
    "by_night": later(N_("nightly")),
    "started": later(N_("Started")),
    "what_to_do": later(N_("What to do")),
    "settle_now": later(N_("Settle now")),
    "import_refund": later(N_("Take the refund in")),
    "book_excess": later(N_("Book to suspense")),
    "explain": later(N_("Mark as explained")),
    "settled": later(N_("settled")),
    "still_differs": later(
        N_("The two sides still differ. If the refund exceeds the payment, book it to suspense.")
    ),
    "refreshes": later(N_("This page refreshes by itself.")),
    "reference": later(N_("Reference at the processor")),
    "take_in": later(N_("Take the balance in")),
    "take_in_hint": later(
        N_(
            "What residents have paid here and the provider has not posted yet is taken into account: it is not counted twice."
        )
    ),
    "account_number": later(N_("Account number")),
    "balance_field": later(N_("Balance; a minus for an advance")),
    "as_of": later(N_("As of the end of the day")),
    "source": later(N_("Where it comes from")),
    "source_hint": later(N_("File name or letter")),
    "named_payments": later(N_("Our payments that it contains")),
    "named_hint": later(N_("Numbers separated by spaces; may be empty.")),
    "latest_statements": later(N_("Taken in last")),
    "no_statements": later(N_("No balance has been taken in yet.")),
    "unposted": later(N_("Paid here, not posted there")),
    "doubtful": later(N_("of it, handed over and not confirmed")),
    "adjustment": later(N_("Our balance moved by")),
    "back": later(N_("Back")),
    "no_such_account": later(N_("This provider has no such account.")),
    "bad_numbers": later(N_("Payment numbers are digits separated by spaces.")),
    "bad_day": later(N_("Choose a day.")),
}
