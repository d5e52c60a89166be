"""A mail server that keeps every letter as a file: for a cluster to try things on, where no SMTP server is named.

Run as a process of its own: `python -m cabinet.launcher.cluster.letters PORT FOLDER`.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP

from cabinet.kit.dates import now

_LARGEST = 64 * 1024 * 1024


class _Keeper:
    """Writes letters into a folder; a letter that was accepted is on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        name = f"{now():%Y%m%d-%H%M%S-%f}-{uuid4().hex[:6]}"
        beside = self._folder / f"{name}.new"
        beside.write_bytes(envelope.content)
        beside.rename(beside.with_suffix(".eml"))
        return "250 OK"


async def _serve(port: int, folder: Path) -> None:
    loop, keeper, stopped = asyncio.get_running_loop(), _Keeper(folder), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(keeper, hostname="localhost", data_size_limit=_LARGEST, enable_SMTPUTF8=True),
        "127.0.0.1",
        port,
    )
    async with server:
        await stopped.wait()


def main(port: int, folder: Path) -> None:
    """Take letters on loopback until SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_serve(port, folder))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
