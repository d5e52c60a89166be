"""Where a cluster of one's own can listen."""

import random
import socket
from contextlib import ExitStack, suppress

from cabinet.launcher.console import CannotStart

_IN_A_ROW = 14
_PORTS = range(11_000, 32_000, _IN_A_ROW)


def ports_for_a_cluster() -> int:
    """The first of enough free ports for a cluster, below those that the system gives to clients. Raises CannotStart."""
    for first in random.sample(_PORTS, len(_PORTS)):
        with suppress(OSError), ExitStack() as stack:
            for port in range(first, first + _IN_A_ROW):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise CannotStart("There are not enough free ports.")
