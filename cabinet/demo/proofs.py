"""What a newcomer answers when a provider of the demo asks for the proof of an account."""

from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts.service import AccountCard
from cabinet.billing.sums import sums_of_last_bills
from cabinet.kit.money import plain_amount
from cabinet.meters.service import meters_of
from cabinet.providers.models import ProofKind
from cabinet.providers.service import get_providers

PIN = "261126"
"""Of every demo account whose provider asks for one."""
_MONTHS = 6


async def proofs_of(cards: list[AccountCard], *, session: AsyncSession) -> dict[UUID, dict[str, Any]]:
    """By account: the kind of proof, and the PIN, the serial number, or the sums of the last bills by month."""
    providers = await get_providers({card.provider_id for card in cards}, session=session)
    devices = await meters_of([card.account_id for card in cards], session=session)
    proofs: dict[UUID, dict[str, Any]] = {}
    for card in cards:
        kind = providers[card.provider_id].proof
        answer: dict[str, Any] = {}
        if kind is ProofKind.PIN:
            answer = {"pin": PIN}
        elif kind is ProofKind.METER_NUMBER:
            answer = {"serial": next((device.serial for device in devices[card.account_id]), "")}
        elif kind is ProofKind.LAST_BILL:
            answer = {"sums": await _sums(card.account_id, session)}
        proofs[card.account_id] = {"kind": kind.value, **answer}
    return proofs


async def _sums(account_id: UUID, session: AsyncSession) -> dict[str, str]:
    bills = await sums_of_last_bills(account_id, session=session)
    return {f"{bill.period:%Y-%m}": plain_amount(bill.charged_minor) for bill in bills[:_MONTHS]}
