"""Check digits of Russian payment details."""

_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_ELEVENTH = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_TWELFTH = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_BANK_KEY = (7, 1, 3)


def is_inn(inn: str) -> bool:
    """Whether `inn` has 10 or 12 digits and right check digits (ФНС, ММВ-7-6/435@)."""
    if not (inn.isascii() and inn.isdigit()):
        return False
    if len(inn) == 10:
        return inn[9] == inn_digit(inn, _TEN)
    return len(inn) == 12 and inn[10] == inn_digit(inn, _ELEVENTH) and inn[11] == inn_digit(inn, _TWELFTH)


def inn_of_company(first_nine: str) -> str:
    """The 10-digit ИНН that begins with these nine digits."""
    return first_nine + inn_digit(first_nine, _TEN)


def inn_digit(digits: str, weights: tuple[int, ...]) -> str:
    """The check digit for the leading digits under the given weights."""
    total = sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False))
    return str(total % 11 % 10)


def is_bank_account(account: str, bic: str) -> bool:
    """Whether a 20-digit account fits its bank by the key of ЦБ 515."""
    if not (len(account) == 20 and len(bic) == 9 and (account + bic).isascii() and (account + bic).isdigit()):
        return False
    return _bank_key_sum(bic[-3:] + account) % 10 == 0


def bank_account(bic: str, balance: str, tail: str) -> str:
    """An account of `bic` with the key digit set right; `balance` is 8 digits, `tail` 11."""
    for key in "0123456789":
        account = balance + key + tail
        if is_bank_account(account, bic):
            return account
    raise ValueError("no key fits: balance needs 8 digits and tail 11")


def _bank_key_sum(digits: str) -> int:
    return sum(int(digit) * _BANK_KEY[i % 3] % 10 for i, digit in enumerate(digits))
