"""Payments, as the rest of the program may use them."""

from cabinet.payments.checkout import Started, cancel_payment, start_payment
from cabinet.payments.events import receive_event
from cabinet.payments.janitor import sweep
from cabinet.payments.plan import Wish
from cabinet.payments.settlement import settle
from cabinet.payments.views import ItemView, PaymentView, payment_of, payments_of

__all__ = [
    "ItemView",
    "PaymentView",
    "Started",
    "Wish",
    "cancel_payment",
    "payment_of",
    "payments_of",
    "receive_event",
    "settle",
    "start_payment",
    "sweep",
]
