"""The words of the staff's pages about requests."""

from typing import Any

from cabinet.i18n import N_
from cabinet.staff.requests_queue import Order, Whose
from cabinet.staff.words import Words, later

WHOSE: Words = {
    Whose.ANYBODY: N_("Everybody's"),
    Whose.MINE: N_("Mine"),
    Whose.NOBODY: N_("Nobody's yet"),
}
ORDERS: Words = {
    Order.LONGEST: N_("Longest first"),
    Order.NEWEST: N_("Newest first"),
}

REQUEST_WORDS: dict[str, Any] = {
    "requests": later(N_("Support requests")),
    "as_table": later(N_("All as a table")),
    "canned": later(N_("Answers kept ready")),
    "open_now": later(N_("Wait for an answer")),
    "longest_wait": later(N_("The longest waits")),
    "first_answer": later(N_("First answer, median of 30 days")),
    "rating": later(N_("Marks of 30 days")),
    "no_rating": later(N_("no marks yet")),
    "whose": later(N_("Whose")),
    "order": later(N_("Order")),
    "words": later(N_("No., e-mail, subject, account")),
    "request": later(N_("Request")),
    "asked_by": later(N_("Who writes")),
    "about": later(N_("About the account")),
    "waits": later(N_("Waits")),
    "in_state": later(N_("In this state for")),
    "assignee": later(N_("Answers")),
    "nobody": later(N_("nobody yet")),
    "is_blocked": later(N_("cannot sign in any more")),
    "none_here": later(N_("No requests here. Choose another state, or look at everybody's.")),
    "next": later(N_("Further")),
    "guest": later(N_("guest")),
    "support": later(N_("Support")),
    "note": later(N_("Note for colleagues")),
    "is_new": later(N_("new")),
    "write_answer": later(N_("Answer")),
    "answer_hint": later(N_("It goes to the resident by letter, and stands in the cabinet at once.")),
    "answer_hint_guest": later(
        N_("It goes to the guest by letter, with a link by which they read and answer the request.")
    ),
    "choose_canned": later(N_("Answer kept ready")),
    "insert": later(N_("Insert")),
    "files": later(N_("Files")),
    "files_again": later(N_("Choose the files again: a browser does not keep them.")),
    "send_answer": later(N_("Send the answer")),
    "send_and_close": later(N_("Send and close")),
    "note_hint": later(N_("The resident never sees it, nor its files.")),
    "save_note": later(N_("Keep the note")),
    "assign_to_me": later(N_("Take it")),
    "assign": later(N_("Hand over")),
    "set_state": later(N_("Set")),
    "state_hint": later(N_("Without an answer. Closing it sends a letter that asks for a mark.")),
    "known": later(N_("Who asks")),
    "accounts": later(N_("Accounts")),
    "no_accounts": later(N_("No linked accounts.")),
    "payments": later(N_("Last payments")),
    "no_payments": later(N_("No payments.")),
    "others": later(N_("Other requests")),
    "no_others": later(N_("No other requests.")),
    "goes_on": later(N_("Goes on from request")),
    "times": later(N_("Times")),
    "time_to_first": later(N_("First answer after")),
    "waited_staff": later(N_("Waited for us")),
    "waited_resident": later(N_("Waited for the resident")),
    "mark": later(N_("Mark")),
    "sent_now": later(N_("The answer is sent.")),
    "noted_now": later(N_("The note is kept.")),
    "assigned_now": later(N_("Handed over.")),
    "moved_now": later(N_("The state is set.")),
    "too_large": later(N_("The files are too large together. Take some away.")),
    "new_canned": later(N_("Write an answer to keep")),
    "edit_canned": later(N_("Answer kept ready")),
    "no_canned": later(N_("None yet. What you answer again and again belongs here.")),
    "title": later(N_("Title")),
    "title_hint": later(N_("Only staff see it.")),
    "places_hint": later(
        N_("{name}, {number}, {subject} and {account} are filled in when the answer is inserted.")
    ),
    "withdraw_canned": later(N_("Offer it no more")),
    "seen": later(N_("Looked at")),
    "not_seen": later(N_("The answer was not looked at yet.")),
}
