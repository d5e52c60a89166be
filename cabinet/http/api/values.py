"""The kinds of value that requests are made of: strict, so that nothing is guessed about money or days."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
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
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,10}(\.\d{1,4})?", re.ASCII)


class Values(BaseModel):
    """What a request carries: an unknown field is a mistake, not a wish to be ignored."""

    model_config = ConfigDict(extra="forbid")


def _day(value: Any) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return _in_reach(date.fromisoformat(value))
    except ValueError:
        pass
    raise PydanticCustomError("date_parsing", "must be a day such as 2026-11-30")


def _month(value: Any) -> date:
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return _in_reach(date(int(value[:4]), int(value[5:]), 1))
    raise PydanticCustomError("month_parsing", "must be a month such as 2026-11")


def _in_reach(day: date) -> date:
    if not 1950 <= day.year <= 2150:
        raise PydanticCustomError("day_out_of_reach", "must lie between 1950 and 2150")
    return day


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return Decimal(value)
    raise PydanticCustomError("decimal_parsing", "must be a decimal number written as a string")


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise PydanticCustomError("nul_character", "may not contain the character U+0000")
    return value


def say_decimal(value: Decimal) -> str:
    """Without an exponent."""
    return f"{value:f}"


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-30"]}),
]
Month = Annotated[
    date,
    BeforeValidator(_month),
    PlainSerializer(lambda value: f"{value:%Y-%m}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$", "examples": ["2026-11"]}),
]
Number = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    PlainSerializer(say_decimal, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,10}(\.[0-9]{1,4})?$", "examples": ["123.45"]}),
]
Minor = Annotated[int, Field(strict=True, ge=-LARGEST_MINOR, le=LARGEST_MINOR)]
Currency = Literal["RUB"]
Flag = Annotated[bool, Field(strict=True)]
Small = Annotated[int, Field(strict=True, ge=0, le=100_000)]


Words = Annotated[str, Field(max_length=300), AfterValidator(_no_nul)]
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_no_nul)]
AccountNumber = Annotated[
    str,
    Field(min_length=1, max_length=64, description=N_("Account number, as on the bill")),
    AfterValidator(_no_nul),
]
Moment = datetime
