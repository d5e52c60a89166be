"""Text that people search by and text that must be masked."""

import re

_SAME_LOOK = str.maketrans("АВЕКМНОРСТУХ", "ABEKMHOPCTYX")
_FORMULA = re.compile(r"\s*[=+\-@\t\r|%]")


def fold(text: str) -> str:
    """The key that text is searched and sorted by: case folded, ё as е, single spaces."""
    return " ".join(text.casefold().replace("ё", "е").split())


def mask_email(email: str) -> str:
    """`m•••@mail.example`: enough to recognise, too little to misuse."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}"


def mask_address(address: str) -> str:
    """The address with house and flat hidden: the street stays, digits become «•»."""
    return re.sub(r"\d+[А-Яа-яA-Za-z]?(/\d+)?", "••", address)


def mask_name(name: str) -> str:
    """«Ё••• П•••»: the first letter of each part, however long it is."""
    return " ".join(f"{part[0]}•••" for part in name.split())


def mask_serial(serial: str) -> str:
    """«••••17»: enough to tell two meters apart, too little to prove anything; a short one is hidden whole."""
    return f"••••{serial[-2:]}" if len(serial) >= 6 else "••••"


def bare(text: str) -> str:
    """Letters and digits alone, those that look alike as one: what is printed on a plate or a letter."""
    return re.sub(r"[\W_]", "", text).upper().translate(_SAME_LOOK)


def group_digits(number: str) -> str:
    """An account number in groups of three or four, as a bill prints it, never with a lonely last digit."""
    by_four = len(number) % 4 == 0 or (len(number) % 3 != 0 and len(number) % 4 != 1)
    size = 4 if by_four else 3
    return " ".join(number[i : i + size] for i in range(0, len(number), size)) if number.isdigit() else number


def whole_number(text: str) -> int | None:
    """The number that up to 18 plain digits say, else None: «²» is a digit to Python, and `int` refuses it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def disarm_formula(text: str) -> str:
    """The text so that a spreadsheet shows it and never runs it."""
    return f"'{text}" if _FORMULA.match(text) else text
