from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from cabinet.i18n import use_locale
from cabinet.notices import words
from cabinet.notices.models import NoticeKind
from cabinet.notices.service import NoticeView
from cabinet.notices.words import is_over, say_when

UTC = ZoneInfo("UTC")
NOW = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
"""Half past one in the night of the 23rd in Yekaterinburg; still the 22nd in Moscow."""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "now", lambda: NOW)


def at(day: int, hour: int, minute: int = 0, zone: str = "Asia/Yekaterinburg", **more: int) -> datetime:
    return datetime(more.get("year", 2026), more.get("month", 11), day, hour, minute, tzinfo=ZoneInfo(zone))


def notice(
    begins: datetime | None, ends: datetime | None = None, zone: str = "Asia/Yekaterinburg", **values: Any
) -> NoticeView:
    return NoticeView(
        uuid4(), NoticeKind.OUTAGE, "", "", "", "", "", "", begins, ends, values.get("shown_from", NOW), zone
    )


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [
        (at(23, 10), at(23, 16), "today, from 10:00 to 16:00"),
        (at(24, 10), at(24, 16, 30), "tomorrow, from 10:00 to 16:30"),
        (at(22, 23), None, "yesterday, from 23:00"),
        (at(29, 9), at(29, 17), "29 November, from 09:00 to 17:00"),
        (at(29, 22), at(30, 6), "from 22:00 29 November to 06:00 30 November"),
        (at(29, 0), at(30, 0), "29 November, all day"),
        (at(23, 0), at(30, 0), "23 November to 29 November, all day"),
        (at(5, 9, year=2027, month=1), at(5, 17, year=2027, month=1), "5 January 2027, from 09:00 to 17:00"),
    ],
)
def test_the_hours_are_the_provider_s(begins: datetime, ends: datetime | None, said: str) -> None:
    with use_locale("en"):
        assert say_when(notice(begins.astimezone(UTC), ends.astimezone(UTC) if ends else None)) == said


def test_the_day_is_the_provider_s_too() -> None:
    told = notice(at(23, 10), at(23, 16))
    with use_locale("en"):
        assert say_when(told).startswith("today")
        assert say_when(notice(at(23, 10), at(23, 16), "Europe/Moscow")).startswith("tomorrow, from 08:00")


def test_news_have_the_day_from_which_they_are_told() -> None:
    with use_locale("en"):
        assert say_when(notice(None)) == "today"
        assert say_when(notice(None, zone="Europe/Moscow", shown_from=at(10, 3))) == "10 November"


def test_an_outage_is_over_when_its_end_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = notice(at(23, 0), at(23, 2))
    assert not is_over(told)
    monkeypatch.setattr(words, "now", lambda: at(23, 2))
    assert is_over(told)
    assert not is_over(notice(at(1, 0))), "an open end has not passed"
