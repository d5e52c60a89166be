"""Answers kept ready: the list, writing one, offering it no more."""

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.errors import BadFields, Forbidden, NotFound
from cabinet.i18n import N_
from cabinet.residents.person import Permission
from cabinet.staff.desk_view import finish_reading
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import done, fields_of
from cabinet.staff.requests_words import REQUEST_WORDS
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView
from cabinet.staff.work_words import WORK_WORDS
from cabinet.support import canned
from cabinet.support.canned import CannedValues
from cabinet.support.models import CannedAnswer

_LIST = f"{BASE}/canned"
_WORDS = WORK_WORDS | REQUEST_WORDS


class CannedView(WorkView):
    """Answers kept ready."""

    menu_label = later(N_("Answers kept ready"))
    icon = "fa-solid fa-reply"
    section = Section.PEOPLE
    path = "/canned"
    route_name = "canned"
    permission = Permission.SEE_TICKETS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """All of them."""
        rows = await canned.list_canned(session=request.state.session)
        return self.render(request, "canned_answers.html", w=_WORDS, answers=rows)

    @route("/new", methods=["GET", "POST"], name="canned-new")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def new(self, request: Request) -> Response:
        """An empty form, or what was written."""
        if request.method == "POST":
            return await self._take(request, None)
        if not desk_of(request).person.may(Permission.EDIT_TICKETS):
            raise HTTPException(403)
        return self._form(request, None, {})

    @route("/{canned_id:uuid}", methods=["GET", "POST"], name="canned-answer")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def edit(self, request: Request) -> Response:
        """One answer and its form."""
        row = await self._row(request)
        if request.method == "POST":
            return await self._take(request, row)
        return self._form(request, row, row.model_dump())

    @route("/{canned_id:uuid}/withdraw", methods=["POST"], name="canned-withdraw")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def withdraw(self, request: Request) -> Response:
        """Offer it no more."""
        row = await self._row(request)
        answer = await done(request, _withdraw(row.id, desk_of(request)), _LIST)
        return self._form(request, row, row.model_dump()) if isinstance(answer, str) else answer

    async def _row(self, request: Request) -> CannedAnswer:
        canned_id = UUID(str(request.path_params["canned_id"]))
        try:
            row = await canned.get_canned(canned_id, session=request.state.session)
        except NotFound:
            raise HTTPException(404) from None
        request.state.session.expunge(row)
        return row

    async def _take(self, request: Request, row: CannedAnswer | None) -> Response:
        form = await fields_of(request)
        await finish_reading(request)
        try:
            await _save(row.id if row else None, _values(form), desk_of(request))
        except NotFound:
            raise HTTPException(404) from None
        except Forbidden:
            raise HTTPException(403) from None
        except BadFields as problem:
            return self._form(request, row, form, problem)
        return RedirectResponse(_LIST, status_code=303)

    def _form(
        self,
        request: Request,
        row: CannedAnswer | None,
        form: dict[str, str],
        problem: BadFields | None = None,
    ) -> Response:
        return self.render(
            request,
            "canned_answer.html",
            problem.message() if problem else "",
            w=_WORDS,
            title=_WORDS["edit_canned" if row else "new_canned"],
            answer=row,
            form=form,
            problems=problem.problems if problem else {},
        )


def _values(form: dict[str, str]) -> CannedValues:
    return CannedValues(
        title=" ".join(form.get("title", "").replace("\x00", "").split()),
        text_ru=_text(form, "text_ru"),
        text_en=_text(form, "text_en"),
    )


def _text(form: dict[str, str], name: str) -> str:
    return form.get(name, "").replace("\x00", "").replace("\r\n", "\n").strip()


async def _save(canned_id: UUID | None, values: CannedValues, desk: Desk) -> None:
    async with unit_of_work() as session:
        await canned.save_canned(canned_id, values, by=desk.person, session=session, address=desk.address)


async def _withdraw(canned_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await canned.withdraw_canned(canned_id, by=desk.person, session=session, address=desk.address)
