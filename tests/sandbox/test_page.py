"""The hosted page: its words, its mistakes and its guards."""

import re
from datetime import date

import httpx
import pytest

from cabinet.sandbox.cards import CardMistakes, Mistake, passes_luhn, read_card
from cabinet.sandbox.keys import MORE_CARDS, TEST_CARDS
from tests.sandbox.conftest import CANCEL_URL, Payer, list_of, open_checkout

pytestmark = pytest.mark.usefixtures("sandbox")

TODAY = date(2026, 11, 22)
NARROW = "\u202f"


def label_of(html: str, name: str) -> str:
    found = re.search(rf'<label for="{name}">([^<]+)</label>', html)
    assert found
    return found[1]


async def test_russian_page_has_the_agreed_words(payer: Payer) -> None:
    answer = await payer.open(await open_checkout(123456))
    html = answer.text
    assert answer.status_code == 200
    assert '<html lang="ru">' in html
    assert "ТЕСТОВЫЙ РЕЖИМ" in html
    assert [label_of(html, name) for name in ("number", "expiry", "cvc")] == ["Номер карты", "Срок", "CVC"]
    assert f">Оплатить 1{NARROW}234,56{NARROW}₽</button>" in html
    assert f'<a class="quiet" href="{CANCEL_URL}">Вернуться</a>' in html
    assert "Горгаз, № …1234" in html
    assert all(f"{card[:4]} {card[4:8]}" in html for card in TEST_CARDS.values())


async def test_english_page_has_the_agreed_words(payer: Payer) -> None:
    html = (await payer.open(await open_checkout(123456, locale="en"))).text
    assert '<html lang="en">' in html
    assert "TEST MODE: no money moves" in html
    assert [label_of(html, name) for name in ("number", "expiry", "cvc")] == ["Card number", "Expiry", "CVC"]
    assert ">Pay ₽1,234.56</button>" in html
    assert ">Back</a>" in html


async def test_fields_bring_up_the_number_pad_and_the_saved_card(payer: Payer) -> None:
    html = (await payer.open(await open_checkout())).text
    assert re.findall(r'autocomplete="([^"]+)"', html) == ["cc-number", "cc-exp", "cc-csc"]
    assert html.count('inputmode="numeric"') == 3


async def test_mistakes_stand_at_their_fields_and_keep_what_was_typed(
    payer: Payer, api: httpx.AsyncClient
) -> None:
    answer = await payer.pay(await open_checkout(), "4242 4242 4242 4241", "01/20", "1")
    assert answer.status_code == 422
    assert 'aria-describedby="number-error"' in answer.text
    assert "В номере ошибка" in answer.text
    assert "Срок карты истёк" in answer.text
    assert "три цифры" in answer.text
    assert 'value="4242 4242 4242 4241"' in answer.text
    assert 'value="01/20"' in answer.text
    assert await list_of(api, "/v1/payment_intents") == []


async def test_typed_text_is_escaped(payer: Payer) -> None:
    answer = await payer.pay(await open_checkout(), '"><script>alert(1)</script>')
    assert "<script" not in answer.text


async def test_paid_page_says_so_and_leads_back(payer: Payer) -> None:
    checkout = await open_checkout()
    await payer.pay(checkout)
    html = (await payer.open(checkout)).text
    assert "Уже оплачено" in html
    assert f'href="https://cabinet.example/payments/1?session={checkout.session_ref}"' in html
    assert "<form" not in html


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_unknown_page_is_not_found(payer: Payer, method: str) -> None:
    form = {"number": TEST_CARDS["success"], "expiry": "12/34", "cvc": "123"}
    answer = await payer.http.request(
        method, "/sandbox/pay/cs_test_nothing", data=form if method == "POST" else None
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_forms_of_other_sites_are_refused(payer: Payer, api: httpx.AsyncClient, origin: str) -> None:
    payer.headers = {"Origin": origin}
    checkout = await open_checkout()
    assert (await payer.pay(checkout)).status_code == 403
    assert (await payer.answer(checkout, "approve")).status_code == 403
    assert await list_of(api, "/v1/charges") == []


async def test_page_allows_nothing_but_its_styles_and_the_way_back(payer: Payer) -> None:
    answer = await payer.open(await open_checkout())
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "form-action 'self' https://cabinet.example" in policy
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    styles = await payer.http.get("/sandbox/static/sandbox.css")
    assert styles.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in styles.text


@pytest.mark.parametrize("expiry", ["12/34", "1234", "12 / 34", "12/2034", " 1234 "])
def test_expiry_is_taken_as_people_type_it(expiry: str) -> None:
    card = read_card("4242-4242 4242\u00a04242", expiry, " 123 ", today=TODAY)
    assert (card.month, card.year, card.last4) == (12, 2034, "4242")


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "expected"),
    [
        ("", "", "", {"number": "number_missing", "expiry": "expiry_missing", "cvc": "cvc_wrong"}),
        ("4242424242424241", "12/34", "123", {"number": "number_wrong"}),
        ("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢", "12/34", "123", {"number": "number_wrong"}),
        ("4242424242424242", "13/34", "123", {"expiry": "expiry_wrong"}),
        ("4242424242424242", "12/99", "123", {"expiry": "expiry_wrong"}),
        ("4242424242424242", "10/26", "123", {"expiry": "expiry_past"}),
        ("4242424242424242", "12/34", "12a", {"cvc": "cvc_wrong"}),
        ("4242424242424242", "12/34", "12345", {"cvc": "cvc_wrong"}),
    ],
)
def test_card_mistakes(number: str, expiry: str, cvc: str, expected: dict[str, str]) -> None:
    with pytest.raises(CardMistakes) as problem:
        read_card(number, expiry, cvc, today=TODAY)
    assert problem.value.fields == {name: Mistake(code) for name, code in expected.items()}


def test_a_card_is_good_until_the_end_of_its_month() -> None:
    assert read_card("4242424242424242", "11/26", "123", today=TODAY)


def test_every_test_card_passes_its_check_digit() -> None:
    cards = [*TEST_CARDS.values(), *MORE_CARDS.values()]
    assert all(passes_luhn(card) for card in cards)
    assert len(set(cards)) == len(cards)
