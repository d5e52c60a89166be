"""Customers and the cards that they saved."""

from sqlmodel.ext.asyncio.session import AsyncSession

from cabinet.sandbox import events, objects, store
from cabinet.sandbox.models import Body
from cabinet.sandbox.params import CreateCustomer, Params
from cabinet.sandbox.problems import invalid


async def api_create(params: CreateCustomer, *, session: AsyncSession) -> Body:
    """`POST /v1/customers`."""
    body = objects.customer(
        email=params.email, name=params.name, description=params.description, metadata=params.metadata
    )
    row = await store.add(body, session=session)
    await events.record("customer.created", row, session=session)
    return row.body


async def api_detach(_params: Params, *, ident: str, session: AsyncSession) -> Body:
    """`POST /v1/payment_methods/…/detach`: a detached card can never be charged again."""
    method = await store.find("payment_method", ident, session=session, lock=True)
    if not method.body["customer"]:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    store.change(method, customer=None)
    await events.record("payment_method.detached", method, session=session)
    return method.body
