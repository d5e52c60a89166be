"""Payments, as the rest of the program may use them."""

from cabinet.payments.checkout import Started, cancel_payment, start_payment
from cabinet.payments.confirmation import confirmation_file, confirmation_of
from cabinet.payments.events import receive_event
from cabinet.payments.guard import Waits, Warned, earlier_payments
from cabinet.payments.history_csv import history_csv
from cabinet.payments.janitor import sweep
from cabinet.payments.plan import Wish
from cabinet.payments.preview import OpenPeriod, SplitPart, open_debts, open_periods, preview_split, say_part
from cabinet.payments.saved import (
    agree_charge,
    charge_saved_card,
    give_up_charge,
    has_money_under_way,
    terms_of_charge,
)
from cabinet.payments.settlement import settle
from cabinet.payments.states import Fate, say_payment
from cabinet.payments.timeline import Happening, Step, timeline_of
from cabinet.payments.views import ItemView, PaymentView, change_mark, payment_of, payments_of, states_of

__all__ = [
    "Fate",
    "Happening",
    "ItemView",
    "OpenPeriod",
    "PaymentView",
    "SplitPart",
    "Started",
    "Step",
    "Waits",
    "Warned",
    "Wish",
    "agree_charge",
    "cancel_payment",
    "change_mark",
    "charge_saved_card",
    "confirmation_file",
    "confirmation_of",
    "earlier_payments",
    "give_up_charge",
    "has_money_under_way",
    "history_csv",
    "open_debts",
    "open_periods",
    "payment_of",
    "payments_of",
    "preview_split",
    "receive_event",
    "say_part",
    "say_payment",
    "settle",
    "start_payment",
    "states_of",
    "sweep",
    "terms_of_charge",
    "timeline_of",
]
