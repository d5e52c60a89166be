"""Codes as bills have them."""

from datetime import date

from hypothesis import strategies as st

from cabinet.qr.gost import Encoding, GostPayment

GAS = GostPayment(
    name="ООО «Газ Заречья»",
    personal_acc="40702810900000000017",
    bank_name="Банк «Заречье»",
    bic="044525000",
    corresp_acc="30101810000000000000",
    sum_minor=184_250,
    purpose="Оплата за газ",
    payee_inn="7700000001",
    pers_acc="380012345678",
    period=date(2026, 10, 1),
    last_name="Ёлкина",
    tech_code="02",
)

_RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
_PLAIN = "abcXYZ0123456789 .,-()/=|~^;№«»"
IN_ALL = "".join(char for char in _RUSSIAN + _PLAIN if char.encode("koi8-r", "ignore") and char != " ") + " "
"""Letters that all three encodings have."""
TELLING = "оплата услуг "
"""Real codes have such words; they tell a wrong encoding from a right one."""


def words(longest: int) -> st.SearchStrategy[str]:
    return st.text(IN_ALL, min_size=1, max_size=longest).map(lambda text: " ".join(text.split())).filter(bool)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def payments() -> st.SearchStrategy[GostPayment]:
    amounts = st.none() | st.integers(0, 10**12)
    maybe = st.just("") | words(60)
    return st.builds(
        GostPayment,
        name=words(140).map(lambda text: f"{TELLING}{text}"),
        personal_acc=digits(20),
        bank_name=words(45),
        bic=digits(9),
        corresp_acc=digits(20) | st.just("0"),
        sum_minor=amounts,
        purpose=maybe,
        payee_inn=st.just("") | digits(10) | digits(12),
        kpp=st.just("") | digits(9),
        pers_acc=maybe,
        period=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda day: day.replace(day=1)),
        payer_address=maybe,
        counter_val=maybe,
        add_amount_minor=amounts,
        tech_code=st.just("") | digits(2),
        others=st.dictionaries(st.sampled_from(["Phone", "ChildFio", "x_1"]), words(30), max_size=2),
    )


def encodings() -> st.SearchStrategy[Encoding]:
    return st.sampled_from(Encoding)
