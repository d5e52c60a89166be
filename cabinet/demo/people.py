"""Invented owners and addresses."""

from random import Random

_WOMEN = ("Анна", "Мария", "Ольга", "Елена", "Нина", "Татьяна", "Галина", "Вера", "Фёкла", "Зоя")
_MEN = ("Иван", "Пётр", "Сергей", "Андрей", "Николай", "Фёдор", "Павел", "Юрий", "Семён", "Глеб")
_FATHERS = (
    *("Иванов", "Петров", "Сергеев", "Андреев", "Николаев"),
    *("Фёдоров", "Павлов", "Юрьев", "Семёнов", "Глебов"),
)
_SURNAMES = (
    *("Берёзкин", "Воробьёв", "Гусев", "Дёмин", "Ершов", "Жуков", "Зимин", "Калинин", "Лосев", "Морозов"),
    *("Носов", "Орлов", "Птицын", "Рыбин", "Соколов", "Травин", "Уткин", "Филин", "Хомутов", "Цветков"),
    *("Чижов", "Шубин", "Щукин", "Ёлкин", "Яковлев"),
)


def invent_owner(random: Random) -> str:
    """Surname, name and patronymic that agree."""
    surname, father = random.choice(_SURNAMES), random.choice(_FATHERS)
    if random.random() < 0.6:
        return f"{surname}а {random.choice(_WOMEN)} {father}на"
    return f"{surname} {random.choice(_MEN)} {father}ич"


def invent_address(random: Random, city: str, streets: tuple[str, ...]) -> str:
    """Street, house and flat in an invented town."""
    return f"{city}, {random.choice(streets)}, д. {random.randint(1, 96)}, кв. {random.randint(1, 180)}"
