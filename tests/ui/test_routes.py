"""Paths are the same in both languages, with `/en` in front in English."""

import pytest

from cabinet.i18n import use_locale
from cabinet.ui import routes


@pytest.mark.parametrize(("path", "english"), [("/", "/en"), ("/pay?account=1", "/en/pay?account=1")])
def test_english_paths_begin_with_en(path: str, english: str) -> None:
    with use_locale("en"):
        assert routes.localized(path) == english
    with use_locale("ru"):
        assert routes.localized(path) == path


def test_paying_without_an_account_means_all_of_them() -> None:
    assert routes.pay() == "/pay"
    assert routes.pay("a1") == "/pay?account=a1"
