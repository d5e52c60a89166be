"""What a column holds, told from its name in Russian, English or the short Latin of DBF."""

import re

from cabinet.exchange.rows import Column
from cabinet.kit.text import fold

_WORD = re.compile(r"[^0-9a-zа-я]+")

_PATTERNS = [
    (column, re.compile(pattern))
    for column, pattern in (
        (
            Column.PAYMENTS,
            r"(учтен\w*|номера?|проведен\w*) (платеж\w*|оплат\w*)|posted payments?|payments? posted|posted",
        ),
        (Column.VERIFICATION_DUE, r".*поверк\w*.*|.*verif.*|dt pov|pover\w*"),
        (Column.READ_ON, r"(дата|день) (\w+ )?(показани\w*|снятия|передачи)(.*)|read on|reading date|dt pok"),
        (
            Column.METER_ZONE,
            r".*(тарифн\w+ зон\w*|^зон[аы]|шкал[аы]).*|зона|тариф (счетчика|прибора)|(meter )?zone|zona",
        ),
        (
            Column.METER_KIND,
            r"(тип|вид|ресурс) ?(счетчика|прибора( учета)?|пу|ипу)?|ресурс|meter (kind|type)|kind|vid|tip",
        ),
        (
            Column.METER_SERIAL,
            r"((заводск\w+ )?(номер|n)( (счетчика|прибора( учета)?|пу|ипу))|заводск\w+ номер|счетчик|прибор( учета)?|"
            r"пу|ипу|meter( serial| number)?|serial( number)?|nom? ?sch\w*|counter\w*)",
        ),
        (
            Column.READING,
            r"((текущ\w+|последн\w+|предыдущ\w+|конечн\w+|тек|посл|пред) )?показани[ея]( .*)?|(last )?reading|value|pokaz\w*",
        ),
        (Column.ELS, r"елс( .*)?|един\w+ лиц\w* сч\w*|(иж?ку|els)|идентификатор жку"),
        (Column.FIAS, r"(код )?(фиас|гар)( .*)?|fias\w*|guid( .*)?"),
        (
            Column.NUMBER,
            r"(номер |n )?(лицев\w*|лиц|личн\w*) ?(сч[её]?т\w*|сч)( .*)?|(номер |n )?л ?с( .*)?|номер счета|(personal )?account"
            r"( (number|no|id))?|number|ls|n?ls|nls|lsch?\w*|lch?et|lic ?sch?\w*|lc|acc\w*|abonent( id)?|код абонента",
        ),
        (
            Column.OWNER_NAME,
            r"фио( .*)?|ф и о( .*)?|фамилия( .*)?|имя|отчество|абонент|плательщик|собственник|владелец|потребитель|"
            r"наниматель|(owner|customer|full|payer)( ?name)?|name|fio|fam\w*|imya?|otch\w*",
        ),
        (
            Column.ADDRESS,
            r"адрес( .*)?|address|adr\w*|(населенный )?пункт|город|улица|дом|корпус|квартира|кв|помещение|"
            r"street|house|flat|city|ul|dom|kv|korp",
        ),
        (Column.PERIOD, r"(расчетн\w+ )?(период|месяц)( .*)?|за (период|месяц)|period|month|per|mes"),
        (
            Column.BALANCE,
            r"(общая )?сумма (к оплате|долга|задолж\w*|на оплату)|к оплате( .*)?|(исходящ\w+ |конечн\w+ |текущ\w+ )?"
            r"(сальдо|остаток)( на конец| исходящ\w*| .*)?|задолженность( .*)?|долг( .*)?|баланс( .*)?|итого к оплате|"
            r"всего к оплате|сумма|balance|debt|amount( due)?|to pay|due|saldo\w*|dolg|summ?a?|koplate|sum",
        ),
        (Column.CHARGED, r"начислен\w*( .*)?|сумма начисл\w*( .*)?|charged?|charges|accru\w*|nach\w*"),
        (Column.SERVICE, r"(наименование |вид |код )?услуг[аи]|service|usl\w*"),
    )
]
_ONCE = set(Column) - {Column.ADDRESS, Column.OWNER_NAME}
_DUE = re.compile(r"к оплате|to pay|due")
_OPENING = re.compile(r".*(начал|входящ|вход ).*")


def suggest_mapping(columns: tuple[str, ...]) -> dict[str, Column]:
    """The mapping that the names suggest; of two columns that seem to hold the same the first is taken, but
    what is «к оплате» goes before any other balance.
    """
    found = {name: column for name in columns if (column := suggest_column(name))}
    due = next((name for name in found if found[name] is Column.BALANCE and _DUE.search(fold(name))), None)
    mapping: dict[str, Column] = {}
    for name, column in found.items():
        taken = column in mapping.values() or (column is Column.BALANCE and due and name != due)
        if column not in _ONCE or not taken:
            mapping[name] = column
    return mapping


def suggest_column(name: str) -> Column | None:
    """What a column of this name holds, if the name says so."""
    words = _WORD.sub(" ", fold(name).replace("№", "n")).strip()
    if not words or _OPENING.fullmatch(words):
        return None
    return next((column for column, pattern in _PATTERNS if pattern.fullmatch(words)), None)
