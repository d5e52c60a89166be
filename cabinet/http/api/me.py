"""What a resident's own program may ask and send: `/me`, with a personal token."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, BeforeValidator, Field
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request

from cabinet.accounts.models import LinkLevel
from cabinet.accounts.rights import Right
from cabinet.accounts.service import LinkedAccount
from cabinet.billing import service as billing
from cabinet.billing.views import MONTHS
from cabinet.database import read_only, unit_of_work
from cabinet.errors import Forbidden
from cabinet.http.api import openapi
from cabinet.http.api.bearer import CALLERS
from cabinet.http.api.me_answers import (
    AccountAnswer,
    AccountLine,
    BillAnswer,
    MeAnswer,
    MetersAnswer,
    Month,
    Page,
    ReadingAnswer,
    account_answer,
    account_line,
    bill_answer,
    meters_answer,
    page_of,
    readings_of,
    rights_of,
)
from cabinet.http.api.problems import ApiError, Fault
from cabinet.http.requests import client_address
from cabinet.i18n import N_
from cabinet.keys.personal import START
from cabinet.keys.personal_errors import UnknownToken
from cabinet.keys.personal_readings import Kept, Value, count_sending, send_readings, shown_meters
from cabinet.keys.personal_use import Bearer, account_of, accounts_of, find_bearer, note_use
from cabinet.keys.waterius import Became, Result
from cabinet.keys.waterius_report import take_report
from cabinet.kit.dates import today_in
from cabinet.kit.text import mask_serial
from cabinet.meters.concerns import Doubt, say_concern
from cabinet.meters.errors import BadReadings
from cabinet.meters.history import read_history
from cabinet.meters.service import window_of
from cabinet.payments.preview import open_debts, open_periods
from cabinet.providers.service import get_provider

router = APIRouter(prefix="/me", tags=["me"])
_scheme = HTTPBearer(auto_error=False, scheme_name="token", description="A personal token of a resident")
_ALL_BILLS = 240
"""Twenty years."""


class BadValues(ApiError):
    """Some values cannot be taken: none was."""

    code = "bad_readings"
    status = 422

    def __init__(self, bad: BadReadings, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.bad, self.faults = bad, faults

    def message(self) -> str:
        """That nothing was kept."""
        return self.bad.message()


class NeedsConfirmation(BadValues):
    """Some values are odd: the user has to say that they are right."""

    code = "confirm_readings"
    status = 409


async def find_program(token: str, *, session: AsyncSession) -> Bearer | None:
    """Whose personal token it is, for the door of the API."""
    with suppress(UnknownToken):
        return await find_bearer(token, session=session)
    return None


CALLERS[START] = find_program


async def _bearer_of(request: Request, _shown: Annotated[Any, Depends(_scheme)]) -> Bearer:
    caller = request.state.caller
    if not isinstance(caller, Bearer):
        raise Forbidden
    async with unit_of_work() as session:
        await note_use(caller, client_address(request), session=session)
    return caller


Program = Annotated[Bearer, Depends(_bearer_of)]
AccountId = Annotated[UUID, Path(description=N_("As /me names it"))]
After = Annotated[Month | None, Query(description=N_("Only what belongs to later months, such as 2026-09"))]


@router.get(
    "",
    summary=N_("The token that was sent: what it opens, and until when"),
    description=N_("Answers 200 to every token that works."),
)
async def me(program: Program) -> MeAnswer:
    """Answers 200 to every token that works."""
    async with read_only() as session:
        accounts = await accounts_of(program, session=session)
    return MeAnswer(
        name=program.name,
        expires_at=program.expires_at,
        may=rights_of(program),
        accounts=[account_line(program, one) for one in accounts],
    )


@router.get(
    "/accounts",
    summary=N_("The accounts that the token opens"),
    description=N_("The first linked first."),
)
async def list_accounts(program: Program) -> list[AccountLine]:
    """The first linked first."""
    async with read_only() as session:
        accounts = await accounts_of(program, session=session)
    return [account_line(program, one) for one in accounts]


@router.get(
    "/accounts/{account_id}",
    summary=N_("What is owed, in kopecks"),
    description=N_("The debt as the cabinet shows it at this moment, payments made here included."),
)
async def get_account(program: Program, account_id: AccountId) -> AccountAnswer:
    """The debt as the cabinet shows it at this moment, payments made here included."""
    async with read_only() as session:
        account = await account_of(program, account_id, Right.LOOK, session=session)
        due = await billing.next_due([account_id], session=session)
        debts = (await open_debts([account_id], session=session))[account_id]
    return account_answer(program, account, due.get(account_id), open_periods(debts))


@router.get(
    "/accounts/{account_id}/bills",
    summary=N_("Bills, the oldest first"),
    description=N_("For accounts that are proved; without `after`, those of the last thirteen months."),
)
async def list_bills(program: Program, account_id: AccountId, after: After = None) -> Page[BillAnswer]:
    """For accounts that are proved; without `after`, those of the last thirteen months."""
    async with read_only() as session:
        await account_of(program, account_id, Right.SEE_ALL, session=session)
        limit = _ALL_BILLS if after else MONTHS
        bills = await billing.list_bills(program.resident_id, account_id, session=session, limit=limit)
    return page_of([bill_answer(bill) for bill in bills], lambda bill: bill.period, after)


@router.get(
    "/accounts/{account_id}/meters",
    summary=N_("Meters with their last values, and whether it is time"),
    description=N_("What a new value must follow, what was sent for this period, and the window."),
)
async def list_meters(program: Program, account_id: AccountId) -> MetersAnswer:
    """What a new value must follow, what was sent for this period, and the window."""
    async with read_only() as session:
        account = await account_of(program, account_id, Right.LOOK, session=session)
        meters = await shown_meters(account, session=session)
        provider = await get_provider(account.provider_id, session=session)
    today = today_in(provider.timezone)
    return meters_answer(meters, window_of(provider), today, program.resident_id)


@router.get(
    "/accounts/{account_id}/readings",
    summary=N_("Readings and what became of them, the oldest first"),
    description=N_(
        "Without `after`, those of the last two years; until the account is proved, only what the "
        "resident sent."
    ),
)
async def list_readings(program: Program, account_id: AccountId, after: After = None) -> Page[ReadingAnswer]:
    """Without `after`, those of the last two years; until the account is proved, only what the resident sent."""
    async with read_only() as session:
        account = await account_of(program, account_id, Right.LOOK, session=session)
        whole = {"months": None} if after else {}
        history = await read_history(program.resident_id, account_id, session=session, **whole)
    items = readings_of(history, program.resident_id, _numbers_of(account))
    return page_of(items, lambda one: one.period, after)


def _plain(value: object) -> object:
    """A number as people write it, or as JSON has it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


