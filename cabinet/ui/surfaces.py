"""What pages are laid out on: cards, sections with a hint, notices, states in a word, empty places."""

from typing import Any, Literal

import reflex as rx

from cabinet.ui.icons import icon

Mood = Literal["plain", "due", "fine", "failed"]

_SIGNS: dict[Mood, str] = {"plain": "info", "due": "clock", "fine": "check", "failed": "alert"}


def card(*children: Any, class_name: str = "", **props: Any) -> rx.Component:
    """White paper with a thin line around it."""
    return rx.el.div(*children, class_name=f"card {class_name}".strip(), **props)


def tear_line() -> rx.Component:
    """The perforation of a bill, between what it says and what to do about it."""
    return rx.el.div(class_name="tear", aria_hidden="true")


def section(
    title: str, *children: Any, hint: rx.Component | None = None, action: rx.Component | None = None
) -> rx.Component:
    """A titled part of a page with its «?», and an action at the right of the title."""
    heading = rx.el.div(rx.el.h2(title), *([hint] if hint else []), class_name="flex items-center gap-1")
    head = rx.el.div(
        heading,
        *([action] if action else []),
        class_name="flex flex-wrap items-center justify-between gap-x-4",
    )
    return rx.el.section(head, *children, class_name="grid gap-4", aria_label=title)


def notice(
    *children: Any, mood: Mood = "plain", sign: str = "", announce: bool = False, **props: Any
) -> rx.Component:
    """A sentence or two that must be seen; `announce` reads it aloud when it appears."""
    spoken = {"role": "alert" if mood == "failed" else "status"} if announce else {}
    words = rx.el.div(*children, class_name="grid gap-1 min-w-0")
    return rx.el.div(
        icon(sign or _SIGNS[mood]), words, class_name=f"notice {_mood('notice', mood)}", **spoken, **props
    )


def status(text: str | rx.Var[str], mood: Mood = "plain") -> rx.Component:
    """A state in a word or two, with its sign: «Оплачено»."""
    return rx.el.span(
        icon(_SIGNS[mood], class_name="w-[1.1em] h-[1.1em] flex-none"),
        text,
        class_name=f"status {_mood('status', mood)}",
    )


def facts(*pairs: tuple[Any, Any]) -> rx.Component:
    """Names and values below each other: payee, ИНН, commission."""
    return rx.el.dl(
        *[rx.el.div(rx.el.dt(name), rx.el.dd(value)) for name, value in pairs], class_name="facts"
    )


def empty(picture: rx.Component, title: str, text: str, *actions: Any) -> rx.Component:
    """Nothing here yet: a drawing, what will stand here, and one invitation."""
    words = rx.el.div(rx.el.h2(title), rx.el.p(text), class_name="grid gap-2 justify-items-center")
    return rx.el.div(picture, words, *actions, class_name="empty")


def question(title: str, *answer: Any) -> rx.Component:
    """A question whose answer opens below it."""
    return rx.el.details(rx.el.summary(title), rx.el.div(*answer), class_name="question")


def _mood(base: str, mood: Mood) -> str:
    return "" if mood == "plain" else f"{base}-{mood}"
