"""Saved cards and standing orders, as the rest of the program may use them."""

from cabinet.autopay.cards import CardView, cards_of, finish_adding, start_adding, take_event
from cabinet.autopay.charging import announce_turns, charge_turns, follow_turns
from cabinet.autopay.consent import ConsentText, consent_text
from cabinet.autopay.orders import (
    RETURNED,
    AutopayView,
    LastRun,
    OrderWish,
    autopays_of,
    end_for_account,
    end_what_lost_its_ground,
    pause_autopay,
    remove_card,
    resume_autopay,
    start_autopay,
    stop_autopay,
)

__all__ = [
    "RETURNED",
    "AutopayView",
    "CardView",
    "ConsentText",
    "LastRun",
    "OrderWish",
    "announce_turns",
    "autopays_of",
    "cards_of",
    "charge_turns",
    "consent_text",
    "end_for_account",
    "end_what_lost_its_ground",
    "finish_adding",
    "follow_turns",
    "pause_autopay",
    "remove_card",
    "resume_autopay",
    "start_adding",
    "start_autopay",
    "stop_autopay",
    "take_event",
]
