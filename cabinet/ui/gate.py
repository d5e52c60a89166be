"""The gate: every event of every page passes here, and is refused unless it may pass.

Who acts is told by the session cookie alone, looked up on every event, so a session that
was ended is refused at its next event, in open tabs too.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar, get_type_hints
from urllib.parse import quote

import reflex as rx
from pydantic import TypeAdapter, ValidationError
from reflex.app import App
from reflex.event import Event
from reflex.state import BaseState, OnLoadInternalState, State, StateUpdate, UpdateVarsInternalState

from cabinet.i18n import locale_of_path, set_locale
from cabinet.residents import service as residents
from cabinet.residents.cookie import token_in
from cabinet.residents.person import Person
from cabinet.ui import routes

Handler = TypeVar("Handler", bound=Callable[..., Any])

FRAMEWORK = frozenset(
    f"{state.get_full_name()}.{handler}"
    for state, handlers in (
        (State, ("hydrate_and_load", "hydrate", "set_is_hydrated")),
        (OnLoadInternalState, ("on_load_internal", "set_is_hydrated")),
        (UpdateVarsInternalState, ("update_vars_internal",)),
    )
    for handler in handlers
)
"""The framework's own events that a page needs to live. `setvar` is never among them."""

_person: ContextVar[Person | None] = ContextVar("person", default=None)


class SignedOut(Exception):
    """A handler asked who is signed in, and nobody is."""


def open_to_all(handler: Handler) -> Handler:
    """Mark a handler that guests may call; put it under `@rx.event`."""
    handler.open_to_all = True  # type: ignore[attr-defined]
    return handler


def visitor() -> Person | None:
    """Who sent the event that is being handled: a signed-in person, or None for a guest."""
    return _person.get()


def person() -> Person:
    """The signed-in person behind the event that is being handled. Raises SignedOut."""
    found = _person.get()
    if found is None:
        raise SignedOut
    return found


class Gate(rx.Middleware):
    """Finds out who acts, in which language, and whether the event may pass. Denies by default."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Let the event pass (None), or answer it with the way to sign in."""
        path = state.router.url.path
        set_locale(locale_of_path(path))
        _person.set(await _person_behind(state))
        if event.name in FRAMEWORK:
            return None
        if not (visitor() or _is_open(event)):
            return _refusal(path)
        return None if _fits(event) else StateUpdate()


async def _person_behind(state: BaseState) -> Person | None:
    token = token_in(state.router.headers.cookie)
    return await residents.person_behind(token) if token else None


def _is_open(event: Event) -> bool:
    """Whether the handler is marked as open; an unknown one is not."""
    handler = event.state_cls.event_handlers.get(event.name.rpartition(".")[2])
    return bool(handler and getattr(handler.fn, "open_to_all", False))


def _fits(event: Event) -> bool:
    """Whether the arguments are of the types that the handler names; Reflex itself does not look."""
    handler = event.state_cls.event_handlers.get(event.name.rpartition(".")[2])
    if handler is None or not hasattr(handler.fn, "__annotations__"):
        return False
    types = {
        name: kind for name, kind in get_type_hints(handler.fn).items() if name not in ("self", "return")
    }
    try:
        return all(_is_a(types[name], value) for name, value in event.payload.items())
    except KeyError:
        return False


def _is_a(kind: Any, value: Any) -> bool:
    try:
        TypeAdapter(kind).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _refusal(path: str) -> StateUpdate:
    """The way to sign in and back; nothing if one is on that page already, else it would turn in circles."""
    login = routes.localized(routes.SIGN_IN)
    if path.rstrip("/") == login:
        return StateUpdate()
    way = f"{login}?next={quote(path)}" if path else login
    return StateUpdate(events=Event.from_event_type(rx.redirect(way)))
