"""Charts: bars with a title that says what they show, and the same as a table behind them.

Only pages that draw a chart import this module: the library is heavy, and loaded after the page.
"""

from dataclasses import dataclass, field
from typing import Any

import reflex as rx

from cabinet.i18n import _

_HEIGHT = "15rem"
_PARTS = ("var(--color-part-one)", "var(--color-part-two)", "var(--color-part-three)")
_SAYS = rx.Var("((value, name, item) => [item?.payload?.words ?? value, ''])", _var_type=object)
_SAYS_BOTH = rx.Var(
    "((value, name, item) => [item?.dataKey === 'before' ? item.payload.before_words : item?.payload?.words, name])",
    _var_type=object,
)
_SAYS_PART = rx.Var(
    "((value, name, item) => [item?.payload?.parts_words?.[Number(/\\d+/.exec(String(item?.dataKey)))], name])",
    _var_type=object,
)
_LOCAL = rx.Var("((value) => value.toLocaleString(document.documentElement.lang))", _var_type=object)


@dataclass
class Point:
    """One bar; the numbers are for its length only, the words are what is read."""

    label: str
    """Under the bar: «окт»."""
    value: float
    words: str
    """«1 234,56 ₽»."""
    full: str = ""
    """The label in full, for the table: «октябрь 2026»."""
    before: float = 0
    """What it is compared with, such as the same month a year ago."""
    before_words: str = ""
    parts: list[float] = field(default_factory=list)
    """What the bar is made of, such as tariff zones, from below."""
    parts_words: list[str] = field(default_factory=list)


@dataclass
class Chart:
    """A chart as a state hands it over."""

    title: str
    name: str
    """What is measured: the head of the table's column."""
    points: list[Point] = field(default_factory=list)
    before_name: str = ""
    """What the second bars are; empty: there are none."""
    parts: list[str] = field(default_factory=list)
    """The names of two or three parts that each bar is made of; none: it is of one piece."""
    label_name: str = ""
    """The head of the table's first column; empty: the month."""


def bar_chart(chart: rx.vars.ObjectVar[Chart], *, color: str = "var(--color-action)") -> rx.Component:
    """Bars by month, in our colours in both themes; arrow keys walk over them; a table stands behind."""
    return rx.el.figure(
        rx.el.figcaption(chart.title, class_name="font-semibold"),
        rx.el.div(
            rx.cond(
                chart.parts.length() > 0,
                rx.cond(chart.parts.length() > 2, _stacks(chart, 3), _stacks(chart, 2)),
                rx.cond(chart.before_name != "", _pairs(chart, color), _bars(chart, color)),
            ),
            class_name="chart",
            custom_attrs={"style": {"height": _HEIGHT}},
        ),
        _table(chart),
        class_name="grid gap-3 min-w-0",
    )


def _bars(chart: rx.vars.ObjectVar[Chart], color: str) -> rx.Component:
    return _chart(chart, _bar("value", chart.name, color), _tooltip(_SAYS))


def _pairs(chart: rx.vars.ObjectVar[Chart], color: str) -> rx.Component:
    return _chart(
        chart,
        _bar("before", chart.before_name, "var(--color-edge)"),
        _bar("value", chart.name, color),
        _tooltip(_SAYS_BOTH),
        rx.recharts.legend(icon_type="square"),
    )


def _stacks(chart: rx.vars.ObjectVar[Chart], count: int) -> rx.Component:
    return _chart(
        chart,
        *[
            _bar(f"parts[{n}]", chart.parts.to(list[str])[n], _PARTS[n], stack_id="parts")
            for n in range(count)
        ],
        _tooltip(_SAYS_PART),
        rx.recharts.legend(icon_type="square"),
    )


def _chart(chart: rx.vars.ObjectVar[Chart], *shapes: rx.Component) -> rx.Component:
    return rx.recharts.bar_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--color-line)"),
        rx.recharts.x_axis(
            data_key="label", tick_line=False, stroke="var(--color-edge)", interval="equidistantPreserveStart"
        ),
        rx.recharts.y_axis(
            tick_line=False,
            axis_line=False,
            width="auto",
            tick_count=4,
            custom_attrs={"tickFormatter": _LOCAL},
        ),
        *shapes,
        data=chart.points.to(list[dict[str, Any]]),
        margin={"top": 8, "right": 4, "left": 0, "bottom": 0},
        bar_gap=2,
        custom_attrs={"accessibilityLayer": True, "title": chart.title},
    )


def _bar(key: str, name: Any, color: str, **props: Any) -> rx.Component:
    looks = {"stroke": "var(--color-card)", "stroke_width": 1} if props else {"radius": [3, 3, 0, 0]}
    return rx.recharts.bar(
        data_key=key, name=name, fill=color, is_animation_active=False, max_bar_size=44, **looks, **props
    )


def _tooltip(says: rx.Var[Any]) -> rx.Component:
    """What the bar under the pointer, or the one that the arrow keys chose, says."""
    return rx.recharts.graphing_tooltip(
        cursor={"fill": "var(--color-tint)"},
        content_style={
            "background": "var(--color-card)",
            "borderColor": "var(--color-edge)",
            "borderRadius": "0.625rem",
        },
        item_style={"color": "var(--color-ink)", "fontVariantNumeric": "tabular-nums"},
        label_style={"color": "var(--color-soft)"},
        separator=" ",
        is_animation_active=False,
        custom_attrs={"formatter": says},
    )


def _table(chart: rx.vars.ObjectVar[Chart]) -> rx.Component:
    head = rx.el.tr(
        rx.el.th(rx.cond(chart.label_name != "", chart.label_name, _("Month")), scope="col"),
        rx.el.th(chart.name, scope="col", class_name="number"),
        rx.cond(
            chart.before_name != "",
            rx.el.th(chart.before_name, scope="col", class_name="number"),
            rx.fragment(),
        ),
        rx.foreach(chart.parts, lambda name: rx.el.th(name, scope="col", class_name="number")),
    )
    table = rx.el.table(
        rx.el.caption(chart.title, class_name="sr-only"),
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(chart.points, lambda point: _row(chart, point))),
        class_name="plain-table",
    )
    return rx.el.details(
        rx.el.summary(_("Show as a table")),
        rx.el.div(table, class_name="plain-table-box"),
        class_name="question split",
    )


def _row(chart: rx.vars.ObjectVar[Chart], point: rx.vars.ObjectVar[Point]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(rx.cond(point.full != "", point.full, point.label), scope="row"),
        rx.el.td(point.words, class_name="number"),
        rx.cond(chart.before_name != "", rx.el.td(point.before_words, class_name="number"), rx.fragment()),
        rx.foreach(point.parts_words, lambda words: rx.el.td(words, class_name="number")),
        key=point.full,
    )
