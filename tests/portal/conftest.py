"""Alice at a page of the portal, in English, without a browser."""

from collections.abc import Generator
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.i18n import use_locale
from cabinet.portal.pay.state import PayState
from cabinet.residents.person import Person, Role
from tests.autopay.conftest import calendar, charges
from tests.payments.conftest import Neighbours, fake, settle_in

__all__ = ["calendar", "charges", "fake"]

PAGES = ("account", "cards", "history", "pay")


@pytest.fixture
async def people(session: AsyncSession) -> Neighbours:
    return await settle_in(session)


@pytest.fixture
def alice(people: Neighbours, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Alice is at the page, in English."""
    here = Person(people.alice.id, uuid4(), people.alice.email, "", Role.RESIDENT, None, "en")
    for page in PAGES:
        monkeypatch.setattr(f"cabinet.portal.{page}.state.person", lambda: here)
    with use_locale("en"):
        yield


async def press_pay(page: PayState, form: dict[str, Any]) -> None:
    """Send the form as a browser does: Reflex lets nobody call a background handler directly."""
    await PayState.event_handlers["pay"].fn(page, form)
