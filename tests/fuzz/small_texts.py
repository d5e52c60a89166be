"""Short things from outside: payment codes, typed values, headers, the reports of devices."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from starlette.datastructures import Headers
from starlette.requests import Request

from cabinet.accounts.identifiers import clean_els, clean_fias
from cabinet.errors import NotFound
from cabinet.exchange.formats import values as registry_values
from cabinet.http.api import bearer, door
from cabinet.http.guard import is_from_our_page, is_readable
from cabinet.http.requests import client_address, device_of, locale_of, own_path
from cabinet.keys.personal_errors import NotAReport
from cabinet.keys.waterius import inputs_in, on_dial
from cabinet.kit import text as texts
from cabinet.kit.money import BadAmount, format_amount, parse_amount
from cabinet.kit.requisites import is_bank_account, is_inn
from cabinet.limits.service import network_of
from cabinet.meters.doubts import find_doubts
from cabinet.meters.errors import ReadingProblem
from cabinet.meters.models import MeterKind
from cabinet.meters.rules import Dial, Place, Switches, check_reading
from cabinet.meters.views import MeterView
from cabinet.portal.scan.bill import numbers_in
from cabinet.providers.numbers import UnsafePattern, clean_number, compile_pattern, match_number
from cabinet.qr import reading, values
from cabinet.qr.errors import CannotWrite, UnusableCode
from cabinet.qr.gost import Encoding, write
from cabinet.reminders.feeds import feed_id_in
from cabinet.residents.cookie import token_in
from cabinet.residents.emails import read_mailbox
from cabinet.residents.errors import BadEmail
from cabinet.webhooks.reaching import is_allowed_url

_ANY = UUID(int=7)


def payment_code(data: bytes) -> None:
    """What a camera read on a bill; what was read can be written and reads the same, or is refused by name."""
    try:
        found = reading.read(data)
    except UnusableCode as error:
        error.message()
        return
    list(numbers_in(found.payment))
    try:
        again = reading.read(write(found.payment, Encoding.UTF_8))
    except (CannotWrite, UnusableCode):
        return
    assert again.payment.sum_minor == found.payment.sum_minor
    assert again.payment.period == found.payment.period


# Values


def _amount(text: str) -> None:
    minor = parse_amount(text)
    assert minor >= 0
    format_amount(minor)


def _mailbox(text: str) -> None:
    found = read_mailbox(text)
    assert read_mailbox(found.address).key == found.key, "one mailbox has one key"


def _reading(text: str) -> None:
    dial = Dial(digits=5, decimals=3, unit="м³", ratio=1)
    switches = Switches(max_use=100, zero_use_allowed=True, zero_crossing_allowed=True)
    place = Place(
        meter_id=_ANY,
        kind=MeterKind.COLD_WATER,
        serial="1",
        number=1,
        zones=1,
        dial=dial,
        switches=switches,
        previous=Decimal("12345.678"),
        recent=(Decimal(3),) * 4,
    )
    checked = check_reading(text, place)
    assert 0 <= checked.value < dial.turn
    find_doubts({_ANY: place}, {_ANY: checked})


def _pattern(text: str) -> None:
    pattern, _space, number = text.partition("\n")
    match_number(pattern, number)


def _number(text: str) -> None:
    clean_number(text)
    match_number(r"\d{2}[А-Я]{2}\d{6,9}(-\d)?", text)


def _requisites(text: str) -> None:
    is_inn(text)
    is_bank_account(text[:20], text[20:29])
    is_bank_account(text[:20], "044525000")


def _masks(text: str) -> None:
    for change in (texts.fold, texts.mask_email, texts.mask_address, texts.mask_name, texts.mask_serial):
        change(text)
    for change in (texts.bare, texts.group_digits, clean_els, clean_fias, values.trim, values.read_amount):
        change(text)
    assert texts.disarm_formula(text).lstrip()[:1] not in set("=+-@|%")


def _cell(text: str) -> None:
    registry_values.number_of_cell(text)
    registry_values.text_of_cell(text)


_VALUES: tuple[Callable[[str], object], ...] = (
    _amount,
    _mailbox,
    _reading,
    _pattern,
    _number,
    _requisites,
    _masks,
    _cell,
    registry_values.read_amount,
    registry_values.read_date,
    registry_values.read_period,
    values.read_period,
    compile_pattern,
    is_allowed_url,
)
_REFUSALS = (BadAmount, BadEmail, ReadingProblem, UnsafePattern, registry_values.BadValue)


def typed_value(data: bytes) -> None:
    """A value that somebody typed, or that a file has in a cell."""
    kind = data[0] % len(_VALUES) if data else 0
    try:
        _VALUES[kind](data[1:].decode("utf-8", "replace"))
    except _REFUSALS:
        return


# Headers


def header(data: bytes) -> None:
    """The headers and the path of a request, as far as we read them ourselves."""
    names = (
        "cookie",
        "user-agent",
        "x-forwarded-for",
        "accept-language",
        "authorization",
        "origin",
        "referer",
    )
    lines = data.split(b"\n", len(names))
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/x",
        "query_string": lines[-1],
        "headers": [(name.encode(), value) for name, value in zip(names, lines, strict=False)],
        "client": ("192.0.2.1", 1),
    }
    if not is_readable(scope):
        return
    request, headers = Request(scope), Headers(scope=scope)
    token_in(headers.get("cookie", ""))
    assert len(client_address(request)) <= 64
    network_of(client_address(request))
    network_of(headers.get("x-forwarded-for", ""))
    device_of(request)
    assert locale_of(request) in ("ru", "en")
    assert door.language_of(headers) in ("ru", "en")
    bearer.token_in(headers)
    is_from_our_page(headers)
    _look_at_path(lines[-1].decode("latin-1"))


def _look_at_path(text: str) -> None:
    way = own_path(text, "/")
    assert way.startswith("/") and not way.startswith(("//", "/\\"))
    try:
        feed_id_in(text)
    except NotFound:
        return


def report(data: bytes) -> None:
    """What a Waterius sends."""
    try:
        inputs = inputs_in(json.loads(data))
    except (ValueError, RecursionError, NotAReport):
        return
    for one in inputs:
        if one.value is not None:
            on_dial(one.value, _METER)


_METER = MeterView.__new__(MeterView)
object.__setattr__(_METER, "decimals", 3)


# Seeds


def code_seeds() -> Mapping[str, bytes]:
    """A code in each encoding, printed carelessly, and what is none."""
    from tests.qr.making import GAS

    text = write(GAS).decode()
    seeds = {encoding.name: text.encode(encoding.codec, "replace") for encoding in Encoding}
    careless = "ST00012~name=УК~persacc=12 34~PaymPeriod=январь 2021 г.~sum=100,50~Sum=5~лицо~Purpose=л/с № 370012~\r\n"
    return {
        **seeds,
        "careless": careless.encode(),
        "sbp": b"https://qr.nspk.ru/AS1000?type=01",
        "ean": b"4601234567890",
    }


def value_seeds() -> Mapping[str, bytes]:
    """One good value of each kind."""
    good = (
        "1 234,5 ₽",
        "Ёлкина@пример.рф",
        "12346,5",
        "\\d{6,9}|[А-Я]{2}\\d?\nЛ/С № 37-00 12",
        "л/с № 12АБ345678-1",
        "40702810900000000017044525000",
        "12АБ345678 г. Тест, д. 5/2",
        "3.7E+11",
        "(1 234,56 руб.)",
        "31.08.26 12:00",
        "август 2026 г.",
        "за май 2026",
        "[\\d-]{2,5}(А|Б)?",
        "https://example.com:443/x?y",
    )
    return {f"value-{number}": bytes([number]) + text.encode() for number, text in enumerate(good)}


def header_seeds() -> Mapping[str, bytes]:
    """What a browser sends."""
    lines = (
        "a=b; sid=token; theme",
        "Mozilla/5.0 (X11)",
        "203.0.113.7, 2001:db8::1",
        "de, ru;q=0.8, en;q=0.3",
    )
    more = ("Bearer ck_abc", "http://localhost:8000", "http://localhost:8000/en/pay", "locale=en&token=x")
    feed = "\n" * 7 + f"{_ANY.hex}.{'A' * 32}"
    return {
        "browser": "\n".join(lines + more).encode(),
        "feed": feed.encode(),
        "path": b"\n" * 7 + b"/a//b\\c",
    }


def report_seeds() -> Mapping[str, bytes]:
    """A report with both inputs."""
    said = {"ch0": 105.4567, "serial0": "12-34", "cname0": 0, "ch1": "7,5", "data_type1": 1, "ctype1": 255}
    return {
        "both": json.dumps(said).encode(),
        "small": b'{"ch0": 1E-999999}',
        "day": date(2026, 1, 1).isoformat().encode(),
    }
