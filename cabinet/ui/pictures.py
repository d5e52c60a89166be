"""Line drawings: for empty places, for the front page, and the paper bill that shows where the number stands."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.kit.money import format_amount
from cabinet.ui.icons import path_of

_INK = "ink"
_FAINT = "faint"
_MARK = "mark"
_TINT = "tint"
_PAPER = "paper"


def no_accounts_picture() -> rx.Component:
    """A door with a letterbox and a bill in it: nothing linked yet."""
    return _drawing(
        "0 0 240 180",
        _path("M38 168c0-62 34-118 84-118s84 56 84 118Z", _TINT),
        _path("M76 168V34h84v134M62 168h116", _PAPER),
        _path("M88 48h60v40H88z", _FAINT),
        _path("M148 116h.01", "ink dot"),
        _path("M96 104h40v12H96z", _INK),
        _path("M102 110V76h28v34", _PAPER),
        _path("M108 84h16M108 91h16", _FAINT),
        _path("M108 99h9", _MARK),
        _path(
            "M190 168v-28m0 0c-12 0-14-14-14-20 12 0 14 10 14 20Zm0 0c0-10 4-16 12-18 0 10-4 18-12 18Z", _INK
        ),
    )


def no_payments_picture() -> rx.Component:
    """An empty spike for paid bills."""
    return _drawing(
        "0 0 240 180",
        _path("M34 150a86 60 0 0 1 172 0Z", _TINT),
        _path("M120 30v112M92 150h56M100 142h40v8h-40z", _INK),
        _path("M74 62l88-8 4 44-88 8Z", _PAPER),
        _path("M90 74l40-4M91 84l58-5", _FAINT),
        _path("M92 95l16-2", _MARK),
        _path("M60 150h120", _INK),
    )


def nothing_found_picture() -> rx.Component:
    """A meter without a needle: the page is not here."""
    return _drawing(
        "0 0 240 180",
        _path("M40 156a80 80 0 0 1 160 0Z", _TINT),
        _path("M120 36a52 52 0 1 1-.01 0ZM98 146l-6 14h56l-6-14", _PAPER),
        _path("M84 84h72v22H84z", _INK),
        _path("M102 84v22M120 84v22M138 84v22", _FAINT),
        _path("M92 91v8M110 91h4v4h-4v4h4M129 91v8M147 91v8", _MARK),
        _path("M106 62c8-5 20-5 28 0", _FAINT),
    )


def letter_picture() -> rx.Component:
    """An envelope on its way."""
    return _drawing(
        "0 0 240 150",
        _path("M52 128a70 52 0 0 1 140 0Z", _TINT),
        _path("M66 40h108v76H66z", _PAPER),
        _path("M66 42l54 44 54-44M66 114l40-36M174 114l-40-36", _INK),
        _path("M28 62h24M20 80h32M32 98h20", _FAINT),
        _path("M160 26l8 8 14-16", _MARK),
    )


def no_cards_picture() -> rx.Component:
    """Two cards, the front one with its chip: nothing saved yet."""
    return _drawing(
        "0 0 240 150",
        _path("M40 130a80 62 0 0 1 160 0Z", _TINT),
        _path("M86 34h104v64H86z", _PAPER),
        _path("M86 50h104", _FAINT),
        _path("M54 54h104v64H54z", _PAPER),
        _path("M54 72h104M66 102h26M66 110h14", _INK),
        _path("M132 98h16v12h-16z", _MARK),
    )


def no_tokens_picture() -> rx.Component:
    """A house with a screen on its wall and a key beside it: no program has one yet."""
    return _drawing(
        "0 0 240 150",
        _path("M40 130a80 62 0 0 1 160 0Z", _TINT),
        _path("M58 126V70l46-36 46 36v56Z", _PAPER),
        _path("M80 78h48v32H80z", _INK),
        _path("M90 90h28M90 99h16", _FAINT),
        _path("M188 62a14 14 0 1 0-14 14 14 14 0 0 0 14-14Zm-14 14v40M174 116h12M174 104h8", _INK),
        _path("M174 56h.01", "mark dot"),
    )


def support_picture() -> rx.Component:
    """Two people's words."""
    return _drawing(
        "0 0 240 150",
        _path("M60 128a60 50 0 0 1 120 0Z", _TINT),
        _path("M46 28h92v54H86l-18 16V82H46Z", _PAPER),
        _path("M62 46h60M62 60h40", _FAINT),
        _path("M154 60h40v48h-16v14l-16-14h-38V96", _INK),
        _path("M140 92h.01M154 92h.01M168 92h.01", "mark dot"),
    )


