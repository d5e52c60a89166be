"""What a scanned bill means for a resident: whose account it is, and whether it is linked already."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.accounts import service as accounts
from cabinet.accounts.service import LinkedAccount
from cabinet.providers.errors import WrongNumberForm
from cabinet.providers.payees import providers_of_payee
from cabinet.providers.service import ProviderView, check_number
from cabinet.qr.gost import GostPayment

_IN_PURPOSE = re.compile(
    r"(?:л\s?[/.\\]?\s?с(?:ч[её]т)?|лиц\w{0,12}\.?\s?сч\w{0,8})[\s.:№#]{0,8}([\dA-ZА-Я][\dA-ZА-Я/-]{3,30})",
    re.IGNORECASE,
)
"""Every repetition is bounded: the text comes from anybody's code, and the search runs on the event loop."""


@dataclass(frozen=True, slots=True)
class ScannedBill:
    """The provider and number that the code fits, as far as they are known here."""

    payment: GostPayment
    provider: ProviderView | None
    number: str
    """As it is stored if it fits the provider; empty otherwise."""
    linked: LinkedAccount | None
    is_unsure: bool = False
    """Several providers fit."""


async def recognise(payment: GostPayment, resident_id: UUID, *, session: AsyncSession) -> ScannedBill:
    """Find the provider by ИНН and bank account, the number by its pattern, and the resident's link to it."""
    known = await providers_of_payee(payment.payee_inn, payment.personal_acc, session=session)
    fitting = [(provider, number) for provider in known if (number := _number(provider, payment))]
    if len(fitting) != 1:
        sole = known[0] if len(known) == 1 else None
        return ScannedBill(payment, sole, "", None, is_unsure=len(known) > 1)
    provider, number = fitting[0]
    linked = await accounts.linked_accounts(resident_id, session=session)
    own = (one for one in linked if (one.provider_id, one.number) == (provider.id, number))
    return ScannedBill(payment, provider, number, next(own, None))


def numbers_in(payment: GostPayment) -> Iterator[str]:
    """The texts that may be the account number, the likeliest first."""
    folded = {key.casefold(): value for key, value in payment.others.items()}
    named = (payment.pers_acc, folded.get("personalaccount", ""), payment.contract)
    yield from (text for text in named if text)
    if match := _IN_PURPOSE.search(payment.purpose):
        yield match[1]


def _number(provider: ProviderView, payment: GostPayment) -> str:
    for text in numbers_in(payment):
        try:
            return check_number(provider, text)
        except WrongNumberForm:
            continue
    return ""
