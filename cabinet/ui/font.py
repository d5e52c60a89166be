"""Golos Text, a typeface drawn for Cyrillic, served by us."""

from typing import Any

import reflex as rx


class GolosText(rx.Component):
    """Draws nothing; brings the styles of the font into the build."""

    library = "react"
    tag = "Fragment"
    lib_dependencies: list[str] = ["@fontsource-variable/golos-text@5.3.0"]

    def add_imports(self) -> dict[str, Any]:
        """The style sheet of the package, which names the font files."""
        return {"": "@fontsource-variable/golos-text/wght.css"}
