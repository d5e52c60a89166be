"""Whether what staff entered for a provider can work: one text for each wrong field."""

import re
from collections.abc import Iterator
from zoneinfo import available_timezones

from sqlalchemy import inspect

from cabinet.i18n import _
from cabinet.kit.requisites import is_bank_account, is_inn
from cabinet.providers.models import Provider
from cabinet.providers.numbers import UnsafePattern, compile_pattern, match_number


def problems_of(provider: Provider) -> dict[str, str]:
    """The wrong fields, each with what to do about it; empty when all is well."""
    found: dict[str, str] = {}
    for field, text in _all_problems(provider):
        found.setdefault(field, text)
    return found


def _all_problems(provider: Provider) -> Iterator[tuple[str, str]]:
    if not provider.name:
        yield "name", _("Enter the name.")
    for column in inspect(Provider).columns:
        length, value = getattr(column.type, "length", None), getattr(provider, column.name)
        if length and isinstance(value, str) and len(value) > length:
            yield column.name, _("Up to {count} characters fit here.").format(count=length)
    yield from _number_problems(provider)
    yield from _rule_problems(provider)
    yield from _payment_problems(provider)
    yield from _bank_problems(provider)


def _number_problems(provider: Provider) -> Iterator[tuple[str, str]]:
    try:
        compile_pattern(provider.number_pattern)
    except UnsafePattern:
        yield "number_pattern", wrong_pattern()
        return
    if match_number(provider.number_pattern, provider.number_example) is None:
        yield "number_example", _("The example does not match the pattern.")


def wrong_pattern() -> str:
    """What a pattern may be made of."""
    return _(
        "Write the pattern with digits, letters, \\d, [ ], ( ), | and {2,5}; "
        "without * and +, with at most four parts of varying length."
    )


def _rule_problems(provider: Provider) -> Iterator[tuple[str, str]]:
    for field in ("window_from", "window_to"):
        if not 1 <= getattr(provider, field) <= 31:
            yield field, _("Enter a day of the month from 1 to 31.")
    if not 1 <= provider.due_day <= 28:
        yield "due_day", _("Enter a day of the month from 1 to 28.")
    if provider.timezone not in available_timezones():
        yield "timezone", _("Unknown time zone. Example: Europe/Moscow")
    if provider.max_use < 1:
        yield "max_use", _("Enter a number above zero.")
    if not 0 <= provider.commission_bp <= 10_000:
        yield "commission_bp", _("Enter hundredths of a percent, from 0 to 10000.")


def _payment_problems(provider: Provider) -> Iterator[tuple[str, str]]:
    for field in ("min_payment_minor", "max_payment_minor"):
        if getattr(provider, field) < 1:
            yield field, _("Enter a number above zero.")
    if 0 < provider.max_payment_minor < provider.min_payment_minor:
        yield "min_payment_minor", _("The smallest payment is above the largest one.")


def _bank_problems(provider: Provider) -> Iterator[tuple[str, str]]:
    if not is_inn(provider.inn):
        yield "inn", _("The check digits of the ИНН do not fit. Compare it with the document.")
    if provider.kpp and not re.fullmatch(r"\d{4}[\dA-Z]{2}\d{3}", provider.kpp, re.ASCII):
        yield "kpp", _("The КПП has 9 characters.")
    if provider.bic and not re.fullmatch(r"\d{9}", provider.bic, re.ASCII):
        yield "bic", _("The БИК has 9 digits.")
        return
    if provider.bank_account and not is_bank_account(provider.bank_account, provider.bic):
        yield "bank_account", _wrong_key()
    if provider.correspondent_account and not _is_correspondent(provider.correspondent_account, provider.bic):
        yield "correspondent_account", _wrong_key()


def _wrong_key() -> str:
    return _("The key of the account does not fit the БИК. Compare both with the document.")


def _is_correspondent(account: str, bic: str) -> bool:
    """A bank's account at the Bank of Russia is keyed by 0 and digits 5 and 6 of the БИК (ЦБ 515)."""
    if not re.fullmatch(r"301\d{17}", account, re.ASCII) or len(bic) != 9:
        return False
    return is_bank_account(account, bic[:6] + correspondent_key(bic))


def correspondent_key(bic: str) -> str:
    """The three digits that a correspondent account is keyed with."""
    return "0" + bic[4:6]
