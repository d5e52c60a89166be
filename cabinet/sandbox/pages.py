"""The hosted page: plain HTML, where a payer types a test card."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from cabinet.database import unit_of_work
from cabinet.i18n import use_locale
from cabinet.kit.money import format_amount
from cabinet.sandbox import checkout, clock
from cabinet.sandbox.cards import Card, CardMistakes, Mistake, read_card
from cabinet.sandbox.checkout import Result
from cabinet.sandbox.keys import PREFIX, TEST_CARDS
from cabinet.sandbox.models import Body
from cabinet.sandbox.problems import ApiProblem
from cabinet.sandbox.words import page_locale, page_words, say_mistake, say_refusal
from cabinet.settings import settings

_HERE = Path(__file__).parent


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(_HERE / "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@dataclass(frozen=True)
class View:
    """What the page needs of a session."""

    body: Body
    line_items: list[Body]
    challenged: bool
    refusal: str | None

    @property
    def locale(self) -> str:
        """The language of the page."""
        return page_locale(self.body["locale"])

    @property
    def way_back(self) -> str:
        """Where to go from a page that takes no card any more."""
        if self.body["status"] == "complete" or not self.body["cancel_url"]:
            return self.success_url
        return self.body["cancel_url"]

    @property
    def success_url(self) -> str:
        """Where to go after paying."""
        return self.body["success_url"].replace("{CHECKOUT_SESSION_ID}", self.body["id"])


async def show_page(request: Request) -> Response:
    """`GET /sandbox/pay/…`: the card form, or what has become of the session."""
    try:
        view = await _view(request.path_params["ident"])
    except ApiProblem:
        return _message("missing", None, 404)
    if view.challenged:
        return RedirectResponse(_path(view.body["id"], "/bank"), 303)
    return _form(view) if view.body["status"] == "open" else _ended(view)


async def submit_card(request: Request) -> Response:
    """`POST /sandbox/pay/…`: charge the card once, however often it is sent."""
    ident = request.path_params["ident"]
    if not is_own_origin(request):
        return _message("forbidden", None, 403)
    form = await request.form()
    number, expiry, cvc = (str(form.get(name, "")) for name in ("number", "expiry", "cvc"))
    try:
        card = read_card(number, expiry, cvc, today=clock.now().date())
    except CardMistakes as problem:
        return await _show_mistakes(ident, problem.fields, {"number": number, "expiry": expiry})
    try:
        result = await _pay(ident, card)
    except ApiProblem:
        return _message("missing", None, 404)
    return await _after(ident, result)


async def show_challenge(request: Request) -> Response:
    """`GET /sandbox/pay/…/bank`: the bank's question (3-D Secure)."""
    try:
        view = await _view(request.path_params["ident"])
    except ApiProblem:
        return _message("missing", None, 404)
    if not view.challenged or view.body["status"] != "open":
        return RedirectResponse(_path(view.body["id"]), 303)
    return _render("bank.html", view, 200, total=_total(view))


async def answer_challenge(request: Request) -> Response:
    """`POST /sandbox/pay/…/bank`: the payer confirms or refuses."""
    ident = request.path_params["ident"]
    if not is_own_origin(request):
        return _message("forbidden", None, 403)
    approved = (await request.form()).get("answer") == "approve"
    try:
        async with unit_of_work() as session:
            result = await checkout.answer_challenge(ident, approved=approved, session=session)
    except ApiProblem:
        return _message("missing", None, 404)
    return await _after(ident, result)


async def stylesheet(_request: Request) -> Response:
    """The page's own styles."""
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(_styles(), media_type="text/css", headers=headers)


@cache
def _styles() -> str:
    return (_HERE / "static" / "sandbox.css").read_text()


