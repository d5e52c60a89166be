"""The gate: every event of every page passes here, and is refused unless it may pass.

Who acts is told by the session cookie alone, looked up on every event, so a session that
was ended is refused at its next event, in open tabs too. What a tab holds of an account is thrown
away at the first event after the access to it ended or shrank; open pages send one every few seconds.
"""

import inspect
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from secrets import token_hex
from typing import Any, TypeVar, get_type_hints
from urllib.parse import quote

import reflex as rx
from pydantic import TypeAdapter, ValidationError
from reflex.app import App
from reflex.event import Event
from reflex.state import BaseState, OnLoadInternalState, State, StateUpdate, UpdateVarsInternalState
from reflex_base.event.context import EventContext

from cabinet.accounts.models import LinkLevel, LinkRole
from cabinet.accounts.rights import Right, has_right
from cabinet.i18n import locale_of_path, set_locale
from cabinet.residents import service as residents
from cabinet.residents.cookie import token_in
from cabinet.residents.person import Person
from cabinet.ui import routes
from cabinet.watching.context import who
from cabinet.watching.events import watch_event

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

_OWN_PATH = re.compile(r"/(?![/\\])")
_OURS = __name__.partition(".")[0]
"""Handlers of other packages, which Reflex adds to every state, are nobody's to call."""

_person: ContextVar[Person | None] = ContextVar("person", default=None)
_cookie: ContextVar[str] = ContextVar("cookie", default="")


class OwnerState(rx.State):
    """Whose data the other states of this tab hold: the id of a person, or nothing for a guest."""

    _person_id: str = ""
    _rights: frozenset[str] = frozenset()
    """What the person could do with which accounts when the last event came."""

    @rx.var(backend=True, deps=["is_hydrated"])
    def _comes_along(self) -> bool:
        """Makes the framework fetch this state from Redis together with any other, instead of on its own."""
        return True


class AccessState(rx.State):
    """Tells an open page that it shows what the person may not see any more."""

    loss: rx.Field[str] = rx.field("")
    """Names the last loss: when it changes, the page loads itself anew (assets/ui.js)."""

    @rx.event
    def look(self) -> None:
        """Sent by open pages every few seconds. The gate has done the work."""


class SignedOut(Exception):
    """A handler asked who is signed in, and nobody is."""

    is_expected = True
    """Counted as a refusal, not as a fault."""


def open_to_all(handler: Handler) -> Handler:
    """Mark a handler that guests may call; put it under `@rx.event`."""
    handler.open_to_all = True  # pyright: ignore[reportFunctionMemberAccess]
    return handler


def open_to_enrolling(handler: Handler) -> Handler:
    """Mark a handler for staff who may do nothing yet but add a second factor; put it under `@rx.event`."""
    handler.open_to_enrolling = True  # pyright: ignore[reportFunctionMemberAccess]
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


async def look_again() -> None:
    """For handlers that run long: whether the session still lives. Raises SignedOut if it has ended."""
    found = await _person_with(_cookie.get())
    if found is None or found.id != person().id:
        raise SignedOut


class Gate(rx.Middleware):
    """Finds out who acts, in which language, and whether the event may pass. Denies by default."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Let the event pass (None), or answer it with the way to sign in."""
        watched = watch_event(_id_of_event(), event.name, is_timed=not _is_background(event))
        answer = await self._decide(state, event)
        watched.is_refused = answer is not None
        return answer

    async def _decide(self, state: BaseState, event: Event) -> StateUpdate | None:
        # Plain dictionaries: `state.router` builds five objects each time, on every event.
        set_locale(locale_of_path(str(state.router_data.get("asPath", ""))))
        _cookie.set(str(state.router_data.get("headers", {}).get("cookie", "")))
        found = await _person_with(_cookie.get(), touches=event.name != LOOK)
        _person.set(found)
        who.set(found.id if found else None)
        await _forget_others(state)
        await _forget_what_ended(state, loads=event.name in FRAMEWORK)
        if event.name in FRAMEWORK:
            return None
        door = _door(event)
        if door is None:
            return StateUpdate()
        if found and found.must_enrol and not door.is_for_enrolling:
            return None if door.is_open else _to_enrolment(state)
        if not (found or door.is_open):
            return _refusal(state)
        return None if door.fits(event.payload) else StateUpdate()


LOOK = f"{AccessState.get_full_name()}.look"


def _id_of_event() -> str:
    """The framework's own id; the same when the failure of the event is told."""
    return EventContext.get().txid


def _is_background(event: Event) -> bool:
    handler = event.state_cls.event_handlers.get(event.name.rpartition(".")[2])
    return handler is not None and handler.is_background


