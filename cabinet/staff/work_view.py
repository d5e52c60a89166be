"""What the pages of daily work share: their words, their address, messages after an act, own providers only."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cabinet.kit.dates import say_month
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import MoneyView
from cabinet.staff.work_words import WORK_WORDS

BASE = "/admin"


class WorkView(MoneyView):
    """A page of a workflow outside the money."""

    section = Section.HOUSE

    def render(self, request: Request, template: str, error: str = "", **facts: Any) -> Response:
        """The page, with the problem on top when there is one."""
        shared = {"w": WORK_WORDS, "base": BASE, "month": say_month, "asked": request.query_params}
        return super().render(request, template, error, **(shared | facts))


def own_provider(desk: Desk, provider_id: UUID | None) -> UUID | None:
    """The provider to narrow rows to: the chosen one, a clerk's own one always; None means all.

    Raises 404 for a provider that the person does not see.
    """
    chosen = provider_id or (None if desk.sees_all else desk.person.provider_id)
    if chosen is not None and chosen not in desk.providers:
        raise HTTPException(404)
    return chosen


def asked_id(request: Request, name: str) -> UUID | None:
    """An id in the query; nothing and anything else are no id."""
    return as_id(request.query_params.get(name, ""))


def as_id(text: str) -> UUID | None:
    """The id, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def with_query(path: str, **query: Any) -> str:
    """The address with the parts of the query that say something."""
    said = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(said)}" if said else path


def desk_provider(request: Request) -> UUID | None:
    """What a service narrows its rows to: a clerk's provider, None for who sees all."""
    desk = desk_of(request)
    return None if desk.sees_all else desk.person.provider_id
