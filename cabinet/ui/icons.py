"""Our own signs: 24 by 24, one line weight, in the colour of the text around them."""

import reflex as rx

_PATHS = {
    "house": "M4 11.2 12 4l8 7.2M6 9.6V20h12V9.6M10 20v-5.5h4V20",
    "wallet": "M4 7.5h14.5A1.5 1.5 0 0 1 20 9v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18V7.5Zm0 0A2.5 2.5 0 0 1 6.5 5H17v2.5M16 13.5h.01",
    "history": "M12 7.5V12l3 2M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.7M4.5 4.5v4.2h4.2",
    "settings": "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
    "help": "M9.3 9.2a2.8 2.8 0 1 1 4 2.6c-.9.4-1.3 1-1.3 2M12 17h.01M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z",
    "more": "M5.5 12h.01M12 12h.01M18.5 12h.01",
    "leave": "M14 4.5H6.5A1.5 1.5 0 0 0 5 6v12a1.5 1.5 0 0 0 1.5 1.5H14M10.5 12H20M16.5 8.5 20 12l-3.5 3.5",
    "globe": "M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0ZM4.3 10h15.4M4.3 14h15.4M12 4c2.2 2.2 3.2 5 3.2 8s-1 5.8-3.2 8c-2.2-2.2-3.2-5-3.2-8s1-5.8 3.2-8Z",
    "eye": "M2.8 12S6 5.8 12 5.8 21.2 12 21.2 12 18 18.2 12 18.2 2.8 12 2.8 12ZM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z",
    "eye-off": "M4 4l16 16M9.9 6.1a8.6 8.6 0 0 1 2.1-.3c6 0 9.2 6.2 9.2 6.2a16 16 0 0 1-2.7 3.5M6.5 7.6A15.4 15.4 0 0 0 2.8 12S6 18.2 12 18.2a8.5 8.5 0 0 0 4.3-1.2M9.9 10.2a2.8 2.8 0 0 0 3.9 3.9",
    "check": "M5 12.8 9.8 17.5 19 7.5",
    "cross": "M6.5 6.5l11 11M17.5 6.5l-11 11",
    "clock": "M12 7.5V12l3 2M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z",
    "alert": "M12 8.5v4.5M12 16.5h.01M12 3.8 21.2 19.5H2.8L12 3.8Z",
    "info": "M12 11v5.5M12 7.7h.01M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0Z",
    "plus": "M12 5v14M5 12h14",
    "pencil": "M4.5 19.5l.8-3.8L16 5a2 2 0 0 1 3 3L8.3 18.7l-3.8.8ZM14.5 6.5l3 3",
    "trash": "M5 7h14M9.5 7V4.8h5V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
    "arrow": "M5 12h14M13 6l6 6-6 6",
    "back": "M19 12H5M11 6l-6 6 6 6",
    "down": "M6 9.5l6 6 6-6",
    "letter": "M4 6.5h16v11.5H4V6.5Zm0 .5 8 6.5L20 7",
    "phone": "M7.5 4.5h-2A1.5 1.5 0 0 0 4 6.2 15 15 0 0 0 17.8 20a1.5 1.5 0 0 0 1.7-1.5v-2.2l-4-1.6-1.7 1.9a12 12 0 0 1-5.9-5.9l1.9-1.7-1.6-4Z",
    "person": "M12 11.5a3.7 3.7 0 1 0 0-7.5 3.7 3.7 0 0 0 0 7.5ZM4.8 20a7.2 7.2 0 0 1 14.4 0",
    "lock": "M6 10.5h12V20H6v-9.5Zm2.5 0V8a3.5 3.5 0 0 1 7 0v2.5M12 14.5v2",
    "print": "M7 9V4.5h10V9M7 17H4.5V9h15v8H17M7 14.5h10v5H7v-5Z",
    "download": "M12 4.5v10.5M7.5 11l4.5 4.5L16.5 11M5 19.5h14",
    "card": "M3.5 6.5h17v11.5h-17V6.5ZM3.5 10.5h17M7 14.8h3",
    "meter": "M20 12.5a8 8 0 1 1-16 0 8 8 0 0 1 16 0ZM12 12.5l3.5-3.5M7.5 12.5h.01M12 8v.01M16.5 12.5h.01M8.5 20.5h7",
    "bill": "M6 3.8h12v16.7l-2-1.3-2 1.3-2-1.3-2 1.3-2-1.3-2 1.3V3.8ZM9 8h6M9 11.5h6M9 15h3",
    "calendar": "M4.5 6h15v14h-15V6Zm0 4.5h15M8.5 3.5V8M15.5 3.5V8M8.5 14h.01M12 14h.01M15.5 14h.01M8.5 17h.01M12 17h.01",
    "copy": "M9 8.5h10.5V20H9V8.5ZM5.5 15.5h-1V4H15v1.5",
    "key": "M14.5 13.5a5 5 0 1 0-4-4L4 16v4h4v-2.5h2.5V15l1.5-1.5M15.5 8.5h.01",
    "link": "M10 14a3.8 3.8 0 0 0 5.5.3l3-3a3.8 3.8 0 0 0-5.4-5.4l-1.3 1.3M14 10a3.8 3.8 0 0 0-5.5-.3l-3 3a3.8 3.8 0 0 0 5.4 5.4l1.3-1.3",
    "offline": "M3.5 9.5a13 13 0 0 1 4.3-2.6M20.5 9.5a13 13 0 0 0-7.8-3.4M6.5 13a8.5 8.5 0 0 1 3.6-2M17.5 13a8.6 8.6 0 0 0-2-1.3M9.8 16.2a3.5 3.5 0 0 1 4.4 0M12 19.5h.01M4 4l16 16",
    "camera": "M4 8h3.2l1.5-2.5h6.6L16.8 8H20v11H4V8Zm8 8.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Z",
    "picture": "M4.5 5h15v14h-15V5Zm0 11 4.2-4.2 3.3 3.3 2.8-2.8 4.7 4.7M14.5 9h.01",
    "light": "M9 18h6M10 21h4M12 3a6 6 0 0 0-3.6 10.8c.7.6 1.1 1.2 1.1 2.2h5c0-1 .4-1.6 1.1-2.2A6 6 0 0 0 12 3Z",
    "scan": "M4 8.5V5.5A1.5 1.5 0 0 1 5.5 4h3M15.5 4h3A1.5 1.5 0 0 1 20 5.5v3M20 15.5v3a1.5 1.5 0 0 1-1.5 1.5h-3M8.5 20h-3A1.5 1.5 0 0 1 4 18.5v-3M8 8h3v3H8V8Zm5 0h3v3h-3V8Zm-5 5h3v3H8v-3Zm5 0h.01M16 13h.01M13 16h3",
    "gas": "M12 3.5c.8 3.3 5.5 5.3 5.5 10.2a5.5 5.5 0 0 1-11 0c0-2.1 1-3.6 2.2-4.9.2 1.6.8 2.4 1.8 2.9C10.2 8.7 10.6 5.7 12 3.5ZM12 19.2a2.4 2.4 0 0 0 2.3-2.5c0-1.5-1.4-2.2-2.3-3.5-.9 1.3-2.3 2-2.3 3.5a2.4 2.4 0 0 0 2.3 2.5Z",
    "water": "M12 3.5c3 3.9 6 7.2 6 10.7a6 6 0 0 1-12 0c0-3.5 3-6.8 6-10.7ZM9 14.5a3 3 0 0 0 2.5 2.9",
    "electricity": "M13.2 3 5.5 13.8h5.3L9.8 21l8-11.2h-5.5L13.2 3Z",
    "heat": "M4.5 19.5h15M6 16.5v-7a1.5 1.5 0 0 1 3 0v7M10.5 16.5v-7a1.5 1.5 0 0 1 3 0v7M15 16.5v-7a1.5 1.5 0 0 1 3 0v7M7.5 5.5c.8-.7.8-1.3 0-2M12 5.5c.8-.7.8-1.3 0-2M16.5 5.5c.8-.7.8-1.3 0-2",
    "housing": "M5 20.5v-16h9v16M14 9.5h5v11M3.5 20.5h17M8 8h3M8 11.5h3M8 15h3M16.5 13h.01M16.5 16.5h.01",
}

