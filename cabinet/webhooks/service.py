"""Telling providers' servers what happened."""

from cabinet.webhooks.announcing import announce
from cabinet.webhooks.models import WebhookEvent
from cabinet.webhooks.sending import delete_deliveries_before

__all__ = ["WebhookEvent", "announce", "delete_deliveries_before"]
