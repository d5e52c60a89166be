"""Where a sign-in came from, in words: a network address, and a place if the operator has a map of addresses."""

import ipaddress
import logging
from functools import cache
from typing import Any

import maxminddb

from cabinet.i18n import current_locale
from cabinet.kit.devices import say_device
from cabinet.settings import settings

logger = logging.getLogger(__name__)


def say_whereabouts(device: str, address: str) -> str:
    """«Chrome на Android, 203.0.113.*, Пермь»: what a letter or a list names."""
    return ", ".join(part for part in (say_device(device), say_place(address)) if part)


def say_place(address: str) -> str:
    """The address without its last part, and the city or country behind it; empty for no address."""
    return ", ".join(part for part in (mask_address(address), _place(address)) if part)


def mask_address(address: str) -> str:
    """Enough to know one's own network by, and no more: `203.0.113.*`, `2001:db8:1::*`."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return mask_address(str(known.ipv4_mapped))
        return f"{ipaddress.ip_network((known, 48), strict=False).network_address}*"
    return f"{known.exploded.rpartition('.')[0]}.*"


def _place(address: str) -> str:
    """City and country, as far as the database knows them, in the language of the context."""
    try:
        database = _database(str(settings.geoip_database or ""))
        found: Any = database.get(address) if database else None
    except (ValueError, OSError, maxminddb.InvalidDatabaseError):
        logger.exception("CABINET_GEOIP_DATABASE cannot be read")
        return ""
    if not isinstance(found, dict):
        return ""
    parts = [_name(found.get(part)) for part in ("city", "country")]
    return ", ".join(part for part in parts if part)


def _name(part: Any) -> str:
    names = part.get("names", {}) if isinstance(part, dict) else {}
    found = names.get(current_locale()) or names.get("en") or ""
    return found if isinstance(found, str) else ""


@cache
def _database(path: str) -> maxminddb.Reader | None:
    """Read once; a new file is taken at the next start."""
    return maxminddb.open_database(path) if path else None
