"""The scanner: what the script in assets/scanner brings to life."""

from typing import Any

import reflex as rx
from reflex.components.tags import CommonTag
from reflex.utils.imports import ImportDict

from cabinet.i18n import _
from cabinet.ui.buttons import primary_button, quiet_button
from cabinet.ui.icons import icon
from cabinet.ui.pictures import code_picture
from cabinet.ui.surfaces import card

DECODER = "qr@0.7.0"


class ScannerScript(rx.Component):
    """Draws nothing; loads the scanner's script with this page, and puts the camera to rest when it is left."""

    tag = "Fragment"
    library = "react"
    lib_dependencies: list[str] = [DECODER]

    def add_imports(self) -> ImportDict:
        """React's effect hook."""
        return {"react": [rx.ImportVar(tag="useEffect"), rx.ImportVar(tag="Fragment")]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        """The script is imported when the page is there; one that arrives too late does nothing."""
        return [
            'useEffect(() => { let gone = false, rest = () => {}; import("$/public/scanner/scanner.js")'
            '.then(({ live }) => { if (!gone) rest = live(document.querySelector("[data-scanner]")); })'
            '.catch(() => { const box = document.querySelector("[data-scanner]"); if (!gone && box)'
            ' box.querySelector("[data-scan=status]").textContent = box.dataset.failed; });'
            " return () => { gone = true; rest(); }; }, [])"
        ]

    def _render(self, props: dict[str, Any] | None = None) -> CommonTag:
        return super()._render(props)


def scanner(on_read: Any) -> rx.Component:
    """Camera and picture; `on_read` gets a form whose `code` is the bytes of a code in base64."""
    return rx.el.div(
        card(
            rx.el.div(
                code_picture(),
                rx.el.p(_("Point the camera at the square code on the bill, or choose a picture of it.")),
                class_name="scanner-rest",
            ),
            _view(),
            rx.el.p(role="status", class_name="scanner-status", custom_attrs={"data-scan": "status"}),
            _buttons(),
            rx.el.p(
                _("You can also drag a picture here or paste it from the clipboard."),
                class_name="help scanner-mouse",
            ),
            class_name="grid gap-4",
        ),
        _hidden_form(on_read),
        ScannerScript.create(),
        custom_attrs={"data-scanner": "true", **_words()},
        class_name="scanner",
    )


def _view() -> rx.Component:
    video = rx.el.video(
        plays_inline=True,
        muted=True,
        aria_label=_("Picture of the camera"),
        custom_attrs={"data-scan": "video"},
    )
    return rx.el.div(
        video,
        rx.el.div(class_name="scanner-frame", aria_hidden="true"),
        hidden=True,
        class_name="scanner-view",
        custom_attrs={"data-scan": "view"},
    )


def _buttons() -> rx.Component:
    return rx.el.div(
        primary_button(icon("camera"), _("Turn on the camera"), disabled=True, **_part("start")),
        quiet_button(icon("cross"), _("Turn off the camera"), hidden=True, **_part("stop")),
        quiet_button(icon("light"), _("Torch"), hidden=True, aria_pressed=False, **_part("light")),
        quiet_button(icon("picture"), _("Choose a picture"), disabled=True, **_part("choose")),
        rx.el.input(
            type="file",
            accept="image/*",
            hidden=True,
            aria_label=_("Picture of the bill"),
            **_part("file"),
        ),
        class_name="button-row",
    )


def _hidden_form(on_read: Any) -> rx.Component:
    return rx.el.form(
        rx.el.input(type="hidden", name="code"),
        on_submit=on_read,
        hidden=True,
        custom_attrs={"data-scan": "form"},
    )


def _part(name: str) -> dict[str, Any]:
    return {"custom_attrs": {"data-scan": name}}


def _words() -> dict[str, str]:
    """What the script says, by the name that it knows."""
    return {
        "data-starting": _("Turning on the camera. Allow it if the browser asks."),
        "data-aim": _("Hold the bill so that the square code fills the frame."),
        "data-closer": _("Not read yet. Come closer, hold still, and mind the light: no glare, no shadow."),
        "data-paused": _("The camera is off. Turn it on again when you are ready."),
        "data-searching": _("Looking for the code…"),
        "data-found": _("The code is read."),
        "data-none": _(
            "No square code was found in the picture. Take it from nearer: the code should fill half of the picture."
        ),
        "data-blurred": _(
            "The code can be seen, but not read. Take the picture again: nearer, sharper, without glare and folds."
        ),
        "data-unreadable": _("This file could not be opened as a picture. Choose a photo in JPEG or PNG."),
        "data-denied": _(
            "The browser did not allow the camera. Allow it in the settings of this site, or choose a picture."
        ),
        "data-absent": _("No camera was found. Choose a picture of the code."),
        "data-busy": _("The camera is busy or was turned off. Close other apps that use it and try again."),
        "data-failed": _(
            "The scanner did not work. Check the connection and try again, or choose a picture."
        ),
    }
