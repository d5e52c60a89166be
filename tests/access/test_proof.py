from typing import Any
from uuid import UUID

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.access import proof
from cabinet.access import service as access
from cabinet.access.errors import EmptyProof, NoProofPossible, WrongProof
from cabinet.accounts import service as accounts
from cabinet.accounts.models import LinkLevel
from cabinet.errors import NotFound
from cabinet.limits.errors import TooManyTries
from cabinet.providers.models import ProofKind, Provider
from tests.access.conftest import OCTOBER, SEPTEMBER, SUMS, Flat, acts
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


async def test_a_stranger_cannot_even_try(session: AsyncSession, flat: Flat) -> None:
    for _turn in range(proof.TRIES_OF_ACCOUNT + 1):
        with pytest.raises(NotFound):
            await access.prove_ownership(flat.bob, flat.account_id, RIGHT)
    await access.prove_ownership(flat.alice, flat.account_id, RIGHT)


async def test_who_owned_it_before_cannot_prove_it_with_old_paper(session: AsyncSession, flat: Flat) -> None:
    await access.set_pin(flat.account_id, "4711", session=session)
    assert await access.end_links_of_account(flat.account_id, by=None, session=session) == 1
    await accounts.link_account(flat.alice, flat.provider.id, "37000001", session=session)
    with pytest.raises(NoProofPossible):
        await access.prove_ownership(flat.alice, flat.account_id, RIGHT)
    await choose(session, flat, ProofKind.PIN)
    with pytest.raises(WrongProof):
        await access.prove_ownership(flat.alice, flat.account_id, "4711")
