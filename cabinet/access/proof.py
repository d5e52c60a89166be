"""Proving that an account is one's own, in the way that its provider chose.

A link by number alone shows the debt, the own payments and the meters to any neighbour who has read a
letterbox. So nothing that such a link shows can prove anything: of the bills, the newest one is asked
for whose sum neither stands in the cabinet nor ever did for this person (`seen`), and the serial numbers
of meters are masked until the proof.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access.ending import HANDED_OVER
from cabinet.access.errors import EmptyProof, NoProofPossible, WrongProof
from cabinet.access.seen import unseen
from cabinet.accounts.models import Account, LinkLevel, LinkRole
from cabinet.accounts.service import LinkedAccount, linked_account, lock_link
from cabinet.audit.service import last_time, record
from cabinet.billing.sums import BillSums, sums_of_last_bills
from cabinet.database import read_only, unit_of_work
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.kit.money import BadAmount, parse_amount
from cabinet.kit.text import bare
from cabinet.limits.service import count_try
from cabinet.meters import service as meters
from cabinet.payments import service as payments
from cabinet.providers import service as providers
from cabinet.providers.models import ProofKind
from cabinet.residents.passwords import hash_password, verify_password
from cabinet.residents.person import Permission, Person

TRY_KIND = "prove_ownership"
TRIES = ((timedelta(hours=1), 5), (timedelta(days=1), 12))
"""Of one resident at one account."""
TRIES_OF_ACCOUNT = 30
"""Within a day, whoever tries: neighbours who take turns are stopped too."""
TRIES_OF_ADDRESS = 40
SHORTEST_SERIAL = 4
LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class ProofAsked:
    """What the provider wants to hear; `period` is the month of the bill whose sum is asked for."""

    kind: ProofKind
    period: date | None = None

    @property
    def is_possible(self) -> bool:
        """Whether there is something to compare with."""
        if self.kind is ProofKind.LAST_BILL:
            return self.period is not None
        return self.kind is not ProofKind.NONE


async def proof_asked(resident_id: UUID, account_id: UUID, *, session: AsyncSession) -> ProofAsked:
    """How this resident may prove the account. Raises NotFound."""
    linked = await linked_account(resident_id, account_id, session=session)
    return await proof_of(resident_id, linked, session=session)


async def proof_of(resident_id: UUID, linked: LinkedAccount, *, session: AsyncSession) -> ProofAsked:
    """The same of an account that was just read for this resident."""
    kind = (await providers.get_provider(linked.provider_id, session=session)).proof
    if kind is not ProofKind.LAST_BILL:
        return ProofAsked(kind)
    bill = await _bill_asked_for(resident_id, linked, session)
    return ProofAsked(kind, bill.period if bill else None)


async def prove_ownership(resident_id: UUID, account_id: UUID, answer: str, *, address: str = "") -> None:
    """Make the resident's link full if the answer is right; every answer is a counted try, kept in the record.

    Does nothing for a link that is full already. Raises NotFound, EmptyProof, NoProofPossible, TooManyTries,
    WrongProof. It has its own units of work: a refused try must leave its trace.
    """
    async with read_only() as session:
        linked = await linked_account(resident_id, account_id, session=session)
        asked = await proof_of(resident_id, linked, session=session)
    if linked.level is LinkLevel.FULL:
        return
    if not asked.is_possible:
        raise NoProofPossible
    answer = answer.strip()[:LONGEST_ANSWER]
    if not answer:
        raise EmptyProof
    await _count_tries(resident_id, account_id, address)
    async with unit_of_work() as session:
        is_right = await _is_right(resident_id, linked, asked, answer, session)
        await _note(resident_id, linked, asked, is_right, address, session)
        if is_right:
            await _make_full(resident_id, linked, session)
    if not is_right:
        raise WrongProof


async def set_pin(
    account_id: UUID, pin: str, *, session: AsyncSession, by: Person | None = None, address: str = ""
) -> None:
    """Keep the code that the provider gave to the owner; an empty one takes it away.

    `by` is the member of staff, None the provider's own programme. Raises Forbidden, NotFound.
    """
    if by:
        by.require(Permission.MANAGE_ACCESS)
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None or (by and not by.serves(account.provider_id)):
        raise NotFound
    account.pin_hash = await hash_password(bare(pin)) if bare(pin) else ""
    await session.flush()
    if by:
        await record(by.id, "give_pin", "account", account_id, address=address, session=session)


async def _count_tries(resident_id: UUID, account_id: UUID, address: str) -> None:
    day = timedelta(days=1)
    for within, limit in TRIES:
        subject = f"{resident_id}:{account_id}:{within}"
        await count_try(TRY_KIND, subject, limit=limit, within=within)
    if address:
        await count_try(TRY_KIND, address, limit=TRIES_OF_ADDRESS, within=day)
    await count_try(TRY_KIND, str(account_id), limit=TRIES_OF_ACCOUNT, within=day)


async def _make_full(resident_id: UUID, proved: LinkedAccount, session: AsyncSession) -> None:
    """Of the link that asked, and no later one: a flat may change hands while an answer is compared."""
    link = await lock_link(resident_id, proved.account_id, session=session)
    if link.id != proved.link_id:
        raise NotFound
    if link.role is LinkRole.OWNER and link.level is LinkLevel.LITE:
        link.level, link.proved_at = LinkLevel.FULL, now()
    await session.flush()


async def _note(
    resident_id: UUID,
    linked: LinkedAccount,
    asked: ProofAsked,
    is_right: bool,
    address: str,
    session: AsyncSession,
) -> None:
    action = "proof_passed" if is_right else "proof_failed"
    facts = {"account_id": linked.account_id, "kind": asked.kind}
    await record(
        resident_id, action, "account_link", linked.link_id, after=facts, address=address, session=session
    )


async def _is_right(
    resident_id: UUID, linked: LinkedAccount, asked: ProofAsked, answer: str, session: AsyncSession
) -> bool:
    match asked.kind:
        case ProofKind.LAST_BILL:
            bill = await _bill_asked_for(resident_id, linked, session)
            return bill is not None and bill.period == asked.period and _minor(answer) in bill.sums
        case ProofKind.METER_NUMBER:
            devices = (await meters.meters_of([linked.account_id], session=session))[linked.account_id]
            return bare(answer) in _serials(device.serial for device in devices)
        case ProofKind.PIN:
            account = await session.get_one(Account, linked.account_id)
            return await verify_password(account.pin_hash or None, bare(answer))
        case ProofKind.NONE:
            return False


async def _bill_asked_for(resident_id: UUID, linked: LinkedAccount, session: AsyncSession) -> BillSums | None:
    """The newest bill whose sum no lite cabinet showed them, now or before, and that a former owner cannot have."""
    bills = await sums_of_last_bills(linked.account_id, session=session)
    bills = await unseen(bills, resident_id, linked.account_id, session=session)
    shown = await _sums_on_show(resident_id, linked, session)
    since = await last_time(HANDED_OVER, "account", linked.account_id, session=session)
    return next(
        (bill for bill in bills if _is_secret(bill, shown) and (not since or bill.issued_at > since)), None
    )


def _is_secret(bill: BillSums, shown: Collection[int]) -> bool:
    return any(sum_minor > 0 for sum_minor in bill.sums) and not bill.sums & set(shown)


async def _sums_on_show(resident_id: UUID, linked: LinkedAccount, session: AsyncSession) -> set[int]:
    """The debt, the open months, and what the resident paid: what anybody sees who knows the number."""
    account_id = linked.account_id
    debts = (await payments.open_debts([account_id], session=session))[account_id]
    paid = await payments.payments_of(resident_id, account_id=account_id, session=session)
    return {
        linked.balance_minor,
        *(month.open_minor for month in payments.open_periods(debts)),
        *(
            item.amount_minor
            for payment in paid
            for item in payment.items
            if item.account.account_id == account_id
        ),
    }


def _minor(answer: str) -> int | None:
    """The sum that was typed, or nothing that any bill has."""
    try:
        return parse_amount(answer) or None
    except BadAmount:
        return None


def _serials(serials: Iterable[str]) -> set[str]:
    """As they are compared; one that is too short to be a secret is left out."""
    return {plain for serial in serials if len(plain := bare(serial)) >= SHORTEST_SERIAL}
