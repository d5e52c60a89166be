"""Invented accounts and files made of them."""

import random
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cabinet.exchange.formats.layout import Layout
from cabinet.exchange.formats.reading import read_rows
from cabinet.exchange.rows import BadRow, RegistryRow

SURNAMES = [
    "Иванова",
    "Петров",
    "Ёлкина",
    "Щукин",
    "Жуковский",
    "Цой",
    "Объедкова",
    "Фёдоров",
    "Эйхман",
    "Юдина",
]
NAMES = ["Анна", "Пётр", "Сергей", "Ольга", "Ильдар", "Зоя", "Эдуард", "Юлия", "Наталья", "Шамиль"]
PATRONYMICS = ["Петровна", "Ильич", "Сергеевна", "Юрьевич", "Эдуардовна", "", "Оглы", "Фёдорович"]
STREETS = [
    "ул. Ленина",
    "пр-кт Мира",
    "пер. Щорса",
    "ул. Цветочная",
    "б-р Энтузиастов",
    "ул. 8 Марта",
    "ш. Грабцевское",
]
TOWNS = ["г. Калуга", "с. Ферзиково", "пос. Товарково", "г. Обнинск", "д. Жилетово"]


def person(dice: random.Random) -> str:
    """«Ёлкина Анна Петровна»."""
    return " ".join(filter(None, (dice.choice(SURNAMES), dice.choice(NAMES), dice.choice(PATRONYMICS))))


def address(dice: random.Random) -> str:
    """«г. Калуга, ул. Ленина, д. 5, кв. 12»."""
    return (
        f"{dice.choice(TOWNS)}, {dice.choice(STREETS)}, д. {dice.randint(1, 120)}, кв. {dice.randint(1, 200)}"
    )


def sber_text(count: int, seed: int = 1) -> str:
    """A registry of debts of so many rows, new form."""
    dice = random.Random(seed)
    return "".join(
        f"{person(dice)};;;{address(dice)};{370000000000 + i};{dice.randint(-90000, 900000) / 100:.2f}\n"
        for i in range(count)
    )


@contextmanager
def file_of(data: bytes, suffix: str = ".txt") -> Generator[Path]:
    """A file with these bytes, removed at the end (`tmp_path` is one for all examples of a property)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"registry{suffix}"
        path.write_bytes(data)
        yield path


def read(data: bytes, layout: Layout) -> list[RegistryRow | BadRow]:
    """All rows of a file with these bytes."""
    with file_of(data) as path:
        return list(read_rows(path, layout))


def only(rows: list[RegistryRow | BadRow]) -> RegistryRow:
    """The one good row."""
    (row,) = rows
    assert isinstance(row, RegistryRow), row
    return row


def only_bad(rows: list[RegistryRow | BadRow]) -> BadRow:
    """The one bad row."""
    (row,) = rows
    assert isinstance(row, BadRow), row
    return row
