"""One owner per data folder: a lock that the system frees when its holder dies."""

from pathlib import Path

from fasteners import InterProcessLock


class DataFolderLock:
    """The right to run the database and the server of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "run"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = InterProcessLock(self._folder / "owner.lock")
        self._unclean = self._folder / "running"
        self.previous_was_killed = False

    def take(self) -> bool:
        """Whether nobody else has it; remembers whether the last owner ended without `release`."""
        if not self._lock.acquire(blocking=False):
            return False
        self.previous_was_killed = self._unclean.exists()
        self._unclean.touch()
        return True

    def release(self) -> None:
        """Give it back after everything has been stopped."""
        self._unclean.unlink(missing_ok=True)
        self._lock.release()
