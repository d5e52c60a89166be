"""Lines of a text, whatever their length: a file of ten gigabytes without a line break fills no memory."""

import codecs
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from cabinet.exchange.errors import WrongEncoding
from cabinet.exchange.formats.layout import Encoding
from cabinet.exchange.rows import BadRow
from cabinet.i18n import _

LONGEST_LINE = 64 * 1024
"""Characters; the longest row of a registry that we saw has two thousand."""
KEPT_OF_LONG_LINE = 2_000
_CHUNK = 256 * 1024


def open_text(path: Path, encoding: Encoding) -> TextIO:
    """The file as text; bytes that the encoding does not have become U+FFFD.

    Raises WrongEncoding for UTF-16 without its mark: nobody could tell which byte comes first.
    """
    if encoding is Encoding.UTF_16:
        with path.open("rb") as file:
            if file.read(2) not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
                raise WrongEncoding(str(encoding))
    name = Encoding.UTF_8_BOM if encoding is Encoding.UTF_8 else encoding
    return path.open(encoding=name, errors="replace")


class TextLines:
    """The lines of a file without their ends (those of Unix, Windows or old Macs), each as text or, where it cannot be
    read, as a BadRow. Exactly one item for each line, so that counting them gives line numbers.
    """

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._path = path
        self._encoding = encoding
        self.cut = False
        """The line given last is the last of the file and has no end."""

    def __iter__(self) -> Iterator[str | BadRow]:
        return chain.from_iterable(self._batches())

    def _batches(self) -> Iterator[list[str | BadRow]]:
        """The lines of one chunk after another: splitting and checking many at once is what makes it fast."""
        first, rest, skipping = 1, "", False
        with open_text(self._path, self._encoding) as file:
            while chunk := file.read(_CHUNK):
                pieces = chunk.split("\n")
                if skipping and len(pieces) == 1:
                    continue
                pieces[0] = rest + pieces[0]
                rest = pieces.pop()
                lines = self._checked(pieces[skipping:], first)
                skipping = len(rest) > LONGEST_LINE
                if skipping:
                    lines.append(_too_long(first + len(lines), rest))
                    rest = ""
                first += len(lines)
                yield lines
        self.cut = bool(rest)
        if rest:
            yield self._checked([rest], first)

    def _checked(self, lines: list[str], first: int) -> list[str | BadRow]:
        """The lines, with a BadRow in place of those that are damaged."""
        whole = "".join(lines)
        if "\0" in whole or "\ufffd" in whole or max(map(len, lines), default=0) > LONGEST_LINE:
            return [self._check(line, number) for number, line in enumerate(lines, first)]
        return list(lines)

    def _check(self, line: str, number: int) -> str | BadRow:
        if len(line) > LONGEST_LINE:
            return _too_long(number, line)
        if "\0" in line:
            kept = line.replace("\0", "\ufffd")
            return BadRow(number, kept, _("There are zero bytes in this row. Export it again."))
        if "\ufffd" in line:
            wrong = _("This row is not text in {encoding}. Choose another encoding, or mend the row.")
            return BadRow(number, line, wrong.format(encoding=self._encoding))
        return line


def _too_long(number: int, line: str) -> BadRow:
    kept = line[:KEPT_OF_LONG_LINE].replace("\0", "\ufffd") + "…"
    return BadRow(number, kept, _("This row is too long: line breaks are missing. Export it again."))


def is_blank(line: str) -> bool:
    """Whether there is nothing in the line; the end mark of DOS counts as nothing."""
    return not line or line.isspace() or line == "\x1a"
