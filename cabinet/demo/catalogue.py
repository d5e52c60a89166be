"""The invented providers of the demo: nobody and nothing in here exists."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from cabinet.kit.requisites import bank_account, inn_of_company
from cabinet.providers.checks import correspondent_key
from cabinet.providers.models import ProofKind, Provider, ProviderKind
from cabinet.providers.service import search_key_of

NAMESPACE = UUID("6f1e3c52-8d0b-5b7a-9a55-0c0d3f1a2b4c")
BANK = "Учебный банк (АО)"


def demo_id(*path: object) -> UUID:
    """The id of a demo row: the same on every machine."""
    return uuid5(NAMESPACE, "/".join(map(str, path)))


@dataclass(frozen=True, slots=True)
class DemoProvider:
    """A provider, how many accounts it has, and where they stand."""

    slug: str
    accounts: int
    city: str
    streets: tuple[str, ...]
    provider: Provider


def _provider(slug: str, inn: str, bic: str, tail: str, **values: object) -> Provider:
    kind = ProviderKind(slug)
    provider = Provider.model_validate(
        {
            "id": demo_id("provider", slug),
            "kind": kind,
            "inn": inn_of_company(inn),
            "kpp": f"{inn[:4]}01001",
            "bank_name": BANK,
            "bic": bic,
            "bank_account": bank_account(bic, "40702810", tail),
            "correspondent_account": _correspondent_account(bic),
            "created_at": datetime(2024, 1, 15, 9, tzinfo=UTC),
            "support_email": f"{slug}@provider.example",
            **values,
        }
    )
    provider.search_key = search_key_of(provider)
    return provider


def _correspondent_account(bic: str) -> str:
    """The bank's account at the Bank of Russia, which ends like the БИК."""
    return bank_account(bic[:6] + correspondent_key(bic), "30101810", f"00000000{bic[-3:]}")


CATALOGUE = (
    DemoProvider(
        "electricity",
        50,
        "г. Каменногорье",
        ("ул. Заводская", "ул. Инженерная", "пр-т Мастеров", "ул. Рябиновая"),
        _provider(
            "electricity",
            "660000101",
            "046577905",
            "00000000101",
            name="СветЭнергоСбыт",
            name_en="SvetEnergoSbyt",
            number_pattern=r"66\d{8}",
            number_example="6600012345",
            number_hint_ru="10 цифр, начинаются с 66: справа вверху, под словами «Лицевой счёт».",
            number_hint_en="10 digits beginning with 66: at the top right of the bill, below «Лицевой счёт».",
            timezone="Asia/Yekaterinburg",
            window_from=15,
            window_to=26,
            due_day=20,
            support_phone="8 800 000-01-01",
        ),
    ),
    DemoProvider(
        "gas",
        45,
        "г. Верхнеозёрск",
        ("ул. Озёрная", "ул. Садовая", "пер. Тихий", "ул. Лесная"),
        _provider(
            "gas",
            "370000102",
            "042406902",
            "00000000102",
            name="ОзёрГазСбыт",
            name_en="OzyorGazSbyt",
            number_pattern=r"37\d{10}",
            number_example="370012345678",
            number_hint_ru="12 цифр, начинаются с 37: в верхней строке квитанции, рядом с адресом.",
            number_hint_en="12 digits beginning with 37: in the top line of the bill, beside the address.",
            timezone="Europe/Moscow",
            window_from=20,
            window_to=25,
            due_day=15,
            earlier_date_allowed=True,
            proof=ProofKind.METER_NUMBER,
            max_use=3_000,
            support_phone="8 800 000-01-02",
        ),
    ),
    DemoProvider(
        "housing",
        40,
        "г. Сибирские Зори",
        ("ул. Снежная", "ул. Кедровая", "б-р Молодёжи"),
        _provider(
            "housing",
            "540000103",
            "045004903",
            "00000000103",
            name="УК «Тихий двор»",
            name_en="Quiet Yard Housing Management",
            number_pattern=r"54\d{6}",
            number_example="54012345",
            proof=ProofKind.PIN,
            number_hint_ru="8 цифр, начинаются с 54: под штрихкодом, слева внизу квитанции.",
            number_hint_en="8 digits beginning with 54: below the barcode, at the bottom left of the bill.",
            timezone="Asia/Novosibirsk",
            window_from=18,
            window_to=23,
            due_day=10,
            support_phone="8 800 000-01-03",
        ),
    ),
    DemoProvider(
        "water",
        45,
        "г. Волжские Ключи",
        ("ул. Набережная", "ул. Родниковая", "ул. Пристанская"),
        _provider(
            "water",
            "630000104",
            "043601904",
            "00000000104",
            name="Водоканал «Родник»",
            name_en="Rodnik Water",
            number_pattern=r"\d{2}[А-Я]{2}\d{6}",
            number_example="63ВК012345",
            number_hint_ru="2 цифры, 2 буквы и 6 цифр: в рамке посередине квитанции.",
            number_hint_en="2 digits, 2 Russian letters, 6 digits: in the frame in the middle of the bill.",
            timezone="Europe/Samara",
            window_from=19,
            window_to=23,
            due_day=15,
            max_use=200,
            commission_bp=50,
            support_phone="8 800 000-01-04",
        ),
    ),
    DemoProvider(
        "heat",
        20,
        "г. Верхнеозёрск",
        ("ул. Озёрная", "ул. Садовая", "ул. Школьная"),
        _provider(
            "heat",
            "370000105",
            "042406905",
            "00000000105",
            name="Теплосеть «Очаг»",
            name_en="Hearth Heating",
            number_pattern=r"9\d{8}",
            number_example="900123456",
            number_hint_ru="9 цифр, начинаются с 9: в правом столбце квитанции, над суммой.",
            number_hint_en="9 digits beginning with 9: in the right column of the bill, above the sum.",
            timezone="Europe/Moscow",
            window_from=20,
            window_to=25,
            window_strict=True,
            zero_crossing_allowed=False,
            expired_verification_allowed=False,
            proof=ProofKind.PIN,
            due_day=10,
            max_use=50,
            commission_bp=100,
            support_phone="8 800 000-01-05",
        ),
    ),
)
