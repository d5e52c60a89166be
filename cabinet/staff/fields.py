"""How a column is shown, entered, filtered and exported on the staff pages."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import field as has
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Function, String, func, not_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from starlette.requests import Request
from starlette_admin import BooleanField, EnumField, RequestAction, StringField
from starlette_admin.contrib.sqla.filters import InFilter, IsFalseFilter, IsTrueFilter, NotInFilter
from starlette_admin.fields import TextAreaField
from starlette_admin.filters import FilterApplyContext, FilterDataType
from starlette_admin.filters.base import BaseFilter, FilterValidationError

from cabinet.i18n import N_, _, gettext
from cabinet.kit.dates import say_date, say_moment
from cabinet.kit.money import BadAmount, format_amount, parse_amount, plain_amount
from cabinet.kit.text import fold
from cabinet.staff.gate import desk_of
from cabinet.staff.words import Words, later

_WHOLE = re.compile(r"\d{1,9}")
_TRIGRAM = 3


class TextContains(BaseFilter):
    """Text in any case and alphabet, with % and _ taken as they are."""

    name = "contains"
    label = later(N_("contains"))
    data_type = FilterDataType.STRING

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on the column."""
        return _column(ctx).icontains(str(ctx.value).replace("\x00", ""), autoescape=True)


class KeyContains(BaseFilter):
    """Text anywhere in the row's folded key."""

    name = "contains"
    label = later(N_("contains"))
    data_type = FilterDataType.STRING

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on `search_key`."""
        return key_contains(ctx.view.model, str(ctx.value))  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]


class OneOf(InFilter):
    """The value is among the chosen ones."""

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on the column; values that it cannot hold match nothing."""
        return _column(ctx).in_(_held(ctx))


class NoneOf(NotInFilter):
    """The value is not among the chosen ones."""

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on the column."""
        return not_(_column(ctx).in_(_held(ctx)))


class Days(BaseFilter):
    """A moment in a span of whole days, both included, in the reader's zone."""

    name = "between"
    label = later(N_("from … to"))
    data_type = FilterDataType.DATE
    has_value2 = True

    def parse_value(self, raw: str) -> date:
        """The day that the browser's date field sends."""
        try:
            return date.fromisoformat(str(raw))
        except ValueError:
            raise FilterValidationError(_("Enter a date.")) from None

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on the column."""
        zone = ZoneInfo(desk_of(cast(Request, ctx.request)).timezone)
        end = datetime.combine(
            min(ctx.value2, date.max - timedelta(days=2)) + timedelta(days=1), time.min, zone
        )
        start = datetime.combine(max(ctx.value, date.min + timedelta(days=2)), time.min, zone)
        return (_column(ctx) >= start) & (_column(ctx) < end)


class HasValue(BaseFilter):
    """Something stands there."""

    name = "is_set"
    label = later(N_("is set"))
    data_type = FilterDataType.NONE

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on the column."""
        return _column(ctx).is_not(None)


class HasNoValue(BaseFilter):
    """Nothing stands there."""

    name = "is_not_set"
    label = later(N_("is not set"))
    data_type = FilterDataType.NONE

    def apply(self, ctx: FilterApplyContext) -> Any:
        """The condition on the column."""
        return _column(ctx).is_(None)


def key_contains(model: Any, text: str) -> ColumnElement[bool]:
    """Every word of `text` stands in the row's folded key."""
    words = fold(text.replace("\x00", "")).split()
    condition: ColumnElement[bool] = model.search_key.is_not(None)
    for word in words:
        condition &= model.search_key.contains(word, autoescape=True)
        if len(word) >= _TRIGRAM:
            condition &= _trigrams(model.search_key).contains(_trigrams(word))
    return condition


def in_any_way(model: Any, ways: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """One of the conditions holds. Each is looked up by itself: an OR that has a subquery in it reads the whole table."""
    return model.id.in_(union_all(*(select(model.id).where(way) for way in ways)))


def _trigrams(value: Any) -> Function[Any]:
    """What the index of `found_by_parts` keeps of a text."""
    return func.trigrams(value, type_=ARRAY(String))


def _plain(minor: int) -> str:
    return f"-{plain_amount(-minor)}" if minor < 0 else plain_amount(minor)


def _column(ctx: FilterApplyContext) -> Any:
    return getattr(ctx.view.model, ctx.field_name)  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]


