"""The local mailbox of development: the letters that no SMTP server would take."""

import re
from html import escape
from uuid import UUID

from sqlmodel import col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from cabinet.database import read_only
from cabinet.http.policy import source_hash
from cabinet.i18n import _, current_locale, use_locale
from cabinet.kit.dates import say_moment
from cabinet.mail.models import Letter
from cabinet.settings import settings

_PATH = "/dev/mail"
_SHOWN = 100
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
_URL = re.compile(r"https?://[^\s<>\"]+")
_WATCH = (
    "setInterval(async()=>{const answer=await fetch(location.href);if(!answer.ok)return;"
    "const fresh=new DOMParser().parseFromString(await answer.text(),'text/html').querySelector('main');"
    "const old=document.querySelector('main');"
    "if(fresh&&fresh.innerHTML!==old.innerHTML)old.innerHTML=fresh.innerHTML},3000)"
)
"""New letters appear by themselves, and nothing moves while there are none."""
_STYLE = (
    ":root{color-scheme:light dark;font:112.5%/1.5 system-ui,sans-serif;background:#faf8f4;color:#1b2326}"
    "body{margin:0}main{max-width:60rem;margin:0 auto;padding:2rem 1rem}h1{font-size:1.75rem}a{color:#086060}"
    "ul{list-style:none;padding:0}li{border-top:1px solid #8c8577;padding:.8rem 0}li p{margin:0}"
    "iframe{width:100%;height:46rem;border:1px solid #8c8577;border-radius:12px}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}"
    "@media(prefers-color-scheme:dark){:root{background:#14181a;color:#eef1f0}a{color:#4fc3bd}}"
)

_POLICY = (
    f"default-src 'none'; script-src {source_hash(_WATCH)}; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; style-src {styles}; frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
)
_OWN_STYLE, _LETTERS_STYLES = source_hash(_STYLE), "'unsafe-inline'"
"""Mail programs know styles in attributes only; the frame of a letter runs no script."""


async def letters(request: Request) -> HTMLResponse:
    """All letters, the newest first; `?to=` narrows them to one mailbox."""
    _only_here()
    query = select(Letter).order_by(col(Letter.created_at).desc()).limit(_SHOWN)
    if recipient := request.query_params.get("to"):
        query = query.where(Letter.recipient_key == recipient.casefold())
    async with read_only() as session:
        found = list(await session.exec(query))
    with use_locale(request.query_params.get("locale", "ru")):
        rows = "".join(_row(letter) for letter in found)
        nothing = _("No letters yet.")
        body = f"<ul>{rows}</ul>" if rows else f"<p>{escape(nothing)}</p>"
        return _html(_("Local mailbox"), body, f"<script>{_WATCH}</script>")


async def letter(request: Request) -> HTMLResponse:
    """One letter: rendered, and as text with its links."""
    found = await _find(request)
    text = _URL.sub(lambda match: f'<a href="{match[0]}">{match[0]}</a>', escape(found.text))
    failed = f'<p role="alert">{escape(found.error)}</p>' if found.error else ""
    frame = f'<iframe title="HTML" src="{_PATH}/{found.id}/html" sandbox="{_SANDBOX}"></iframe>'
    with use_locale(found.locale):
        back = _("All letters")
        body = (
            f'<p><a href="{_PATH}">{escape(back)}</a></p>'
            f"<p>{escape(found.recipient)} · {escape(say_moment(found.created_at))}</p>{failed}"
            f"<pre>{text}</pre>{frame}"
        )
        return _html(found.subject or found.kind, body)


async def letter_html(request: Request) -> HTMLResponse:
    """The HTML part as a mail program would show it; links open in the whole window."""
    found = await _find(request)
    return _page(found.html.replace("<head>", '<head><base target="_top">', 1), _LETTERS_STYLES)


routes = [
    Route(_PATH, letters),
    Route(_PATH + "/{letter_id:uuid}", letter),
    Route(_PATH + "/{letter_id:uuid}/html", letter_html),
]


def _only_here() -> None:
    """In production and beside an SMTP server this page does not exist."""
    if not (settings.is_development and settings.keeps_letters_here):
        raise HTTPException(404)


async def _find(request: Request) -> Letter:
    _only_here()
    letter_id: UUID = request.path_params["letter_id"]
    async with read_only() as session:
        found = await session.get(Letter, letter_id)
    if found is None:
        raise HTTPException(404)
    return found


def _row(letter: Letter) -> str:
    return (
        f'<li><p><a href="{_PATH}/{letter.id}">{escape(letter.subject or letter.kind)}</a></p>'
        f"<p>{escape(letter.recipient)} · {escape(say_moment(letter.created_at))}</p></li>"
    )


def _html(title: str, body: str, script: str = "") -> HTMLResponse:
    return _page(
        f'<!doctype html><html lang="{current_locale()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main>{script}</body></html>"
    )


def _page(html: str, styles: str = _OWN_STYLE) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": _POLICY.format(styles=styles),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(html, headers=headers)