class MeterValues(BaseModel):
    """The values of one meter."""

    meter: str = Field(max_length=64, description=N_("Its id, or its number as the list of meters shows it"))
    zones: dict[
        Annotated[str, Field(pattern=r"^[1-3]$")],
        Annotated[str, BeforeValidator(_plain), Field(max_length=40, examples=["1234.5"])],
    ] = Field(min_length=1, description=N_("By the number of the zone; a meter without zones has zone 1"))


class ReadingsBody(BaseModel):
    """Values to hand on, all or none."""

    values: list[MeterValues] = Field(min_length=1, max_length=50)
    confirm: list[Doubt] = Field(
        default=[],
        max_length=20,
        description=N_("The doubts that the user has answered for, as problem 409 named them"),
    )
    taken_on: date | None = Field(None, description=N_("The day of the values, if not today"))


class KeptAnswer(BaseModel):
    """A value that stands now."""

    meter: UUID
    zone: int
    value: Decimal
    new: bool = Field(description=N_("False if it stood there before"))


class ReadingsAnswer(BaseModel):
    """What stands now."""

    readings: list[KeptAnswer]


@router.post(
    "/accounts/{account_id}/readings",
    status_code=201,
    summary=N_("Send readings"),
    description=N_(
        "By the rules of the form: 422 for what cannot be right, 409 for what is odd until `confirm` "
        "names the doubts. 201 if anything is new, 200 if all of it stood there before: sending the same "
        "again changes nothing."
    ),
    responses={200: {"model": ReadingsAnswer}, **openapi.problems(409)},
)
async def post_readings(
    program: Program, account_id: AccountId, body: ReadingsBody, response: Response
) -> ReadingsAnswer:
    """By the rules of the form: 422 for what cannot be right, 409 for what is odd until `confirm` names the doubts.

    201 if anything is new, 200 if all of it stood there before: sending the same again changes nothing.
    """
    await count_sending(program)
    values = [Value(one.meter, text, int(zone)) for one in body.values for zone, text in one.zones.items()]
    async with unit_of_work() as session:
        try:
            kept = await send_readings(
                program,
                account_id,
                values,
                session=session,
                confirm=frozenset(body.confirm),
                taken_on=body.taken_on,
            )
        except BadReadings as bad:
            meters = await shown_meters(
                await account_of(program, account_id, Right.SEND_READINGS, session=session), session=session
            )
            places = {
                zone.id: _pointer(body, meter.id, meter.serial, zone.number)
                for meter in meters
                for zone in meter.zones
            }
            raise _refusal(program, bad, places) from None
    if not any(one.is_new for one in kept):
        response.status_code = 200
    return ReadingsAnswer(readings=[_kept(one) for one in kept])


