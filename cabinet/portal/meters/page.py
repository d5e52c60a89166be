"""«История показаний»: what the meters of an account showed over the years, and what was used."""

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.cabinet.components import no_such_account
from cabinet.portal.meters.state import LineCard, MetersState, OldMeter, ReadingRow, View
from cabinet.ui import routes
from cabinet.ui.buttons import button_row, primary_link, quiet_link
from cabinet.ui.charts import bar_chart
from cabinet.ui.hint import hint
from cabinet.ui.icons import icon, kind_icon
from cabinet.ui.layout import cabinet_page, title_of
from cabinet.ui.links import link
from cabinet.ui.pictures import nothing_found_picture
from cabinet.ui.skeleton import account_card_skeleton, skeleton
from cabinet.ui.surfaces import card, empty, notice, status, tear_line


def title() -> str:
    """What stands in the browser's tab."""
    return title_of(_("History of readings"))


def page() -> rx.Component:
    """One card for each meter: what was used above, the readings below."""
    about = _(
        "What your meters showed month by month, who gave each reading, what became of it, and how much you used."
    )
    return cabinet_page(
        _("History of readings"),
        rx.cond(
            MetersState.address == rx.State.router.url.path,
            rx.cond(MetersState.found, _history(), no_such_account()),
            skeleton(account_card_skeleton()),
        ),
        place=routes.READINGS,
        hint=hint(about, about=_("History of readings")),
    )


def _history() -> rx.Component:
    return rx.el.div(
        _account(),
        rx.cond(MetersState.prove != "", _own_only(), rx.fragment()),
        rx.cond(MetersState.lines.length() > 0, _lines(), _no_meters()),
        class_name="grid gap-5",
    )


def _account() -> rx.Component:
    return rx.el.p(
        link(MetersState.title, to=MetersState.page, class_name="link font-semibold"),
        rx.el.span(" · ", class_name="text-soft", aria_hidden="true"),
        rx.el.span(
            _("No."),
            "\u00a0",
            rx.el.span(MetersState.number, class_name="figures whitespace-nowrap"),
            class_name="text-soft",
        ),
        class_name="-mt-4",
    )


def _own_only() -> rx.Component:
    return notice(
        rx.el.p(_("Only the readings that you sent yourself are shown. Prove the account to see them all.")),
        rx.el.div(quiet_link(_("Prove the account"), to=MetersState.prove), class_name="mt-2 no-print"),
        sign="lock",
    )


def _lines() -> rx.Component:
    return rx.fragment(
        rx.el.nav(
            rx.foreach(MetersState.views, _view),
            class_name="flex flex-wrap gap-2 no-print",
            aria_label=_("What the charts show"),
        ),
        rx.el.ul(rx.foreach(MetersState.lines, _line), class_name="grid gap-5 grid-cols-1"),
        _ways(),
    )


def _view(view: rx.vars.ObjectVar[View]) -> rx.Component:
    chosen = rx.cond(view.is_chosen, "true", "false")
    return link(view.name, to=view.page, class_name="chip", aria_current=chosen, key=view.name)


def _line(line: rx.vars.ObjectVar[LineCard]) -> rx.Component:
    return rx.el.li(
        card(
            _head(line),
            rx.foreach(
                line.charts, lambda chart: rx.el.div(bar_chart(chart), class_name="mt-5", key=chart.title)
            ),
            tear_line(),
            rx.cond(line.rows.length() > 0, _table(line), _no_readings()),
            rx.cond(line.old.length() > 0, _old(line), rx.fragment()),
            class_name="min-w-0",
        ),
        key=line.id,
        class_name="min-w-0",
    )


def _head(line: rx.vars.ObjectVar[LineCard]) -> rx.Component:
    quiet = rx.el.p(line.verification, class_name="small text-soft")
    return rx.el.div(
        rx.el.div(
            kind_icon(line.sign),
            rx.el.div(
                rx.el.h2(line.service),
                rx.el.p(
                    _("meter No."),
                    "\u00a0",
                    rx.el.span(line.serial, class_name="figures whitespace-nowrap"),
                    class_name="text-soft",
                ),
                rx.cond(line.about != "", rx.el.p(line.about, class_name="small text-soft"), rx.fragment()),
                rx.cond((line.tone == "plain") & (line.verification != ""), quiet, rx.fragment()),
                class_name="min-w-0",
            ),
            class_name="flex gap-4 items-start",
        ),
        rx.match(
            line.tone,
            ("due", notice(line.verification, mood="due")),
            ("failed", notice(line.verification, mood="failed")),
            rx.fragment(),
        ),
        class_name="grid gap-4",
    )


