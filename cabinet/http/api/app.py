"""The API for programs, mounted at /api/v1: a provider's accounting works by it."""

from fastapi import FastAPI
from starlette.middleware import Middleware

from cabinet.http.api import accounts, bills, feeds, key, me, meters, openapi, readings, registries
from cabinet.http.api.door import API, Door
from cabinet.http.api.problems import install
from cabinet.settings import settings

PATH = API
VERSION = "1.0.0"


def build_api() -> FastAPI:
    """The application with all its endpoints."""
    api = FastAPI(
        title="Cabinet",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=settings.api_max_bytes,
        middleware=[Middleware(Door)],
    )
    install(api)
    for module in (key, accounts, meters, bills, feeds, readings, registries, me):
        api.include_router(module.router, responses=openapi.PROBLEMS)
    openapi.install(api)
    return api
