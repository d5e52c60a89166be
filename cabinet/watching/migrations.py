"""Which schema the code expects, and whether it can work on the one that is there."""

from enum import StrEnum
from functools import cache

from alembic.script import ScriptDirectory

from cabinet.settings import ROOT


class Fit(StrEnum):
    """What the schema of the database is to this code."""

    SAME = "ok"
    NEWER = "newer"
    """A newer version has migrated already: every migration leaves the version before it working."""
    OLDER = "older"


@cache
def known_revisions() -> tuple[str, ...]:
    """All revisions that this code has, the newest first."""
    scripts = ScriptDirectory(str(ROOT / "alembic"))
    return tuple(one.revision for one in scripts.walk_revisions())


def newest_revision() -> str:
    """The revision that this code expects."""
    return known_revisions()[0]


def fit_of(revision: str) -> Fit:
    """What the revision in the database is to this code; one that it does not know is newer."""
    known = known_revisions()
    if revision not in known:
        return Fit.NEWER
    return Fit.SAME if revision == known[0] else Fit.OLDER
