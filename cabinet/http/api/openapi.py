"""The description of the API for programs (OpenAPI 3.1) and for people, both from the same source."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse

from cabinet.http.api.problems import MEDIA_TYPE, Problem
from cabinet.http.api.reference import reference_page, reference_policy
from cabinet.http.api.words import title_of
from cabinet.i18n import N_, _, current_locale, use_locale

_ANSWER = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_ABOUT = N_(
    "The API by which a provider's accounting hands over accounts, meters, bills and balances, and takes "
    "payments and readings. Money is in kopecks, moments are RFC 3339, days are those of the provider."
)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an endpoint may answer with, for `responses`."""
    with use_locale("en"):
        return {status: {"description": title_of(status), **_ANSWER} for status in statuses}


PROBLEMS = problems(400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500)
"""What every endpoint may answer with."""


def description(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document in the current language."""
    document = get_openapi(
        title=_("Cabinet: API for providers"),
        version=api.version,
        description=_ABOUT,
        routes=api.routes,
        servers=[{"url": "/api/v1"}],
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= made.pop("$defs", {})
    schemas["Problem"] = made
    return translated(document)


def translated(node: Any) -> Any:
    """The node with every text for people in the current language."""
    if isinstance(node, list):
        return [translated(one) for one in node]
    if not isinstance(node, dict):
        return node
    said = {"summary", "description"}
    return {
        name: _(one) if name in said and isinstance(one, str) and one else translated(one)
        for name, one in node.items()
    }


def install(api: FastAPI) -> None:
    """Serve the description at /openapi.json."""
    known: dict[str, dict[str, Any]] = {}

    def described(locale: str) -> dict[str, Any]:
        if locale not in known:
            with use_locale(locale):
                known[locale] = description(api)
        return known[locale]

    async def as_json(_request: Request) -> JSONResponse:
        return JSONResponse(described(current_locale()), headers={"Vary": "Accept-Language"})

    async def as_page(request: Request) -> HTMLResponse:
        with use_locale(request.query_params.get("lang") or current_locale()):
            page = reference_page(described(current_locale()))
        headers = {"Vary": "Accept-Language", "Content-Security-Policy": reference_policy(page)}
        return HTMLResponse(page, headers=headers)

    api.openapi = lambda: described("en")
    api.add_route("/docs", as_page, include_in_schema=False)
    api.add_route("/openapi.json", as_json, include_in_schema=False)
