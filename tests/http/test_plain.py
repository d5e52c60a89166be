"""Pages for errors outside Reflex."""

from cabinet.http.plain import failed_page, plain_page
from cabinet.i18n import use_locale


def test_what_is_said_is_escaped() -> None:
    page = plain_page("<b>", "<script>alert(1)</script>", '/"onclick="x')
    assert "<script>" not in page
    assert '"onclick="' not in page


def test_the_page_is_in_the_language_of_the_context() -> None:
    with use_locale("ru"):
        page = failed_page("/", "A1B2")
    assert '<html lang="ru">' in page
    assert "Номер для поддержки: A1B2" in page
