"""Text on its way into a file, in the encoding of its reader."""

import io
import sys
from types import TracebackType
from typing import BinaryIO

from cabinet.exchange.formats.layout import Encoding

_ELSE = str.maketrans({"ё": "е", "Ё": "Е", "—": "-", "–": "-", "−": "-", "«": '"', "»": '"', "№": "N", "₽": "р.",
                       "…": "...", "\u00a0": " ", "\u202f": " ", "³": "3", "²": "2", "“": '"', "”": '"', "·": "."})  # fmt: skip
"""What stands for a character that the encoding does not have."""

_WITHOUT_MARK = {
    Encoding.UTF_8_BOM: "utf-8",
    Encoding.UTF_16: "utf-16-le" if sys.byteorder == "little" else "utf-16-be",
}


class TextOutput:
    """Lines into a binary file that stays open; ends of lines are those of Windows, as the readers expect."""

    def __init__(self, target: BinaryIO, encoding: Encoding, *, inside: bool = False) -> None:
        """`inside`: what is written comes after other text, so that no mark (BOM) stands before it."""
        self._encoding = _WITHOUT_MARK.get(encoding, str(encoding)) if inside else str(encoding)
        self._text = io.TextIOWrapper(target, encoding=self._encoding, errors="strict", newline="\r\n")

    def line(self, text: str) -> None:
        """Write one line (with line breaks inside, where a quoted field has them)."""
        self.text(text + "\n")

    def line_if(self, text: str | None) -> None:
        """Write one line, if there is one."""
        if text is not None:
            self.line(text)

    def text(self, text: str) -> None:
        """Write a part of a line."""
        try:
            self._text.write(text)
        except UnicodeEncodeError:
            self._text.write(encodable(text, self._encoding))

    def __enter__(self) -> "TextOutput":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.flush()
        self._text.detach()


def encodable(text: str, encoding: str) -> str:
    """The text with a likeness, or else `?`, for what the encoding does not have."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join([_likeness(char, encoding) for char in text])
    return text


def _likeness(char: str, encoding: str) -> str:
    for form in (char, char.translate(_ELSE)):
        try:
            form.encode(encoding)
        except UnicodeEncodeError:
            continue
        return form
    return "?"
