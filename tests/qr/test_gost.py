"""Writing by the letter of the standard, and reading back what was written."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from cabinet.qr.errors import CannotWrite
from cabinet.qr.gost import LARGEST, Encoding, GostPayment, write
from cabinet.qr.reading import read
from tests.qr.making import GAS, encodings, payments


@given(payments(), encodings())
def test_what_is_written_is_read(payment: GostPayment, encoding: Encoding):
    found = read(write(payment, encoding))
    assert found.payment == payment
    assert (found.encoding, found.oddities) == (encoding, frozenset())


def test_the_header_and_the_order():
    text = write(GAS, Encoding.WINDOWS_1251).decode("cp1251")
    assert text.startswith(
        "ST00011|Name=ООО «Газ Заречья»|PersonalAcc=40702810900000000017|BankName=Банк «Заречье»|BIC=044525000"
        "|CorrespAcc=30101810000000000000|Sum=184250|Purpose=Оплата за газ|PayeeINN=7700000001|"
    )
    assert text.endswith("|PaymPeriod=102026|LastName=Ёлкина|TechCode=02")
    assert write(GAS).startswith(b"ST00012|")


def test_the_separator_occurs_in_no_value():
    data = write(replace(GAS, purpose="газ|вода~свет"))
    assert data.startswith(b"ST00012^") and read(data).payment.purpose == "газ|вода~свет"
    with pytest.raises(CannotWrite, match="separator"):
        write(replace(GAS, purpose="|~^;#$&*!@\\`"))


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"name": ""}, "Name"),
        ({"name": "я" * 161}, "Name"),
        ({"personal_acc": "4" * 19}, "PersonalAcc"),
        ({"personal_acc": "٤" * 20}, "PersonalAcc"),
        ({"bank_name": " "}, "BankName"),
        ({"bank_name": "я" * 46}, "BankName"),
        ({"bic": "04452522"}, "BIC"),
        ({"corresp_acc": ""}, "CorrespAcc"),
        ({"corresp_acc": "3" * 21}, "CorrespAcc"),
        ({"sum_minor": -1}, "Sum"),
        ({"sum_minor": 10**18}, "Sum"),
        ({"purpose": "я" * 211}, "Purpose"),
        ({"payee_inn": "77a"}, "PayeeINN"),
        ({"tech_code": "2"}, "TechCode"),
        ({"purpose": "a\x00b"}, "Purpose"),
        ({"others": {"a=b": "c"}}, "a=b"),
        ({"others": {"sum": "1"}}, "sum"),
    ],
)
def test_what_the_standard_forbids_is_refused(changed: dict[str, Any], key: str):
    with pytest.raises(CannotWrite) as refused:
        write(replace(GAS, **changed))
    assert refused.value.key == key


def test_letters_that_the_encoding_lacks_are_refused():
    with pytest.raises(CannotWrite) as refused:
        write(GAS, Encoding.KOI8_R)  # it has no «»
    assert refused.value.key == "Name"


def test_what_does_not_fit_into_a_code_is_refused():
    with pytest.raises(CannotWrite, match="do not fit"):
        write(replace(GAS, payer_address="я" * LARGEST))


def test_line_breaks_and_wide_blanks_become_plain_ones():
    assert read(write(replace(GAS, purpose="за\nгаз\u00a0и воду"))).payment.purpose == "за газ и воду"
