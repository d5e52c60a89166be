"""What helps with a provider beside its form: trying number patterns, the logo, ways to its rows."""

import asyncio
from dataclasses import asdict
from typing import Any
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.http.logos import logo_path
from cabinet.i18n import N_
from cabinet.providers.logos import (
    LARGEST_FILE,
    BadLogo,
    Picture,
    draw_logo,
    find_logo,
    remove_logo,
    set_logo,
)
from cabinet.providers.trial import try_pattern
from cabinet.residents.person import Permission
from cabinet.staff.figures import listed
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import done, id_in_path
from cabinet.staff.words import later
from cabinet.staff.work_view import BASE, WorkView, with_query

_LONGEST = 4000

TESTER_WORDS: dict[str, Any] = {
    "title": later(N_("Try the pattern")),
    "hint": later(N_("Type numbers as residents may write them, one in a line. Nothing is saved.")),
    "samples": later(N_("Sample numbers")),
    "example": later(N_("The example")),
    "fits": later(N_("fits, stored as")),
    "no": later(N_("does not fit, read as")),
    "told": later(N_("What a resident reads when the number does not fit")),
    "in_russian": later(N_("In Russian")),
    "in_english": later(N_("In English")),
    "failed": later(N_("The pattern could not be tried. Reload the page.")),
}
LOGO_WORDS: dict[str, Any] = {
    "logo": later(N_("Logo")),
    "choose": later(N_("Picture: PNG, JPEG or WebP, up to 512 KB")),
    "upload": later(N_("Upload the logo")),
    "remove": later(N_("Remove the logo")),
    "none": later(N_("No logo yet: residents see the icon of the service.")),
    "its_rows": later(N_("Of this provider")),
}


class ProviderDeskView(WorkView):
    """Not in the menu: the provider's pages lead here."""

    menu_label = later(N_("Logo"))
    icon = "fa-solid fa-building"
    section = Section.HOUSE
    path = "/provider"
    route_name = "provider-desk"
    permission = Permission.EDIT_PROVIDERS
    add_to_menu = False

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """Nothing stands at the path itself."""
        raise HTTPException(404)

    @route("/try", name="provider-try")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def try_numbers(self, request: Request) -> Response:
        """What a pattern does with numbers, as JSON; by the rules that residents' numbers meet."""
        asked = request.query_params
        if any(len(value) > _LONGEST for value in asked.values()):
            raise HTTPException(400)
        trial = try_pattern(
            asked.get("pattern", ""),
            asked.get("example", ""),
            asked.get("numbers", "").splitlines(),
            {"ru": asked.get("hint_ru", ""), "en": asked.get("hint_en", "")},
        )
        return JSONResponse(asdict(trial), headers={"Cache-Control": "no-store"})

    @route("/{provider_id}/logo", name="provider-logo")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def logo(self, request: Request) -> Response:
        """The logo as it is, and a form for another."""
        return await self._show(request, id_in_path(request, "provider_id"))

    @route("/{provider_id}/logo/set", methods=["POST"], name="provider-logo-set")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def set(self, request: Request) -> Response:
        """Draw the picture anew and put it in place."""
        provider_id, desk = id_in_path(request, "provider_id"), desk_of(request)
        sent = (await request.form()).get("logo")
        try:
            raw = await sent.read(LARGEST_FILE + 1) if isinstance(sent, UploadFile) else b""
            picture = await asyncio.to_thread(draw_logo, raw)
        except BadLogo as problem:
            return await self._show(request, provider_id, problem.message())
        return await self._change(request, provider_id, _set(provider_id, picture, desk))

    @route("/{provider_id}/logo/remove", methods=["POST"], name="provider-logo-remove")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def remove(self, request: Request) -> Response:
        """Take the picture away."""
        provider_id = id_in_path(request, "provider_id")
        return await self._change(request, provider_id, _remove(provider_id, desk_of(request)))

    async def _change(self, request: Request, provider_id: UUID, work: Any) -> Response:
        answer = await done(request, work, f"{BASE}/provider/{provider_id}/logo")
        return await self._show(request, provider_id, answer) if isinstance(answer, str) else answer

    async def _show(self, request: Request, provider_id: UUID, error: str = "") -> Response:
        desk = desk_of(request)
        if provider_id not in desk.providers:
            raise HTTPException(404)
        found = await find_logo(provider_id, session=request.state.session)
        return self.render(
            request,
            "provider_logo.html",
            error,
            w=LOGO_WORDS,
            provider_id=provider_id,
            name=desk.provider_name(provider_id),
            picture=found,
            address=logo_path(provider_id, found.digest) if found else "",
            back=with_query(f"{BASE}/providers/detail", pk=provider_id),
        )


def rows_of(provider_id: str, desk: Desk) -> list[tuple[str, str]]:
    """The labels and addresses of what belongs to the provider, of what the person may see."""
    ways = (
        (Permission.SEE_ACCOUNTS, N_("Accounts"), listed("accounts", f"provider_id__in={provider_id}")),
        (Permission.SEE_METERS, N_("Readings"), f"{BASE}/readings?provider={provider_id}&state=any"),
        (Permission.SEE_METERS, N_("Tariffs"), f"{BASE}/tariffs?provider={provider_id}"),
        (Permission.SEE_BILLS, N_("Bills that do not add up"), f"{BASE}/gaps?provider={provider_id}"),
    )
    return [(label, link) for permission, label, link in ways if desk.person.may(permission)]


async def _set(provider_id: UUID, picture: Picture, desk: Desk) -> None:
    async with unit_of_work() as session:
        await set_logo(provider_id, picture, by=desk.person, address=desk.address, session=session)


async def _remove(provider_id: UUID, desk: Desk) -> None:
    async with unit_of_work() as session:
        await remove_logo(provider_id, by=desk.person, address=desk.address, session=session)
