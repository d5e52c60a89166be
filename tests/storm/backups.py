"""Backups under load; the last one is restored elsewhere at the end, and examined."""

from pathlib import Path

from cabinet.launcher.console import say
from cabinet.launcher.postgres import running_server
from cabinet.settings import PREFIX
from tests.storm.cluster import Cluster
from tests.storm.proof import Books, Contents
from tests.town.backup import back_up, restore


class Backups:
    """All that were taken, and what the newest must hold."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._newest = folder, Path()
        self._held: Contents | None = None

    def take(self, cluster: Cluster) -> None:
        """Note what is there, then run `deploy/backup.sh`."""
        held = cluster.books().contents()
        self._newest = back_up(cluster.settings(), self._folder / "backups", cluster.code)
        self._held = held

    def lacking(self, cluster: Cluster) -> list[str]:
        """Restore the newest with `deploy/restore.sh` into a server and a folder that are new; what it lacks.

        Raises AssertionError if it cannot be restored, or its ledger does not hold.
        """
        if self._held is None:
            return []
        elsewhere = self._folder / "elsewhere"
        with running_server(elsewhere) as url:
            place = {f"{PREFIX}DATABASE_URL": url, f"{PREFIX}DATA_DIR": str(elsewhere)}
            say(restore(self._newest, cluster.settings() | place, cluster.code).strip())
            found = Books(url, cluster.letters).contents()
        say(
            f"{len(self._held.payments)} payments were there when the newest backup began, {len(found.payments)} are in it"
        )
        return self._held.lacking_in(found)
