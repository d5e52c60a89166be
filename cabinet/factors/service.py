"""Everything that others may ask of second factors."""

from cabinet.factors import apps, keys
from cabinet.factors.care import Factors, delete_sign_ins_before, factors_of, renew_codes, reset
from cabinet.factors.entering import PATIENCE, Entrance, enter, enter_by_code, enter_by_spare_code

__all__ = [
    "PATIENCE",
    "Entrance",
    "Factors",
    "apps",
    "delete_sign_ins_before",
    "enter",
    "enter_by_code",
    "enter_by_spare_code",
    "factors_of",
    "keys",
    "renew_codes",
    "reset",
]