def page_routes() -> list[Route]:
    """The routes of the hosted page, below the sandbox's own prefix."""
    return [
        Route("/pay/{ident}", show_page, methods=["GET"]),
        Route("/pay/{ident}", submit_card, methods=["POST"]),
        Route("/pay/{ident}/bank", show_challenge, methods=["GET"]),
        Route("/pay/{ident}/bank", answer_challenge, methods=["POST"]),
        Route("/static/sandbox.css", stylesheet),
    ]


def is_own_origin(request: Request) -> bool:
    """Whether a form came from our own page, as far as the browser says."""
    origin = request.headers.get("origin")
    if origin is None or origin == settings.public_url:
        return True
    return urlsplit(origin).netloc == request.headers.get("host", "") != ""


async def _view(ident: str) -> View:
    async with unit_of_work() as session:
        row = await checkout.locked(ident, session=session)
        return View(
            body=row.body,
            line_items=row.private["line_items"],
            challenged=checkout.is_challenged(row),
            refusal=await checkout.last_decline(row, session=session),
        )


async def _pay(ident: str, card: Card) -> Result:
    async with unit_of_work() as session:
        return await checkout.pay(ident, card, session=session)


async def _show_mistakes(ident: str, mistakes: dict[str, Mistake], typed: dict[str, str]) -> Response:
    try:
        view = await _view(ident)
    except ApiProblem:
        return _message("missing", None, 404)
    return _form(view, mistakes, typed) if view.body["status"] == "open" else _ended(view)


async def _after(ident: str, result: Result) -> Response:
    """Post, redirect, get: only a declined card is answered in place."""
    view = await _view(ident)
    match result:
        case Result.DONE:
            return RedirectResponse(view.success_url, 303)
        case Result.CHALLENGE:
            return RedirectResponse(_path(ident, "/bank"), 303)
        case Result.DECLINED:
            return RedirectResponse(_path(ident), 303)
        case Result.CLOSED:
            return _ended(view)


def _path(ident: str, rest: str = "") -> str:
    return f"{PREFIX}/pay/{ident}{rest}"


def _form(
    view: View, mistakes: dict[str, Mistake] | None = None, typed: dict[str, str] | None = None
) -> Response:
    with use_locale(view.locale):
        errors = {name: say_mistake(mistake) for name, mistake in (mistakes or {}).items()}
        refusal = say_refusal(view.refusal) if view.refusal and not errors else ""
        cards = [(_groups(number), name) for name, number in TEST_CARDS.items()]
        items = [(item["description"], _money(item["amount_total"], view)) for item in view.line_items]
    return _render(
        "pay.html",
        view,
        422 if errors else 200,
        total=_total(view),
        items=items,
        errors=errors,
        refusal=refusal,
        typed={"number": "", "expiry": "", **(typed or {})},
        cards=cards,
        back=view.body["cancel_url"],
    )


def _ended(view: View) -> Response:
    done = view.body["status"] == "complete"
    return _message("done" if done else "closed", view, 200 if done else 410)


def _message(what: str, view: View | None, status: int) -> Response:
    return _render(
        "message.html", view, status, what=what, back=view.way_back if view else settings.public_url
    )


def _total(view: View) -> str:
    with use_locale(view.locale):
        return _money(view.body["amount_total"], view) if view.body["amount_total"] else ""


def _money(minor: int, view: View) -> str:
    return format_amount(minor, view.body["currency"].upper())


def _groups(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))


def _render(template: str, view: View | None, status: int, **values: Any) -> Response:
    locale = view.locale if view else page_locale(None)
    with use_locale(locale):
        words = page_words()
    html = (
        _templates()
        .get_template(template)
        .render(
            t=words, locale=locale, prefix=PREFIX, setup=bool(view and view.body["mode"] == "setup"), **values
        )
    )
    return HTMLResponse(html, status, _headers(view))


def _headers(view: View | None) -> dict[str, str]:
    """Strict headers; the redirect after the form must be allowed to reach the success address."""
    urls = [view.body["success_url"], view.body["cancel_url"]] if view else []
    targets = " ".join(["'self'", *sorted({_origin(url) for url in urls if url})])
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action {targets}"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
