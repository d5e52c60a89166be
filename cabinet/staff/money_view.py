"""What the money pages share: a permission, words, reading with the request's session, acting by services."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import wraps
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

from babel.numbers import format_decimal
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from cabinet.errors import CabinetError, Forbidden, NotFound
from cabinet.i18n import _, current_locale
from cabinet.kit.dates import say_date, say_moment
from cabinet.kit.money import BadAmount, format_amount, parse_amount
from cabinet.payments.errors import BadAmountText
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import finish_reading
from cabinet.staff.gate import desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_words import MONEY_WORDS

BASE = "/admin/money"
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Response]])


class MoneyView(CustomView):
    """A page of a workflow. Forms are posted to their own address and answered by a redirect."""

    permission: ClassVar[Permission]
    section: ClassVar[Section] = Section.MONEY
    """Where in the menu the page stands."""
    place: ClassVar[int] = 50
    """Where in its section: smaller ones first, else as registered."""

    def is_accessible(self, request: Request) -> bool:
        """Whether the person has the permission of this page."""
        return desk_of(request).person.may(self.permission)

    def is_active(self, request: Request) -> bool:
        """The page and those below it."""
        path = request.scope["root_path"] + self.path
        return f"{request.scope['path']}/".startswith(f"{path}/")

    def render(self, request: Request, template: str, error: str = "", **facts: Any) -> Response:
        """The page, with the problem on top when there is one."""
        desk = desk_of(request)
        context = {
            "w": MONEY_WORDS,
            "say": _,
            "base": BASE,
            "error": error,
            "person": desk.person,
            "desk": desk,
            "money": format_amount,
            "number": lambda count: format_decimal(count, locale=current_locale()),
            "day": say_date,
            "moment": lambda at: say_moment(at, desk.timezone),
            "may": lambda name: desk.person.may(Permission(name)),
            "title": self.menu_label,
            **facts,
        }
        return cast(Any, self._admin)._template_response(request, template, context, 422 if error else 200)


def act(
    path: str, permission: Permission, *, name: str, methods: tuple[str, ...] = ("POST",)
) -> Callable[[Handler], Handler]:
    """A route of a view for those with the permission; others get 403, before anything else of it runs."""

    def of(handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(self: MoneyView, request: Request) -> Response:
            if not desk_of(request).person.may(permission):
                raise HTTPException(403)
            return await handler(self, request)

        return cast(Handler, route(path, methods=list(methods), name=name)(guarded))

    return of


async def done(request: Request, work: Awaitable[Any], back: str) -> Response | str:
    """Do it and go back, or the words of what stands in the way."""
    await finish_reading(request)
    try:
        await work
    except NotFound:
        raise HTTPException(404) from None
    except Forbidden:
        raise HTTPException(403) from None
    except CabinetError as problem:
        return problem.message()
    return RedirectResponse(back, status_code=303)


def id_in_path(request: Request, name: str) -> UUID:
    """The id in the address; anything else is a page that does not exist."""
    try:
        return UUID(str(request.path_params[name]))
    except ValueError:
        raise HTTPException(404) from None


def amount_in(text: str) -> int:
    """Minor units, negative with a minus. Raises BadAmountText."""
    plain = text.strip().replace("\u2212", "-")
    try:
        return -parse_amount(plain[1:]) if plain.startswith("-") else parse_amount(plain)
    except BadAmount:
        raise BadAmountText from None


class DayMissing(CabinetError):
    """The day is not a day."""

    code = "day_missing"

    def message(self) -> str:
        """What to do."""
        return _("Choose a day.")


def day_in(text: str) -> date:
    """The day of a date field. Raises DayMissing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DayMissing from None


async def fields_of(request: Request) -> dict[str, str]:
    """The text fields of the form that was sent."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}
