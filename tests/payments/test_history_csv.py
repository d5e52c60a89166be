"""The history as a table."""

import csv
import io
from dataclasses import replace

from cabinet.i18n import use_locale
from cabinet.payments.models import PaymentState
from cabinet.payments.service import PaymentView, history_csv
from tests.payments.test_timeline import CARD, item, payment


def table(*payments: PaymentView, locale: str = "ru") -> list[list[str]]:
    with use_locale(locale):
        body = history_csv(payments)
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig")), delimiter=";" if locale == "ru" else ","))


def of_two() -> PaymentView:
    paid = payment(PaymentState.SUCCEEDED, item(), item())
    return replace(paid, amount_minor=200_000, commission_minor=150)


def test_a_row_for_each_account() -> None:
    _head, first, second = table(of_two())
    assert first[0] == second[0] == "100001"
    assert first[1:3] == ["2026-11-22 12:00", "2026-11-22 13:00"]
    assert [row[7:] for row in (first, second)] == [
        ["1000,00", "1,50", "2001,50", "0,00", "RUB"],
        ["1000,00", "", "", "", "RUB"],
    ]


def test_in_english_with_commas_and_points() -> None:
    head, first, _second = table(of_two(), locale="en")
    assert head[0] == "Payment number"
    assert first[3] == "Paid"
    assert first[7:10] == ["1000.00", "1.50", "2001.50"]


def test_no_cell_is_a_formula() -> None:
    for name in ("=1+1", "+7", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1", "|calc"):
        evil = replace(CARD, provider_name=name)
        view = payment(PaymentState.SUCCEEDED, replace(item(), account=evil))
        [_head, row] = table(view)
        assert row[4] == f"'{name}"


def test_a_separator_in_a_name_stays_in_its_cell() -> None:
    evil = replace(CARD, provider_name='Газ; "Север"\nи Ко')
    [_head, row] = table(payment(PaymentState.SUCCEEDED, replace(item(), account=evil)))
    assert row[4] == 'Газ; "Север"\nи Ко'


def test_no_payments_is_a_head_alone() -> None:
    assert len(table()) == 1
