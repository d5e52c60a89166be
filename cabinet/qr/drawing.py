"""The squares of a QR code, for whoever draws it: a page, a PDF."""

import segno

QUIET = 4
"""Light squares that must stay free around the code."""


def squares(data: bytes) -> list[list[bool]]:
    """Rows of dark (True) and light squares, without the quiet zone; error correction M.

    Raises ValueError for more than the largest code holds.
    """
    code = segno.make_qr(data, error="m", mode="byte", boost_error=False)
    return [[bool(square) for square in row] for row in code.matrix]
