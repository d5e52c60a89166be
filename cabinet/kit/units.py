"""Units of what meters count, as they are written in the current language."""

from cabinet.i18n import N_, _

_UNITS = {
    "кВт·ч": N_("kWh"),
    "м³": N_("m³"),
    "Гкал": N_("Gcal"),
    "м²": N_("m²"),
    "мес.": N_("mo."),
}
"""As providers write them in their bills."""


def say_unit(unit: str) -> str:
    """The unit in the language of the page; one that is not known stays as the provider wrote it."""
    return _(_UNITS[unit]) if unit in _UNITS else unit
