from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access import proof
from cabinet.access import service as access
from cabinet.access.errors import EmptyProof, NoProofPossible, WrongProof
from cabinet.accounts import service as accounts
from cabinet.accounts.models import AccountLink, LinkLevel, LinkRole
from cabinet.billing.service import ChargeLine, issue_bill
from cabinet.errors import NotFound
from cabinet.kit.dates import now
from cabinet.ledger.models import JournalKind
from cabinet.ledger.service import Line, clearing, post, receivable
from cabinet.limits.errors import TooManyTries
from cabinet.providers.models import ProofKind, Provider
from tests.access.conftest import OCTOBER, SEPTEMBER, SUMS, Flat, acts, make_full
from tests.accounts.making import make_resident

RIGHT = "1 234,56 ₽"


async def level(session: AsyncSession, resident_id: UUID, flat: Flat) -> LinkLevel:
    session.expire_all()
    return (await accounts.linked_account(resident_id, flat.account_id, session=session)).level


async def choose(session: AsyncSession, flat: Flat, kind: ProofKind) -> None:
    (await session.get_one(Provider, flat.provider.id)).proof = kind
    await session.flush()


@pytest.mark.parametrize(
    "answer", ["1234,56", "1234.56", "1 234,56 ₽", "1\u202f234,56\u202f₽", " 1234,56 руб. "]
)
async def test_the_sum_of_a_bill_proves_the_account(session: AsyncSession, flat: Flat, answer: str) -> None:
    await access.prove_ownership(flat.alice, flat.account_id, answer)
    assert await level(session, flat.alice, flat) is LinkLevel.FULL
    linked = await accounts.linked_account(flat.alice, flat.account_id, session=session)
    assert (linked.owner_name, linked.masked_address) == ("Ёлкин Пётр", "г. Тест, ул. Садовая, д. 12, кв. 34")
    assert await acts(session, linked.link_id) == ["proof_passed"]


@pytest.mark.parametrize(
    "answer", ["1234,57", "1234", "123456", "0", "-1234,56", "many", "1234,561", "١٢٣٤,٥٦"]
)
async def test_another_sum_proves_nothing(session: AsyncSession, flat: Flat, answer: str) -> None:
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, answer)
    assert await level(session, flat.alice, flat) is LinkLevel.LITE
    linked = await accounts.linked_account(flat.alice, flat.account_id, session=session)
    assert (linked.owner_name, linked.masked_address) == ("Ё••• П•••", "г. Тест, ул. Садовая, д. ••, кв. ••")
    assert await acts(session, linked.link_id) == ["proof_failed"]


async def test_what_a_lite_cabinet_shows_is_not_asked_for(session: AsyncSession, flat: Flat) -> None:
    """October is the debt that anybody sees who knows the number."""
    asked = await access.proof_asked(flat.alice, flat.account_id, session=session)
    assert asked.period == SEPTEMBER != OCTOBER
    linked = await accounts.linked_account(flat.alice, flat.account_id, session=session)
    assert linked.balance_minor == SUMS[OCTOBER]
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, "987,65")


async def test_who_watched_the_debt_cannot_prove_with_what_it_was(session: AsyncSession, flat: Flat) -> None:
    """October was the debt when Alice linked the account, November came later; both have been paid since."""
    november = date(2026, 11, 1)
    await issue_bill(flat.account_id, november, november, [ChargeLine("Вода", 77_700)], session=session)
    sum_minor = SUMS[OCTOBER] + 77_700
    paid = [Line(receivable(flat.account_id), -sum_minor), Line(clearing(flat.provider.id), sum_minor)]
    await post("test:paid", JournalKind.PAYMENT, paid, session=session)
    for _turn in range(2):
        assert (await access.proof_asked(flat.alice, flat.account_id, session=session)).period == SEPTEMBER
        for watched in ("987,65", "777"):
            with pytest.raises(WrongProof):
                await access.prove_ownership(flat.alice, flat.account_id, watched)
        await accounts.unlink_account(flat.alice, flat.account_id, session=session)
        await accounts.link_account(flat.alice, flat.provider.id, "37000001", session=session)
    await accounts.link_account(flat.bob, flat.provider.id, "37000001", session=session)
    asked = await access.proof_asked(flat.bob, flat.account_id, session=session)
    assert asked.period == november, "who comes now has seen nothing of it"


async def test_a_guest_of_yesterday_cannot_prove_with_the_bills_they_saw(
    session: AsyncSession, flat: Flat
) -> None:
    owner = await make_full(session, flat.alice)
    guest = AccountLink(
        resident_id=flat.bob, account_id=flat.account_id, level=LinkLevel.FULL, invited_by=owner.id
    )
    guest.role, guest.ended_at = LinkRole.VIEWER, now()
    session.add(guest)
    await session.flush()
    await accounts.link_account(flat.bob, flat.provider.id, "37000001", session=session)
    with pytest.raises(NoProofPossible):
        await access.prove_ownership(flat.bob, flat.account_id, RIGHT)


