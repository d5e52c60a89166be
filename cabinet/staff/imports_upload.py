"""A registry on its way from a clerk's browser to the disk: read as a stream, never whole in memory.

It stands before the library's check of forms, which would keep the whole body, and makes that check itself.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_admin.security.csrf import CSRFMiddleware

from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.exchange.imports.errors import CutUpload, FileMissing
from cabinet.exchange.imports.receiving import receive_registry
from cabinet.i18n import _
from cabinet.settings import settings
from cabinet.staff.gate import REGISTRY_UPLOAD, desk_of, plain_page
from cabinet.staff.work_view import as_id

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_FIELD_BYTES = 64 * 1024
_MOST_HEADER_BYTES = 8 * 1024
_MOST_FIELDS = 20
_DRAIN = 16 * 1024 * 1024
_SALT = "starlette-admin-csrf"


class RegistryUploads:
    """ASGI middleware behind the gate: takes the uploads of registries, and hands on everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        if scope["type"] != "http" or request.method != "POST" or request.url.path != REGISTRY_UPLOAD:
            return await self.app(scope, receive, send)
        await (await _take(request))(scope, receive, send)
        return None


@dataclass(slots=True)
class _Part:
    is_file: bool = False
    name: str = ""


class UploadForm:
    """The fields before the file, then the file, chunk by chunk."""

    def __init__(self, request: Request) -> None:
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self._stream = request.stream()
        self._part, self._ended = _Part(), False
        self._header, self._value = b"", b""
        self._text, self._waiting = bytearray(), list[bytes]()
        _kind, options = parse_options_header(request.headers.get("content-type", ""))
        self._parser = MultipartParser(options.get(b"boundary", b"-"), self._callbacks())

    async def read_fields(self) -> None:
        """Read up to the file. Raises FileMissing, CutUpload."""
        while not self._part.is_file and not self._ended:
            await self._more()
        if not self._part.is_file:
            raise FileMissing

    async def chunks(self) -> AsyncIterator[bytes]:
        """The file. Raises CutUpload when the sender stops before its end."""
        while True:
            waiting, self._waiting = self._waiting, []
            for chunk in waiting:
                yield chunk
            if self._ended:
                return
            await self._more()

    async def drain(self) -> None:
        """Read a little on: a browser that is still sending does not see an answer."""
        read = 0
        try:
            async for chunk in self._stream:
                read += len(chunk)
                if read > _DRAIN:
                    return
        except (ClientDisconnect, RuntimeError):
            return

    async def _more(self) -> None:
        try:
            chunk = await anext(self._stream)
        except (StopAsyncIteration, ClientDisconnect):
            raise CutUpload from None
        if not chunk and not self._ended:
            raise CutUpload
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise CutUpload from None

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_header_field": lambda data, start, end: self._add_header(data[start:end]),
            "on_header_value": lambda data, start, end: self._add_value(data[start:end]),
            "on_header_end": self._end_header,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if not self._part.is_file:
            self._part, self._text = _Part(), bytearray()
        if len(self.fields) >= _MOST_FIELDS:
            raise FormParserError("too many fields")

    def _add_header(self, piece: bytes) -> None:
        self._header += piece
        self._limit_header()

    def _add_value(self, piece: bytes) -> None:
        self._value += piece
        self._limit_header()

    def _limit_header(self) -> None:
        if len(self._header) + len(self._value) > _MOST_HEADER_BYTES:
            raise FormParserError("a header is too long")

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition" and not self._part.is_file:
            _kind, options = parse_options_header(self._value)
            self._part.name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                self.file_name = options[b"filename"].decode("utf-8", "replace")
                self._part.is_file = True
        self._header, self._value = b"", b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._ended:
            return
        if self._part.is_file:
            self._waiting.append(bytes(data[start:end]))
            return
        self._text += data[start:end]
        if len(self._text) > _MOST_FIELD_BYTES:
            raise FormParserError("a field is too long")

    def _end_part(self) -> None:
        if self._part.is_file:
            self._ended = True
        else:
            self.fields[self._part.name] = self._text.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True


async def _take(request: Request) -> Response:
    desk, form = desk_of(request), UploadForm(request)
    try:
        await form.read_fields()
        if not _is_our_form(request, form.fields.get(CSRFMiddleware.field_name, "")):
            return plain_page(
                403, _("This form was not sent from our page."), _("Open the page again and repeat.")
            )
        provider_id = as_id(form.fields.get("provider_id", "")) or desk.person.provider_id or UUID(int=0)
        if not re.search(r"\S", form.file_name):
            raise FileMissing
        import_id = await receive_registry(
            provider_id, form.file_name, form.chunks(), by=desk.person, address=desk.address
        )
    except Forbidden as refused:
        return plain_page(403, refused.message(), _("Ask the administrator."))
    except NotFound as unknown:
        return plain_page(404, unknown.message(), _("Open the page again and repeat."))
    except CabinetError as problem:
        await form.drain()
        asked = {"problem": problem.code, "provider_id": form.fields.get("provider_id", "")}
        return RedirectResponse(f"/admin/imports?{urlencode(asked)}", status_code=303)
    return RedirectResponse(f"/admin/imports/{import_id}", status_code=303)


def _is_our_form(request: Request, sent: str) -> bool:
    """The same check as that of the library for every other form: the field has what the cookie has."""
    signer = URLSafeSerializer(settings.secret_key.get_secret_value(), salt=_SALT)
    try:
        return signer.loads(sent) == signer.loads(request.cookies.get(CSRFMiddleware.cookie_name, ""))
    except BadSignature:
        return False
