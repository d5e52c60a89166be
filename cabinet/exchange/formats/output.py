"""Text on its way into a file, in the encoding of its reader."""

import io
from types import TracebackType
from typing import BinaryIO

from cabinet.exchange.formats.layout import Encoding

_ELSE = str.maketrans({"ё": "е", "Ё": "Е", "—": "-", "–": "-", "−": "-", "«": '"', "»": '"', "№": "N", "₽": "р.",
                       "…": "...", "\u00a0": " ", "\u202f": " ", "³": "3", "²": "2", "“": '"', "”": '"', "·": "."})  # fmt: skip
"""What stands for a character that the encoding does not have."""


class TextOutput:
    """Lines into a binary file that stays open; ends of lines are those of Windows, as the readers expect."""

    def __init__(self, target: BinaryIO, encoding: Encoding) -> None:
        self._text = io.TextIOWrapper(
            target, encoding=str(encoding), errors="strict", newline="\r\n", write_through=False
        )
        self._encoding = str(encoding)

    def line(self, text: str) -> None:
        """Write one line (with line breaks inside, where a quoted field has them)."""
        try:
            self._text.write(text + "\n")
        except UnicodeEncodeError:
            self._text.write(encodable(text, self._encoding) + "\n")

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
        return "".join(_likeness(char, encoding) for char in text)
    return text


def _likeness(char: str, encoding: str) -> str:
    for form in (char, char.translate(_ELSE)):
        try:
            form.encode(encoding)
        except UnicodeEncodeError:
            continue
        return form
    return "?"
