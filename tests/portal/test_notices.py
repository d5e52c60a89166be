"""The notices on the cabinet and on the page of an account."""

from collections.abc import Awaitable, Callable, Generator
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import use_locale
from cabinet.kit.dates import now
from cabinet.notices.models import NoticeKind
from cabinet.residents.models import Role
from cabinet.residents.person import Person
from cabinet.ui import notices
from cabinet.ui.notices import NoticesState
from tests.notices.conftest import Town, tell, town

__all__ = ["town"]

Opened = Callable[[str], Awaitable[NoticesState]]


@pytest.fixture
def here(town: Town, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Alice is at the page, in English."""
    alice = Person(town.alice, uuid4(), "alice@mail.example", "", Role.RESIDENT, None, "en")
    monkeypatch.setattr(notices, "person", lambda: alice)
    with use_locale("en"):
        yield


@pytest.fixture
def opened(here: None, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens a page and reads its notices."""

    async def at(path: str) -> NoticesState:
        monkeypatch.setattr(NoticesState, "router", SimpleNamespace(url=SimpleNamespace(path=path)))
        state = NoticesState(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
        await state.load()
        return state

    return at


def titles(state: NoticesState) -> list[str]:
    return [card.title for card in state.notices]


async def test_outages_are_told_with_their_hours_and_news_are_folded(
    session: AsyncSession, town: Town, opened: Opened
) -> None:
    await tell(session, town.water)
    begins = now() - timedelta(hours=3)
    outage = {"kind": NoticeKind.OUTAGE, "title_en": "No water", "text_en": "Store some."}
    await tell(session, town.water, happens_from=begins, happens_until=begins + timedelta(hours=9), **outage)
    loud, quiet = (await opened("/en/cabinet")).notices
    assert (loud.kind_name, loud.title, loud.text) == ("Outage", "No water", "Store some.")
    assert (loud.is_folded, loud.is_over, loud.dismiss_name) == (False, False, "Hide: No water")
    assert " from " in f" {loud.when.lower()}"
    assert (quiet.kind_name, quiet.is_folded) == ("News", True)
    assert quiet.title == "Новый телефон", "nobody wrote it in English"


async def test_what_is_over_is_not_loud(session: AsyncSession, town: Town, opened: Opened) -> None:
    begins = now() - timedelta(hours=3)
    ended = {"happens_from": begins, "happens_until": begins + timedelta(hours=1)}
    await tell(session, town.water, kind=NoticeKind.OUTAGE, **ended)
    [card] = (await opened("/cabinet")).notices
    assert card.is_over


async def test_hidden_ones_are_counted_and_come_back(
    session: AsyncSession, town: Town, opened: Opened
) -> None:
    notice = await tell(session, town.water)
    state = await opened("/cabinet")
    await state.put_aside(str(notice.id))
    assert (titles(state), state.hidden) == ([], 1)
    for unknown in ("nonsense", str(uuid4())):
        await state.put_aside(unknown)
    assert (titles(state), state.hidden) == ([], 1)
    await state.bring_back()
    assert (titles(state), state.hidden) == (["Новый телефон"], 0)


async def test_an_account_s_page_shows_its_own(session: AsyncSession, town: Town, opened: Opened) -> None:
    await tell(session, None, title_ru="Оператор")
    await tell(session, town.water, title_ru="Вода")

    async def at(account_id: UUID) -> list[str]:
        return titles(await opened(f"/accounts/{account_id}"))

    assert titles(await opened("/cabinet")) != await at(town.home)
    assert await at(town.home) == ["Вода"]
    assert await at(town.house) == [], "a stranger's account tells nothing"