async def _person_with(cookie: str, *, touches: bool = True) -> Person | None:
    token = token_in(cookie)
    return await residents.person_behind(token, touches=touches) if token else None


async def _forget_others(state: BaseState) -> None:
    """Empty the states when another person comes, or nobody: a client token alone must not show their data."""
    owner = await state.get_state(OwnerState)
    before = owner._person_id  # pyright: ignore[reportPrivateUsage] # the underscore keeps it from the browser
    comes = str(found.id) if (found := visitor()) else ""
    if before == comes:
        return
    if before:
        for kind in State.get_substates():
            (await state.get_state(kind)).reset()
    owner._person_id = comes  # pyright: ignore[reportPrivateUsage]


async def _forget_what_ended(state: BaseState, *, loads: bool) -> None:
    """Empty the states when an access ended or shrank since the last event of this tab.

    The page is told to load itself anew, unless this event `loads` it anyway.
    """
    owner = await state.get_state(OwnerState)
    before, comes = owner._rights, _rights_of(visitor())  # pyright: ignore[reportPrivateUsage]
    if before == comes:
        return
    owner._rights = comes  # pyright: ignore[reportPrivateUsage]
    if before <= comes:
        return
    for kind in State.get_substates():
        if kind.get_full_name() not in _KEPT:
            (await state.get_state(kind)).reset()
    if not loads:
        (await state.get_state(AccessState)).loss = token_hex(4)


_KEPT = frozenset(kind.get_full_name() for kind in (OwnerState, AccessState))


def _rights_of(who: Person | None) -> frozenset[str]:
    """`<link> <right>` for everything that the person may do with accounts."""
    return frozenset(right for link in (who.links if who else ()) for right in _rights_by(link))


@lru_cache(maxsize=10_000)
def _rights_by(link: str) -> frozenset[str]:
    ident, role, level = link.split()
    rights = [right for right in Right if has_right(right, role=LinkRole(role), level=LinkLevel(level))]
    return frozenset(f"{ident} {right}" for right in rights)


@dataclass(frozen=True)
class _Door:
    """What a handler asks of the events that call it."""

    is_open: bool
    is_for_enrolling: bool
    kinds: dict[str, TypeAdapter[Any]]
    required: frozenset[str]

    def fits(self, payload: Any) -> bool:
        """Whether the arguments are those that the handler names, of its types; Reflex itself does not look."""
        if not isinstance(payload, dict) or not self.required <= payload.keys() <= self.kinds.keys():
            return False
        return all(_is_a(self.kinds[name], value) for name, value in payload.items())


def _door(event: Event) -> _Door | None:
    """The door of a handler of ours; none for what Reflex adds to every state, such as `setvar`."""
    handler = event.state_cls.event_handlers.get(event.name.rpartition(".")[2])
    return _door_of(handler.fn) if handler else None


@cache
def _door_of(handler: Callable[..., Any]) -> _Door | None:
    if not getattr(handler, "__module__", "").startswith(f"{_OURS}."):
        return None
    hints = get_type_hints(handler)
    named = list(inspect.signature(handler).parameters.values())[1:]
    return _Door(
        is_open=getattr(handler, "open_to_all", False),
        is_for_enrolling=getattr(handler, "open_to_enrolling", False),
        kinds={one.name: TypeAdapter(hints[one.name]) for one in named},
        required=frozenset(one.name for one in named if one.default is one.empty),
    )


def _is_a(kind: TypeAdapter[Any], value: Any) -> bool:
    try:
        kind.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _to_enrolment(state: BaseState) -> StateUpdate:
    """The way to the page where a second factor is added, and back; nothing if one is on it already."""
    url = state.router.url
    if url.path.rstrip("/") == routes.localized(routes.SECURITY):
        return StateUpdate()
    wanted = f"{url.path}?{url.query}" if url.query else url.path
    way = routes.enrolment(wanted if _OWN_PATH.match(wanted) else routes.localized(routes.CABINET))
    return StateUpdate(events=Event.from_event_type(rx.redirect(way)))


def _refusal(state: BaseState) -> StateUpdate:
    """The way to sign in and back; nothing if one is on that page already, else it would turn in circles."""
    login, url = routes.localized(routes.SIGN_IN), state.router.url
    if url.path.rstrip("/") == login:
        return StateUpdate()
    wanted = f"{url.path}?{url.query}" if url.query else url.path
    way = f"{login}?next={quote(wanted)}" if _OWN_PATH.match(wanted) else login
    return StateUpdate(events=Event.from_event_type(rx.redirect(way)))
