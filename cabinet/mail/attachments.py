"""Files of letters: made by the feature that the letter is about, at the moment of sending."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from cabinet.mail.models import Letter

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that travels with a letter."""

    name: str
    content_type: str
    body: bytes


Maker = Callable[[UUID, str], Awaitable[AttachedFile | None]]
"""Makes the file from what the letter is about and the language; None when there is none."""

makers: dict[str, Maker] = {}
"""Who makes the file of each kind of letter."""


def attach(kind: str, maker: Maker) -> None:
    """Let every letter of the kind carry the file that `maker` makes."""
    makers[kind] = maker


async def files_of(letter: Letter) -> list[AttachedFile]:
    """The files of a letter. One that cannot be made never holds up the letter."""
    maker = makers.get(letter.kind)
    if maker is None or letter.about_id is None:
        return []
    try:
        file = await maker(letter.about_id, letter.locale)
    except Exception:
        logger.exception("Letter %s goes without its file", letter.id)
        return []
    return [file] if file else []
