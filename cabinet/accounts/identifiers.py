"""Numbers that the state gives to accounts and houses, as they come in files. Pure rules."""

import re

_ELS = re.compile(r"(\d{2}[А-Я]{2}\d{6})(?:-\d{2})?", re.ASCII)
_FIAS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TO_CYRILLIC = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
LONGEST_FLAT = 40


def clean_els(text: str) -> str | None:
    """The ЕЛС of ГИС ЖКХ (two digits, two letters, six digits), also out of an ИЖКУ; None if it is none."""
    plain = "".join(text.split()).upper().translate(_TO_CYRILLIC)
    match = _ELS.fullmatch(plain)
    return match[1] if match else None


def clean_fias(text: str) -> str | None:
    """The ФИАС of a house, with the flat behind a comma where a file names one; None if it is none."""
    house, comma, flat = text.strip().partition(",")
    house, flat = house.strip().lower(), " ".join(flat.split())
    if not _FIAS.fullmatch(house) or len(flat) > LONGEST_FLAT:
        return None
    return f"{house},{flat}" if comma and flat else house
