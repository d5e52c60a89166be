"""The app: pages, middleware, mounted HTTP routes; nothing else."""

import reflex as rx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cabinet.http.guard import Guard
from cabinet.launcher.worker import watch_parent

_SET_LANGUAGE = "document.documentElement.lang=/^\\/en(\\/|$)/.test(location.pathname)?'en':'ru'"


class CounterState(rx.State):
    """Proves that the socket answers."""

    count: int = 0

    @rx.event
    def increase(self) -> None:
        """Count one more."""
        self.count += 1


def index() -> rx.Component:
    """A page that counts."""
    return rx.el.main(
        rx.el.h1("Cabinet", class_name="text-3xl"),
        rx.el.button(CounterState.count, on_click=CounterState.increase, class_name="btn btn-primary"),
    )


async def health(_request: Request) -> PlainTextResponse:
    """Whether the process answers."""
    return PlainTextResponse("ok")


routes = Starlette(routes=[Route("/health", health)])
app = rx.App(
    html_lang="ru",
    stylesheets=["/theme.css"],
    head_components=[rx.el.script(_SET_LANGUAGE)],
    api_transformer=[routes, Guard],
)
app.register_lifespan_task(watch_parent)
app.add_page(index, route="/", title="Личный кабинет")
app.add_page(index, route="/en", title="Cabinet")
