"""Sending readings: a form for each account with meters, each sent for itself."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import reflex as rx

from cabinet.database import unit_of_work
from cabinet.errors import CabinetError, NotFound
from cabinet.i18n import _
from cabinet.meters import service as meters
from cabinet.meters.errors import BadReadings, WrongDay
from cabinet.portal.readings.cards import ReadingsCard, read_cards, say_done, takes_more
from cabinet.ui.accounts import as_id
from cabinet.ui.gate import person
from cabinet.ui.meters import MeterLine, wishes_in, with_problems
from cabinet.ui.submitted import Form, text_in


class ReadingsState(rx.State):
    """The readings of one account (`?account=`) or of all."""

    cards: rx.Field[list[ReadingsCard]] = rx.field(default_factory=list)
    bare: rx.Field[str] = rx.field("")
    """The accounts without meters, by name."""
    connection: rx.Field[str] = rx.field("")
    """The one that the forms were loaded for: with another they are drawn anew, and told what had been typed."""

    @rx.event
    async def load(self) -> None:
        """Read the accounts, their meters, and what was sent."""
        await self._read()
        self.connection = self.router.session.session_id

    @rx.event
    async def send(self, form: Form) -> None:
        """Keep the readings of the account that the form names. What is typed for the others stays as it is."""
        account_id = text_in(form, "account")
        await self._find(account_id)
        zone_ids = [str(found) for name in form if (found := _zone_in(name))]
        try:
            async with unit_of_work() as session:
                await meters.submit_readings(
                    person().id,
                    _id(account_id),
                    wishes_in(form, zone_ids),
                    session=session,
                    taken_on=_day_in(form),
                )
        except CabinetError as problem:
            self._complain(account_id, problem, form)
        else:
            await self._show_sent(
                account_id, anything=any(text_in(form, f"reading-{one}").strip() for one in zone_ids)
            )

    @rx.event
    async def correct(self, account_id: str, zone_id: str) -> None:
        """Open the field of a reading that was sent, with its value."""
        await self._find(account_id)
        self._change_zone(account_id, zone_id, is_open=True)

    @rx.event
    async def keep(self, account_id: str, zone_id: str) -> None:
        """Leave what was sent as it is."""
        await self._find(account_id)
        self._change_zone(account_id, zone_id, is_open=False)

    async def _read(self) -> None:
        only = as_id(self.router.url.query_parameters.get("account", ""))
        found = await read_cards(person().id, only)
        self.cards = [card for card in found if card.meters]
        self.bare = ", ".join(card.title for card in found if not card.meters)

    async def _find(self, account_id: str) -> None:
        """Read the cards again if they were lost with the server's memory, while the form stayed open."""
        if not any(card.id == account_id for card in self.cards):
            await self._read()

    async def _show_sent(self, account_id: str, *, anything: bool) -> None:
        if not anything:
            self._change(account_id, problem=_("Enter the new reading of at least one meter."), done="")
            return
        fresh = await read_cards(person().id, _id(account_id))
        self.cards = [next((new for new in fresh if new.id == card.id), card) for card in self.cards]
        self._change(account_id, done=await say_done(person().id, _id(account_id)))

    def _complain(self, account_id: str, problem: CabinetError, form: Form) -> None:
        bad = problem if isinstance(problem, BadReadings) else None
        day = problem.message() if isinstance(problem, WrongDay) else ""
        card = next((card for card in self.cards if card.id == account_id), None)
        if card is None:
            return
        self._change(
            account_id,
            meters=with_problems(card.meters, bad, form),
            problem="" if day else problem.message(),
            asks=bool(bad and not bad.errors),
            day_error=day,
            done="",
        )

    def _change(self, account_id: str, **values: object) -> None:
        self.cards = [
            replace(card, **values) if card.id == account_id else card  # pyright: ignore[reportArgumentType]
            for card in self.cards
        ]

    def _change_zone(self, account_id: str, zone_id: str, *, is_open: bool) -> None:
        for card in self.cards:
            if card.id == account_id:
                devices = [_with_zone(meter, zone_id, is_open=is_open) for meter in card.meters]
                self._change(
                    account_id, meters=devices, takes_more=takes_more(card, devices), done="", problem=""
                )


def _with_zone(meter: MeterLine, zone_id: str, *, is_open: bool) -> MeterLine:
    return replace(
        meter,
        zones=[
            replace(zone, is_open=is_open, text=zone.value, error="", sure="", concerns=[])
            if zone.id == zone_id and zone.value
            else zone
            for zone in meter.zones
        ],
    )


def _id(text: str) -> UUID:
    found = as_id(text)
    if found is None:
        raise NotFound
    return found


def _zone_in(name: str) -> UUID | None:
    """The zone that a field of the form is for."""
    return as_id(name.removeprefix("reading-")) if name.startswith("reading-") else None


def _day_in(form: Form) -> date | None:
    try:
        return date.fromisoformat(text_in(form, "taken_on"))
    except ValueError:
        return None