def _held(ctx: FilterApplyContext) -> list[Any]:
    """The chosen values in the column's own type."""
    kind = _column(ctx).type.python_type
    found: list[Any] = []
    for value in ctx.value:
        try:
            found.append(kind(value))
        except ValueError:
            continue
    return found


@dataclass
class Text(StringField):
    """A line of text."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [TextContains])


@dataclass
class LongText(TextAreaField):
    """Several lines of text."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [TextContains])


@dataclass
class Shown(StringField):
    """A value worked out for the page: neither entered nor filtered nor sorted by."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [])
    read_only: bool | None = True
    exclude_from_create: bool | None = True
    exclude_from_edit: bool | None = True


def row_id() -> StringField:
    """The key of a row, which links need and people do not."""
    return Shown("id", exclude_from_list=True, exclude_from_detail=True, exclude_from_export=True)


@dataclass
class YesNo(BooleanField):
    """A switch."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [IsTrueFilter, IsFalseFilter])


@dataclass
class Number(StringField):
    """A whole number. What was typed stays in the form; `value_of` reads it."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [])
    input_type: str = "number"

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:
        """Say what is wrong with the text."""
        if not _WHOLE.fullmatch(str(value or "")):
            raise ValueError(_("Enter a whole number."))

    def value_of(self, text: str) -> int:
        """The number that was typed and validated."""
        return int(text)


@dataclass
class Money(StringField):
    """Minor units, shown as «1 234,56 ₽», entered as «1234,56»; `value_of` reads what was typed."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [])

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:
        """Say what is wrong with the text."""
        try:
            parse_amount(str(value or ""))
        except BadAmount:
            raise ValueError(_("Enter an amount such as 1234.56.")) from None

    def value_of(self, text: str) -> int:
        """The minor units of what was typed and validated."""
        return parse_amount(text)

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """The amount for people, for the input, or for the spreadsheet."""
        action: RequestAction = request.state.action
        return _plain(value) if action.is_form() or action == RequestAction.EXPORT else format_amount(value)


@dataclass
class Moment(StringField):
    """A point in time in the reader's zone."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [Days])
    read_only: bool | None = True
    exclude_from_create: bool | None = True
    exclude_from_edit: bool | None = True

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """«22 ноября 2026, 14:05»; in exports ISO 8601 with the zone's offset."""
        zone = desk_of(request).timezone
        if request.state.action == RequestAction.EXPORT:
            return value.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
        return say_moment(value, zone)


@dataclass
class OptionalMoment(Moment):
    """A point in time that may not have come."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [Days, HasValue, HasNoValue])


@dataclass
class Day(StringField):
    """A calendar day."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [])

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """Say it as «22 ноября 2026 г.», in words."""
        return say_date(value)


@dataclass
class Choice(EnumField):
    """One of a closed list, in words."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [OneOf, NoneOf])

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """The word, or the value for a form; an unknown value is shown as it is."""
        raw = getattr(value, "value", value)
        if request.state.action.is_form():
            return raw
        return next((str(label) for known, label in self._get_choices(request) if known == raw), str(raw))

    async def validate(self, request: Request, value: Any, form_values: dict[str, Any]) -> None:
        """Refuse what is not on the list."""
        if value not in [known for known, _label in self._get_choices(request)]:
            raise ValueError(_("Choose one of the list."))


@dataclass
class ProviderChoice(EnumField):
    """The provider of a row; the list offers those that the reader may see."""

    filters: list[type[BaseFilter]] | None = has(default_factory=lambda: [OneOf, NoneOf])

    async def serialize_value(self, request: Request, value: Any) -> Any:
        """The provider's name."""
        return desk_of(request).provider_name(UUID(str(value)))


def choice(name: str, label: str, words: Words, **options: Any) -> Choice:
    """A field of one of the tables of words."""
    return Choice(name, label=label, choices_loader=said(words), **options)


def provider_choice(label: str) -> ProviderChoice:
    """The field `provider_id`."""
    return ProviderChoice("provider_id", label=label, choices_loader=_providers, read_only=True)


def said(words: Words) -> Callable[[Request], list[tuple[str, str]]]:
    """The choices in the reader's language."""
    return lambda _request: [(value.value, gettext(word)) for value, word in words.items()]


def _providers(request: Request) -> list[tuple[str, str]]:
    return [(str(one.id), one.said()) for one in desk_of(request).providers.values()]
