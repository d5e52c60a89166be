"""Which providers can be paid here, for the front page."""

from dataclasses import dataclass

import reflex as rx

from cabinet.database import read_only
from cabinet.i18n import current_locale
from cabinet.providers import service as providers
from cabinet.ui.gate import open_to_all
from cabinet.ui.icons import KINDS


@dataclass
class KindTile:
    """One kind of service and the names of those who sell it."""

    kind: str
    names: str


class FrontState(rx.State):
    """The providers by kind; the same for everyone."""

    tiles: rx.Field[list[KindTile]] = rx.field(default_factory=list)

    @rx.event
    @open_to_all
    async def load(self) -> None:
        """Read the active providers."""
        async with read_only() as session:
            found = await providers.list_providers(session=session)
        named = [(str(provider.kind), provider.name_in(current_locale())) for provider in found]
        self.tiles = [tile for kind in KINDS if (tile := _tile(kind, named)).names]


def _tile(kind: str, named: list[tuple[str, str]]) -> KindTile:
    return KindTile(kind, ", ".join(name for its_kind, name in named if its_kind == kind))
