"""What Reflex weighs and takes by itself: a heading, a button, and one value loaded on the way in."""

from typing import Any

import reflex as rx


class ValueState(rx.State):
    """One value, set on load and again by the button."""

    value: str = ""

    @rx.event
    def load(self) -> None:
        """Set the value."""
        self.value = "HYDRATED"


def page() -> rx.Component:
    """The only page."""
    return rx.el.main(
        rx.el.h1("Blank"), rx.el.p(ValueState.value), rx.el.button("Again", on_click=ValueState.load)
    )


def keeping_assets(app: Any) -> Any:
    """Let browsers keep the built files, as Cabinet does: caching is not what is compared.

    A proxy's question whether it is ready is answered, too, by Reflex's own `/ping`.
    """

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def send_kept(message: Any) -> None:
            if message["type"] == "http.response.start" and scope["path"].startswith("/assets/"):
                kept = (b"cache-control", b"public, max-age=31536000, immutable")
                message = {**message, "headers": [*message["headers"], kept]}
            await send(message)

        if scope.get("path") == "/readyz":
            scope = {**scope, "path": "/ping", "raw_path": b"/ping"}
        await app(scope, receive, send_kept if scope["type"] == "http" else send)

    return wrapped


app = rx.App(api_transformer=keeping_assets)
app.add_page(page, route="/", title="Blank", on_load=ValueState.load)
