"""Registries out, as the rest of the program may use them."""

from cabinet.exchange.feed import FeedPage, FeedRow, payments_page, readings_page

__all__ = ["FeedPage", "FeedRow", "payments_page", "readings_page"]
