"""Providers' balances against their own books, in the orders that are easily got wrong."""

from datetime import timedelta
from random import Random

from cabinet.payments import refunds
from cabinet.payments.models import RefundState
from cabinet.payments.service import Wish
from cabinet.simulation.companies import Company
from tests.faults.scene import Scene

DAY = timedelta(days=1)


def gas_company(scene: Scene) -> Company:
    return scene.world.owners[scene.gas]


async def pay_out(scene: Scene, *, confirmed: bool = True) -> None:
    company = gas_company(scene)
    assert await company.hand_over(scene.staff[0])
    await company.take_in()
    if confirmed:
        await company.confirm(scene.staff[0])
    scene.bank.pass_time(DAY)


async def hear(scene: Scene, *, early: bool = False) -> str:
    """A balance of the gas account arrives; the books hold at once."""
    company = gas_company(scene)
    await company.write_file(scene.gas, Random(0), early=early)
    (said,) = await company.send_all()
    assert not await scene.broken_now()
    return said


async def refunded(scene: Scene, card: str = "success") -> None:
    """A payment of 1 000,00, of which 400,00 went back."""
    paid = await scene.paid(card, Wish(scene.gas, "1000"))
    assert await refunds.send_refund(await scene.want_refund(paid, 40_000)) is RefundState.SUCCEEDED


async def test_a_refund_fails_after_the_rest_was_handed_over(scene: Scene) -> None:
    """The company has 600,00; that the other 400,00 came back it hears with the next payout."""
    await refunded(scene, "refund_fails")
    await pay_out(scene)
    await hear(scene)
    before = await scene.debt()
    await scene.bank.deliver_all()
    assert await scene.debt() == before - 40_000
    await hear(scene)
    assert await scene.debt() == before - 40_000
    await pay_out(scene)
    await hear(scene)
    assert await scene.debt() == before - 40_000


async def test_a_dispute_is_lost_after_the_payment_was_handed_over(scene: Scene) -> None:
    """The company counts the payment until a later payout is less by it."""
    debt = await scene.debt()
    await scene.paid("dispute", Wish(scene.gas, "1000"))
    await pay_out(scene, confirmed=False)
    await scene.bank.deliver_all()
    await scene.decide_dispute(won=False)
    await scene.bank.deliver_all()
    assert await scene.debt() == debt
    await gas_company(scene).confirm(scene.staff[0])
    scene.bank.pass_time(DAY)
    await hear(scene)
    assert await scene.debt() == debt


async def test_a_refund_between_naming_and_handing_over(scene: Scene) -> None:
    """The company counted the whole payment; that a part went back the register tells it."""
    debt = await scene.debt()
    paid = await scene.paid("success", Wish(scene.gas, "1000"))
    await hear(scene, early=True)
    await refunds.send_refund(await scene.want_refund(paid, 40_000))
    assert await scene.debt() == debt - 60_000
    await gas_company(scene).hand_over(scene.staff[0])
    scene.bank.pass_time(DAY)
    await hear(scene)
    assert await scene.debt() == debt - 60_000
    await gas_company(scene).take_in()
    await gas_company(scene).confirm(scene.staff[0])
    scene.bank.pass_time(DAY)
    await hear(scene)
    assert await scene.debt() == debt - 60_000


async def test_cash_at_the_desk_is_heard_of_and_not_confused_with_a_payment(scene: Scene) -> None:
    debt = await scene.debt()
    gas_company(scene).correct(scene.gas, -30_000)
    await scene.paid("success", Wish(scene.gas, "1000"))
    await hear(scene)
    assert await scene.debt() == debt - 130_000
