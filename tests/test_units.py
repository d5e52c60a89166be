import pytest

from cabinet.demo.services import all_meters
from cabinet.i18n import use_locale
from cabinet.kit.units import say_unit


@pytest.mark.parametrize("unit", sorted({m.unit for meters in all_meters().values() for m in meters}))
def test_a_unit_is_written_in_the_language_of_the_page(unit: str) -> None:
    with use_locale("ru"):
        assert say_unit(unit) == unit
    with use_locale("en"):
        assert say_unit(unit).replace("³", "").isascii()
        assert say_unit(say_unit(unit)) == say_unit(unit)


def test_an_unknown_unit_stays_as_the_provider_wrote_it() -> None:
    with use_locale("en"):
        assert say_unit("чел.") == "чел."