def bill_picture() -> rx.Component:
    """A paper bill with the account number ringed; for the hint at the number's field."""
    return _drawing(
        "0 0 300 190",
        _path(
            "M20 12h260v166l-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7Z",
            _PAPER,
        ),
        _words(36, 38, _("BILL"), "words-15"),
        _words(36, 60, _("Account number"), "words-12"),
        _words(44, 86, "3700 1234 5678", "words-17"),
        _path("M40 67h138a8 8 0 0 1 8 8v12a8 8 0 0 1-8 8H40a8 8 0 0 1-8-8V75a8 8 0 0 1 8-8Z", _MARK),
        _path("M36 108h228", _FAINT),
        _path("M36 124h96M36 140h70M232 124h32M240 140h24", _FAINT),
        _path("M196 34h68M214 60h50", _FAINT),
        label=_("A paper bill: the number is ringed at the top."),
    )


def code_picture() -> rx.Component:
    """A paper bill with its square code ringed; for the scanner."""
    return _drawing(
        "0 0 300 190",
        _path(
            "M20 12h260v166l-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7-13-7-13 7Z",
            _PAPER,
        ),
        _words(36, 38, _("BILL"), "words-15"),
        _path("M36 58h112M36 74h92M36 90h104", _FAINT),
        _path("M36 112h84M36 128h64M36 144h76", _FAINT),
        _path("M188 42h22v22h-22zM236 42h22v22h-22zM188 90h22v22h-22z", _INK),
        _path("M196 50h6v6h-6zM244 50h6v6h-6zM196 98h6v6h-6z", _INK),
        _path("M220 42v8m0 8v6M188 72h8m6 0h16m8 0h10m8 0h14M220 82v8m0 10v12M230 84h10v8h-10z", _INK),
        _path("M250 86v8m8 6v12M232 102h8m6 10h-10m22-28v2", _INK),
        _path("M182 28h82a8 8 0 0 1 8 8v82a8 8 0 0 1-8 8h-82a8 8 0 0 1-8-8V36a8 8 0 0 1 8-8Z", _MARK),
        label=_("A paper bill: the square code is ringed."),
    )


def front_picture() -> rx.Component:
    """A bill whose stub is already torn off and paid: what the cabinet is for."""
    return _drawing(
        "0 0 420 400",
        _path("M26 372C6 250 70 92 210 92s204 158 184 280Z", _TINT),
        _path("M96 24h228v246H96z", _PAPER),
        _words(120, 60, _("Bill"), "words-20"),
        _path("M244 53h56", _FAINT),
        _line("gas", 84, "M166 96h58M276 96h24"),
        _line("water", 120, "M166 132h42M268 132h32"),
        _line("electricity", 156, "M166 168h68M282 168h18"),
        _path("M120 202h180", _FAINT),
        _words(120, 246, format_amount(123456), "words-34"),
        _path(
            "M96 270h228",
            "perforation",
        ),
        rx.el.svg.g(
            _path("M96 288h228v72H96z", _PAPER),
            _path("M124 325l13 13 26-28", "mark dot"),
            _words(182, 331, _("Paid"), "words-21 accent"),
            transform="rotate(-4 210 324)",
        ),
        _path(
            "M362 372v-52m0 0c-22 0-27-24-27-38 22 0 27 20 27 38Zm0 0c0-20 9-31 25-35 0 22-9 35-25 35Z", _INK
        ),
        _path("M24 372h372", _INK),
    )


def _line(kind: str, top: int, strokes: str) -> rx.Component:
    """A charge on the bill: the sign of its kind, a name, a sum."""
    sign = rx.el.svg.g(
        rx.el.svg.circle(cx="12", cy="12", r="17", class_name=f"kind-disc-{kind}"),
        _path(path_of(kind), f"line kind-ink-{kind}"),
        transform=f"translate(124 {top}) scale(0.95)",
    )
    return rx.el.svg.g(sign, _path(strokes, "faint bar"))


def _drawing(view_box: str, *shapes: rx.Component, label: str = "") -> rx.Component:
    # A title, not an aria-label: looking for a field by its label must find the field alone.
    said: dict[str, Any] = {"role": "img"} if label else {"aria_hidden": "true"}
    title = [rx.el.title(label)] if label else []
    return rx.el.svg(
        *title, *shapes, view_box=view_box, class_name="picture", custom_attrs={"focusable": "false"}, **said
    )


def _path(d: str, class_name: str) -> rx.Component:
    return rx.el.svg.path(d=d, class_name=class_name)


def _words(x: int, y: int, text: str, class_name: str) -> rx.Component:
    return rx.el.svg.text(text, x=str(x), y=str(y), class_name=class_name)
