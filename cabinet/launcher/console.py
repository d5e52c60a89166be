"""What the launcher says to the person who started it."""

import sys


class CannotStart(Exception):
    """The start ends here; the message is one sentence that says what to do."""


def say(text: str) -> None:
    """Print a line at once; a terminal that was closed is no reason to stop."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = None
