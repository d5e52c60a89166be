"""The profile on the settings page."""

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.errors import NotFound
from cabinet.residents import service as residents
from cabinet.residents.errors import BadPhone, TooLong

from .people import confirmed, resident


async def test_a_profile_is_saved_and_searchable(session: AsyncSession):
    alice = await confirmed(session=session)
    saved = await residents.save_profile(
        alice, "  Алёна   Ёлкина ", "+7 (900) 123-45-67", "en", "dark", False, session=session
    )
    assert (saved.full_name, saved.locale, saved.theme) == ("Алёна Ёлкина", "en", "dark")
    assert not saved.letters_about_payments
    key = (await resident(session=session)).search_key
    assert "алена елкина" in key
    assert "79001234567" in key


async def test_nonsense_is_refused_or_falls_back(session: AsyncSession):
    alice = await confirmed(session=session)
    with pytest.raises(BadPhone):
        await residents.save_profile(alice, "", "позвоните мне", "ru", "light", True, session=session)
    with pytest.raises(TooLong):
        await residents.save_profile(alice, "x" * 201, "", "ru", "light", True, session=session)
    saved = await residents.save_profile(alice, "", "", "de", "pink", True, session=session)
    assert (saved.locale, saved.theme) == ("ru", "system")


async def test_a_stranger_has_no_profile(session: AsyncSession):
    from uuid import uuid4

    with pytest.raises(NotFound):
        await residents.get_profile(uuid4(), session=session)
