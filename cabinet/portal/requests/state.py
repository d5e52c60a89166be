"""A resident's requests to support: the list, one of them, and the same one for a guest who came by a letter."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any

import reflex as rx

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _
from cabinet.portal.requests.cards import RequestRow, ThreadCard, card_of, row_of
from cabinet.support import service as support
from cabinet.support.service import Asker, ByLink, ByResident
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import look_again, open_to_all, person
from cabinet.ui.submitted import Form, text_in

_SCORES = frozenset("12345")
PAUSES = (5,) * 120 + (15,) * 200
"""Seconds between two looks at an open thread: for an hour, as long as a page stays open."""


class RequestsState(rx.State):
    """The resident's requests."""

    rows: rx.Field[list[RequestRow]] = rx.field(default_factory=list)
    loaded: rx.Field[bool] = rx.field(False)

    @rx.event
    async def load(self) -> None:
        """Read them: those with news first."""
        async with read_only() as session:
            found = await support.list_own(person().id, session=session)
        self.rows, self.loaded = [row_of(ticket) for ticket in found], True


class RequestState(rx.State):
    """The request of the page's address; a stranger's is not found."""

    card: rx.Field[ThreadCard] = rx.field(default_factory=ThreadCard)
    found: rx.Field[bool] = rx.field(True)
    said: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    address: rx.Field[str] = rx.field("")
    """The page that the request was read for: under another address it says nothing."""
    _watches: int = 0
    """Counts the openings of the page: only the newest watch goes on."""

    @rx.event
    async def load(self) -> None:
        """Read the thread; what is read is not news any more."""
        self.said = self.problem = ""
        await self._read()
        self.address = self.router.url.path

    @rx.event(background=True)
    async def watch(self) -> None:
        """As long as the page shows this request, look now and then for an answer."""
        async with self:
            self._watches += 1
            mine, asker = self._watches, self._asker()
        mark = ""
        for pause in PAUSES:
            await asyncio.sleep(pause)
            await look_again()
            now_is = await _pulse(asker)
            async with self:
                if not now_is or self._watches != mine or self._asker() != asker:
                    return
                if now_is != mark and mark:
                    await self._read()
                mark = now_is

    @rx.event
    async def close(self) -> None:
        """The question is settled."""
        if asker := self._asker():
            self.said, self.problem = await _try(_close(asker), "")
            await self._read()

    @rx.event
    async def rate(self, form: Form) -> None:
        """Give the mark, or change it."""
        if asker := self._asker():
            self.said, self.problem = await _try(_rate(asker, form), _("Thank you. Your mark is kept."))
            await self._read()

    def _asker(self) -> Asker | None:
        """As the address says: the state may have been lost under the open page."""
        ticket_id = as_id(self.router.url.path.rstrip("/").rpartition("/")[2])
        return ByResident(person().id, ticket_id) if ticket_id else None

    async def _read(self) -> None:
        card = await _card(self._asker())
        self.found, self.card = card is not None, card or ThreadCard()


class GuestRequestState(rx.State):
    """The request that the link of a letter opens: the token of the address is all that counts."""

    card: rx.Field[ThreadCard] = rx.field(default_factory=ThreadCard)
    found: rx.Field[bool] = rx.field(True)
    said: rx.Field[str] = rx.field("")
    problem: rx.Field[str] = rx.field("")
    address: rx.Field[str] = rx.field("")

    @rx.event
    @open_to_all
    async def load(self) -> None:
        """Read the thread."""
        self.said = self.problem = ""
        await self._read()
        self.address = self.router.url.path

    @rx.event
    @open_to_all
    async def close(self) -> None:
        """The question is settled."""
        self.said, self.problem = await _try(_close(self._asker()), "")
        await self._read()

    @rx.event
    @open_to_all
    async def rate(self, form: Form) -> None:
        """Give the mark, or change it."""
        self.said, self.problem = await _try(_rate(self._asker(), form), _("Thank you. Your mark is kept."))
        await self._read()

    def _asker(self) -> ByLink:
        return ByLink(str(self.router.url.query_parameters.get("token", "")))

    async def _read(self) -> None:
        card = await _card(self._asker())
        self.found, self.card = card is not None, card or ThreadCard()


async def _card(asker: Asker | None) -> ThreadCard | None:
    """The thread, looked at; None for what is not there or not theirs."""
    if asker is None:
        return None
    try:
        async with unit_of_work() as session:
            await support.mark_seen(asker, session=session)
            thread = await support.read_own(asker, session=session)
            rating = await support.rating_of(asker, session=session)
    except CabinetError:
        return None
    return card_of(thread, rating, asker.token if isinstance(asker, ByLink) else "")


async def _pulse(asker: Asker | None) -> str:
    """What changes with the thread; empty when it is not theirs any more."""
    if asker is None:
        return ""
    with suppress(NotFound):
        async with read_only() as session:
            return await support.pulse(asker, session=session)
    return ""


async def _try(work: Awaitable[Any], said: str) -> tuple[str, str]:
    """Do it: what to say then, and the problem in words."""
    try:
        await work
    except CabinetError as problem:
        return "", problem.message()
    return said, ""


async def _close(asker: Asker) -> None:
    async with unit_of_work() as session:
        await support.close_own(asker, session=session)


async def _rate(asker: Asker, form: Form) -> None:
    score = text_in(form, "score")
    async with unit_of_work() as session:
        await support.rate(
            asker, int(score) if score in _SCORES else 0, text_in(form, "words"), session=session
        )
