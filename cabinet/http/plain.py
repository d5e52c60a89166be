"""Pages for errors outside Reflex: whole HTML documents that need no script and no build."""

from html import escape

from cabinet.http.policy import source_hash
from cabinet.i18n import _, current_locale

_STYLE = (
    ":root{color-scheme:light dark;font:112.5%/1.5 system-ui,sans-serif;background:#faf8f4;color:#1b2326}"
    "body{margin:0}main{max-width:36rem;margin:0 auto;padding:clamp(2rem,12vh,7rem) 1rem}"
    "h1{font-size:1.75rem;line-height:1.2;letter-spacing:-.015em;margin:0 0 1rem}p{margin:0 0 1.5rem}"
    "a{display:inline-block;padding:.65rem 1.25rem;border-radius:.625rem;background:#055656;color:#fff;"
    "font-weight:600;text-decoration:none}a:focus-visible{outline:3px solid currentColor;outline-offset:3px}"
    "@media(prefers-color-scheme:dark){:root{background:#14181a;color:#eef1f0}a{background:#5accc6;color:#0b1516}}"
)
STYLE_HASH = source_hash(_STYLE)
"""By which the policy of a page knows the style of these."""


def plain_page(title: str, text: str, back: str) -> str:
    """A page in the language of the context with one sentence and one way on; `back` is a path of ours."""
    head = (
        f'<!doctype html><html lang="{current_locale()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
    )
    word = _("Back")
    way = f'<a href="{escape(back, quote=True)}">{escape(word)}</a>' if back else ""
    return f"{head}<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p>{way}</main></body></html>"


def not_found_page(back: str) -> str:
    """404."""
    return plain_page(
        _("There is no such page"), _("The address may have a mistake, or the page has moved."), back
    )


def forbidden_page(back: str) -> str:
    """403."""
    return plain_page(
        _("You have no access to this page"), _("Sign in with another e-mail, or ask for access."), back
    )


def failed_page(back: str, reference: str = "") -> str:
    """500, with the number that support finds it by."""
    text = _("It is our fault. Your money and data are safe. Try again in a minute.")
    number = _("Number for support: {reference}").format(reference=reference) if reference else ""
    return plain_page(_("Something broke"), f"{text} {number}".strip(), back)


def maintenance_page(phone: str) -> str:
    """503."""
    text = _("We are putting in new parts. Payments made before are safe. In urgent cases call {phone}.")
    return plain_page(_("We will be back soon"), text.format(phone=phone), "")