def _table(line: rx.vars.ObjectVar[LineCard]) -> rx.Component:
    heads = rx.el.tr(
        rx.el.th(_("Month"), scope="col"),
        rx.el.th(_("Read on"), scope="col"),
        rx.el.th(_("Reading"), scope="col", class_name="number"),
        rx.el.th(_("Used"), scope="col", class_name="number"),
        rx.el.th(_("State"), scope="col"),
    )
    return rx.el.table(
        rx.el.caption(_("Readings"), ": ", line.service, class_name="sr-only"),
        rx.el.thead(heads),
        rx.el.tbody(rx.foreach(line.rows, _row)),
        class_name="table history-table",
    )


def _row(row: rx.vars.ObjectVar[ReadingRow]) -> rx.Component:
    month = rx.el.span(row.month, class_name=rx.cond(row.is_first, "first-capital", "sr-only"))
    return rx.el.tr(
        rx.el.th(
            month,
            rx.cond(
                row.zone != "",
                rx.el.span(row.zone, class_name="history-zone"),
                rx.fragment(),
            ),
            _note(row.meter),
            scope="row",
        ),
        rx.el.td(row.given, class_name="history-given"),
        rx.el.td(row.value, class_name="number history-value"),
        rx.el.td(row.used, class_name="number history-used", custom_attrs={"data-label": _("Used")}),
        rx.el.td(_state(row), class_name="history-state"),
        key=row.id,
        class_name=rx.cond(
            row.is_first,
            rx.cond(row.tone == "fine", "history-month history-fine", "history-month"),
            rx.cond(row.tone == "fine", "history-fine", ""),
        ),
    )


def _state(row: rx.vars.ObjectVar[ReadingRow]) -> rx.Component:
    return rx.el.div(
        rx.match(
            row.tone,
            ("fine", status(row.state, "fine")),
            ("failed", status(row.state, "failed")),
            status(row.state),
        ),
        _note(row.reason),
        rx.cond(
            row.corrected.length() > 0,
            rx.el.details(
                rx.el.summary(_("Corrected")),
                rx.el.ul(
                    rx.foreach(row.corrected, lambda said: rx.el.li(said)),
                    class_name="history-note figures",
                ),
            ),
            rx.fragment(),
        ),
        class_name="min-w-0",
    )


def _note(words: rx.Var[str]) -> rx.Component:
    return rx.cond(words != "", rx.el.span(words, class_name="history-note"), rx.fragment())


def _old(line: rx.vars.ObjectVar[LineCard]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(_("Meters that stood here before")),
        rx.el.ul(rx.foreach(line.old, _old_meter), class_name="grid gap-2 pb-2"),
        class_name="question split",
    )


def _old_meter(meter: rx.vars.ObjectVar[OldMeter]) -> rx.Component:
    return rx.el.li(
        rx.el.p(_("No."), "\u00a0", meter.serial, class_name="font-semibold figures"),
        rx.el.p(meter.days, class_name="small text-soft"),
        rx.cond(
            meter.last != "",
            rx.el.p(_("Last reading:"), " ", meter.last, class_name="small text-soft figures"),
            rx.fragment(),
        ),
        key=meter.serial,
    )


def _ways() -> rx.Component:
    whole = quiet_link(icon("history"), _("The whole history"), to=MetersState.more)
    last = quiet_link(_("The last year only"), to=MetersState.less)
    table = quiet_link(icon("download"), _("Download as a table (CSV)"), to=MetersState.csv, full=True)
    return rx.el.div(
        button_row(
            rx.cond(MetersState.more != "", whole, rx.fragment()),
            rx.cond(MetersState.less != "", last, rx.fragment()),
            table,
        ),
        class_name="no-print",
    )


def _no_readings() -> rx.Component:
    return rx.el.p(_("No readings yet. They will stand here month by month."), class_name="text-soft")


def _no_meters() -> rx.Component:
    return empty(
        nothing_found_picture(),
        _("There are no meters at this account"),
        _("The service is billed by the norm or by a common meter of the house. Nothing has to be sent."),
        primary_link(_("To my accounts"), to=routes.CABINET),
    )
