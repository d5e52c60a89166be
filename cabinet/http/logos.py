"""GET /logos/<provider>.png: the sign of a provider, for everybody, kept by browsers until it changes."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cabinet.database import read_only
from cabinet.providers.logos import find_logo

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_FOR_AN_HOUR = "public, max-age=3600"
_FOR_A_YEAR = "public, max-age=31536000, immutable"


async def logo(request: Request) -> Response:
    """The PNG. With the digest in the query the address never changes its meaning, and is kept for a year."""
    async with read_only() as session:
        found = await find_logo(request.path_params["provider_id"], session=session)
    if found is None:
        return Response(status_code=404, headers={**_HEADERS, "Cache-Control": "no-store"})
    tag = f'"{found.digest[:32]}"'
    named = request.query_params.get("v") == found.digest[:16]
    headers = {**_HEADERS, "ETag": tag, "Cache-Control": _FOR_A_YEAR if named else _FOR_AN_HOUR}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in asked:
        return Response(status_code=304, headers=headers)
    return Response(found.png, media_type="image/png", headers=headers)


def logo_path(provider_id: UUID | str, digest: str) -> str:
    """The address of this very picture."""
    return f"/logos/{provider_id}.png?v={digest[:16]}"


routes = [Route("/logos/{provider_id:uuid}.png", logo, methods=["GET"])]