KINDS = ("gas", "water", "electricity", "heat", "housing")


def path_of(name: str) -> str:
    """The line of a sign, for a drawing that uses it."""
    return _PATHS[name]


def icon(name: str, class_name: str = "icon") -> rx.Component:
    """A drawing that says nothing to a screen reader: words stand beside it."""
    return rx.el.svg(
        rx.el.path(d=_PATHS[name]),
        view_box="0 0 24 24",
        class_name=f"{class_name} line-heavy" if name == "more" else f"{class_name} line",
        aria_hidden="true",
        custom_attrs={"focusable": "false"},
    )


def kind_icon(kind: str | rx.Var[str]) -> rx.Component:
    """The sign of a provider's kind (`gas`, `water`, …) on its tint; the kind may be a var."""
    if isinstance(kind, str):
        return rx.el.span(icon(kind), class_name=f"kind kind-{kind}")
    choices = [(name, icon(name)) for name in KINDS]
    return rx.el.span(rx.match(kind, *choices, icon("bill")), class_name=f"kind kind-{kind}")


def provider_sign(kind: str | rx.Var[str], logo: str | rx.Var[str], name: str | rx.Var[str]) -> rx.Component:
    """The provider's logo, and the sign of its kind where there is none (`logo` is empty)."""
    picture = rx.el.img(src=logo, alt=name, class_name="kind logo", loading="lazy")
    return rx.cond(logo != "", picture, kind_icon(kind))
