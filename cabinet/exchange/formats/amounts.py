"""Sums as registries write them."""


def roubles(minor: int) -> str:
    """`1234.56`, `-0.05`: no spaces, a dot, two digits."""
    sign, rest = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{rest // 100}.{rest % 100:02d}"
