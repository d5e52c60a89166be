"""The kinds of value that requests are made of: strict, so that nothing is guessed about money or days."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from cabinet.i18n import N_

LARGEST_MINOR = 10**12
_YEAR = "(19[5-9][0-9]|20[0-9]{2}|21[0-4][0-9])"
_DAY = re.compile(_YEAR + "-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(_YEAR + "-(0[1-9]|1[0-2])")
_DECIMAL = re.compile(r"-?\d{1,10}(\.\d{1,4})?", re.ASCII)


class Values(BaseModel):
    """What a request carries: an unknown field is a mistake, not a wish to be ignored."""

    model_config = ConfigDict(extra="forbid")


def _day(value: Any) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date_parsing", "must be a day such as 2026-11-30")


def _month(value: Any) -> date:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return date(int(value[:4]), int(value[5:]), 1)
    raise PydanticCustomError("month_parsing", "must be a month such as 2026-11")


def _whole(value: Any) -> Any:
    """2.0 is a whole number too: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise PydanticCustomError("decimal_parsing", "must be a decimal number written as a string")


def say_decimal(value: Decimal) -> str:
    """Without an exponent."""
    return f"{value:f}"


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_YEAR}-", "examples": ["2026-11-30"]}),
]
Month = Annotated[
    date,
    BeforeValidator(_month),
    PlainSerializer(lambda value: f"{value:%Y-%m}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_MONTH.pattern}$", "examples": ["2026-11"]}),
]
Number = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    PlainSerializer(say_decimal, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,10}(\.[0-9]{1,4})?$", "examples": ["123.45"]}),
]
Minor = Annotated[int, Field(strict=True, ge=-LARGEST_MINOR, le=LARGEST_MINOR), BeforeValidator(_whole)]
Currency = Literal["RUB"]
Flag = Annotated[bool, Field(strict=True)]
_ANY = r"^[^\x00]*$"
_NOT_BLANK = r"^[^\x00]*[^\x00\s][^\x00]*$"
Words = Annotated[str, Field(max_length=300, pattern=_ANY)]
Short = Annotated[str, Field(max_length=40, pattern=_ANY)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NOT_BLANK)]
Serial = Annotated[str, Field(min_length=1, max_length=40, pattern=_NOT_BLANK)]
Unit = Annotated[str, Field(min_length=1, max_length=16, pattern=_NOT_BLANK)]
AccountNumber = Annotated[
    str,
    Field(min_length=1, max_length=64, pattern=_NOT_BLANK, description=N_("Account number, as on the bill")),
]
Zones = Annotated[int, Field(strict=True, ge=1, le=3), BeforeValidator(_whole)]
Digits = Annotated[int, Field(strict=True, ge=3, le=9), BeforeValidator(_whole)]
Decimals = Annotated[int, Field(strict=True, ge=0, le=3), BeforeValidator(_whole)]
Ratio = Annotated[int, Field(strict=True, ge=1, le=100_000), BeforeValidator(_whole)]
PaymentNumber = Annotated[int, Field(strict=True, ge=1, le=10**15), BeforeValidator(_whole)]
