"""How a value of a meter is written."""

from decimal import Decimal

from cabinet.i18n import current_locale


def say_reading(value: Decimal) -> str:
    """The value as on the dial, without needless zeros: `1234,5` in Russian, `1234.5` in English."""
    text = f"{value:f}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return plain.replace(".", ",") if current_locale() == "ru" else plain
