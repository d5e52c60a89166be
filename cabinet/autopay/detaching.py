"""Letting the processor forget the cards that residents removed."""

from uuid import UUID

from procrastinate import RetryStrategy

from cabinet.autopay.models import SavedCard
from cabinet.database import read_only
from cabinet.jobs import jobs
from cabinet.payments import processor


@jobs.task(name="detach_card", retry=RetryStrategy(max_attempts=50, wait=30, linear_wait=60))
async def detach_card(card_id: str) -> None:
    """Detach a removed card; once more does no harm."""
    async with read_only() as session:
        card = await session.get_one(SavedCard, UUID(card_id))
    await processor.detach_method(card.method_ref)
