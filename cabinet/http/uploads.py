"""Forms with files: read as a stream, and no further than they may be large."""

from collections.abc import AsyncGenerator, Sequence

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cabinet.kit.text import whole_number
from cabinet.settings import settings
from cabinet.support.errors import FormBroken, RequestTooLarge
from cabinet.support.files import MOST_FILES, SentFile

_TEXTS_BYTES = 256 * 1024
_PART_BYTES = 64 * 1024


def most_bytes() -> int:
    """How large a form with files may be."""
    return MOST_FILES * settings.upload_max_bytes + _TEXTS_BYTES


def refuse_large(request: Request) -> None:
    """Raise RequestTooLarge for a form that says itself that it is far above the limit; call it first."""
    length = whole_number(request.headers.get("content-length", ""))
    if length is not None and length > 2 * most_bytes():
        raise RequestTooLarge(MOST_FILES * settings.upload_max_bytes)


async def read_upload(request: Request) -> FormData:
    """What stood in the form; nothing for one that is not of this kind. Raises RequestTooLarge, FormBroken."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return FormData()
    parser = MultiPartParser(
        request.headers, limited(request), max_files=MOST_FILES * 4, max_fields=20, max_part_size=_PART_BYTES
    )
    try:
        return await parser.parse()
    except MultiPartException:
        raise FormBroken from None


def files_in(form: FormData, name: str = "files") -> Sequence[SentFile]:
    """The files of a field; an empty one is what a browser sends when none was chosen."""
    return [
        SentFile(part.filename, part.file, part.size or 0)
        for part in form.getlist(name)
        if isinstance(part, UploadFile) and part.filename
    ]


async def limited(request: Request) -> AsyncGenerator[bytes]:
    """The body, until it is larger than allowed.

    As much again is then read and thrown away: a browser that is still sending does not see an answer.
    """
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received <= most_bytes():
            yield chunk
        elif received > 2 * most_bytes():
            break
    if received > most_bytes():
        raise RequestTooLarge(MOST_FILES * settings.upload_max_bytes)