class ResultAnswer(BaseModel):
    """What became of one input of the device."""

    input: int
    result: Became
    codes: list[str]


class ReportAnswer(BaseModel):
    """What became of the report."""

    inputs: list[ResultAnswer]


@router.post(
    "/waterius",
    summary=N_("The report of a Waterius, in its own words"),
    description=N_(
        "Inputs are matched to meters by `serial0`/`serial1`, else by what they count. Values are taken "
        "while the provider's window is open. What is odd is told to the resident by letter, once a "
        "month: the answer is 200 all the same, because the device can do nothing about it."
    ),
)
async def post_waterius(program: Program, body: dict[str, Any]) -> ReportAnswer:
    """Inputs are matched to meters by `serial0`/`serial1`, else by what they count.

    Values are taken while the provider's window is open. What is odd is told to the resident by letter, once a
    month: the answer is 200 all the same, because the device can do nothing about it.
    """
    await count_sending(program)
    async with unit_of_work() as session:
        results = await take_report(program, body, session=session)
    return report_answer(results)


def report_answer(results: Sequence[Result]) -> ReportAnswer:
    """The results as a device gets them: no values, no numbers of meters."""
    return ReportAnswer(
        inputs=[
            ResultAnswer(input=one.input.number, result=one.became, codes=list(one.codes)) for one in results
        ]
    )


def _kept(one: Kept) -> KeptAnswer:
    return KeptAnswer(meter=one.meter.id, zone=one.zone.number, value=one.value, new=one.is_new)


def _numbers_of(account: LinkedAccount) -> Callable[[str], str]:
    return mask_serial if account.level is LinkLevel.LITE else str


def _pointer(body: ReadingsBody, meter_id: UUID, serial: str, zone: int) -> str:
    """Where in the body the value of that zone stands."""
    names = (str(meter_id), serial.strip().lower())
    for place, one in enumerate(body.values):
        if one.meter.strip().lower() in names and str(zone) in one.zones:
            return f"#/values/{place}/zones/{zone}"
    return "#/values"


def _refusal(program: Bearer, bad: BadReadings, places: dict[UUID, str]) -> BadValues:
    """What is wrong, or what has to be confirmed. Sentences quote earlier values: for who may look only."""
    if bad.errors:
        return BadValues(
            bad,
            [
                Fault(pointer=places[zone], code=error.code, detail=_told(program, error.message(), bad))
                for zone, error in bad.errors.items()
            ],
        )
    return NeedsConfirmation(
        bad,
        [
            Fault(pointer=places[zone], code=one.doubt, detail=_told(program, say_concern(one), bad))
            for zone, concerns in bad.concerns.items()
            for one in concerns
            if one.doubt.is_asked
        ],
    )


def _told(program: Bearer, sentence: str, bad: BadReadings) -> str:
    return sentence if program.may_look else bad.message()