async def test_nothing_is_compared_when_every_sum_is_on_show(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def all_shown(*_arguments: Any) -> set[int]:
        return set(SUMS.values())

    monkeypatch.setattr(proof, "_sums_on_show", all_shown)
    with pytest.raises(NoProofPossible):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


@pytest.mark.parametrize("answer", ["0АВ-123456", "0ab123456", "№0АВ 123-456"])
async def test_a_meter_number_proves_however_it_is_written(
    session: AsyncSession, flat: Flat, answer: str
) -> None:
    await choose(session, flat, ProofKind.METER_NUMBER)
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, "0АВ-123457")
    await access.prove_ownership(flat.alice, flat.account_id, answer)
    assert await level(session, flat.alice, flat) is LinkLevel.FULL


async def test_a_pin_is_kept_as_a_hash_and_proves(session: AsyncSession, flat: Flat) -> None:
    await choose(session, flat, ProofKind.PIN)
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, "4711-0815")
    await access.set_pin(flat.account_id, "4711 0815", session=session)
    row = await session.get_one(accounts.Account, flat.account_id)
    assert row.pin_hash.startswith("$argon2id$")
    await access.prove_ownership(flat.alice, flat.account_id, "4711-0815")
    assert await level(session, flat.alice, flat) is LinkLevel.FULL


async def test_no_proof_where_the_provider_chose_none(session: AsyncSession, flat: Flat) -> None:
    await choose(session, flat, ProofKind.NONE)
    with pytest.raises(NoProofPossible):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


async def test_an_empty_answer_is_no_try(session: AsyncSession, flat: Flat) -> None:
    for _turn in range(10):
        with pytest.raises(EmptyProof):
            await access.prove_ownership(flat.alice, flat.account_id, "  ")
    await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


async def test_guessing_ends_and_the_right_answer_comes_too_late(session: AsyncSession, flat: Flat) -> None:
    for turn in range(proof.TRIES[0][1]):
        with pytest.raises(WrongProof):
            await access.prove_ownership(flat.alice, flat.account_id, f"{turn + 1},00")
    with pytest.raises(TooManyTries):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)
    await accounts.unlink_account(flat.alice, flat.account_id, session=session)
    await accounts.link_account(flat.alice, flat.provider.id, "37000001", session=session)
    with pytest.raises(TooManyTries):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


async def test_neighbours_who_take_turns_are_stopped(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "TRIES_OF_ACCOUNT", 3)
    for turn in range(3):
        neighbour = await make_resident(session, "mallory")
        await accounts.link_account(neighbour, flat.provider.id, "37000001", session=session)
        with pytest.raises(WrongProof):
            await access.prove_ownership(neighbour, flat.account_id, f"{turn + 1},00")
    with pytest.raises(TooManyTries):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


async def test_guessing_from_one_address_is_stopped(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "TRIES_OF_ADDRESS", 2)
    for turn in range(2):
        with pytest.raises(WrongProof):
            await access.prove_ownership(flat.alice, flat.account_id, f"{turn + 1}", address="192.0.2.9")
    with pytest.raises(TooManyTries):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT, address="192.0.2.9")


async def test_an_answer_counts_for_the_link_that_gave_it_and_no_later_one(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flat changes hands while a PIN is compared, and who has lost it links it again."""
    await choose(session, flat, ProofKind.PIN)
    await access.set_pin(flat.account_id, "4711 0815", session=session)

    async def slowly(*_arguments: Any) -> bool:
        await access.end_links_of_account(flat.account_id, by=None, reason="sold", session=session)
        await accounts.link_account(flat.alice, flat.provider.id, "37000001", session=session)
        return True

    monkeypatch.setattr(proof, "verify_password", slowly)
    with pytest.raises(NotFound):
        await access.prove_ownership(flat.alice, flat.account_id, "47110815")


async def test_an_endless_answer_is_cut_before_it_is_hashed(
    session: AsyncSession, flat: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await choose(session, flat, ProofKind.PIN)
    seen: list[int] = []

    async def measure(_kept: str | None, answer: str) -> bool:
        seen.append(len(answer))
        return False

    monkeypatch.setattr(proof, "verify_password", measure)
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, "1" * 100_000)
    assert seen == [proof.LONGEST_ANSWER]


async def test_a_stranger_cannot_even_try(session: AsyncSession, flat: Flat) -> None:
    for _turn in range(proof.TRIES_OF_ACCOUNT + 1):
        with pytest.raises(NotFound):
            await access.prove_ownership(flat.bob, flat.account_id, RIGHT)
    await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


async def test_who_owned_it_before_cannot_prove_it_with_old_paper(session: AsyncSession, flat: Flat) -> None:
    await access.set_pin(flat.account_id, "4711", session=session)
    assert await access.end_links_of_account(flat.account_id, by=None, reason="sold", session=session) == 1
    await accounts.link_account(flat.alice, flat.provider.id, "37000001", session=session)
    with pytest.raises(NoProofPossible):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)
    await choose(session, flat, ProofKind.PIN)
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, "4711")
