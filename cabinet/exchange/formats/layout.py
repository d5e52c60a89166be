"""How a file is to be read: guessed by `recognise`, changeable by a clerk, saved for a provider."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from cabinet.exchange.rows import Column, RegistryFormat, RegistryHeader


class Encoding(StrEnum):
    """The encodings that registries come in."""

    WINDOWS_1251 = "windows-1251"
    UTF_8 = "utf-8"
    """With or without a mark (BOM) when read, without one when written."""
    UTF_8_BOM = "utf-8-sig"
    CP866 = "cp866"
    KOI8_R = "koi8-r"
    UTF_16 = "utf-16"
    """With a mark."""


class Layout(BaseModel):
    """The choices that make a file readable; `model_dump(mode="json")` and `model_validate` save and load it."""

    model_config = ConfigDict(frozen=True)

    format: RegistryFormat
    encoding: Encoding = Encoding.UTF_8
    """Of text and DBF; the others know their own."""
    delimiter: str = Field(default=";", min_length=1, max_length=1)
    """Of free tables of text; the fixed formats use the semicolon."""
    has_heading: bool = True
    """A free table names its columns in its first row (after `skip`)."""
    skip: int = Field(default=0, ge=0)
    """Lines above the heading of a free table: a title, a date."""
    sheet: str = ""
    """Of a workbook; empty: the first."""
    decimal: Literal["", ",", "."] = ""
    """What stands before kopecks; empty: told from each sum, and a doubtful one is refused."""
    mapping: dict[str, Column] = {}
    """What the columns of a free table hold, by their names in `Recognised.columns`. Several may hold the
    same: street, house and flat make one address, first name and surname one name."""
    debt_is_negative: bool = False
    """Balances of the file have the opposite sign: a debt is below zero."""
    period: date | None = None
    """The month that the file is about where the rows do not say; of this file alone, not of the provider."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file seems to be. Every guess can be changed: `layout.model_copy(update=…)`, then look again
    with `recognise(…, layout=changed)`.
    """

    layout: Layout
    confidence: float
    """0 to 1: how sure the format is."""
    header: RegistryHeader
    columns: tuple[str, ...]
    """Names of the columns of a free table, each once: «Сумма», «Сумма (2)»; numbers where there is no
    heading. Empty for fixed formats."""
    preview: tuple[tuple[str, ...], ...]
    """The first rows as they stand, heading included, split into fields."""
    heading: tuple[str, ...]
    """What stands above the rows, for `write_rejected`."""
    sheets: tuple[str, ...] = ()
    encodings: tuple[tuple[Encoding, float], ...] = ()
    """Candidates and their likelihood, the likeliest first."""
