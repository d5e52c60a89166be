"""The field for a reading: unit, what was used by it as one types, what is wrong, what has to be confirmed."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.ui.icons import icon
from cabinet.ui.meters import MeterLine, ZoneLine


def reading_field(
    zone: rx.vars.ObjectVar[ZoneLine], meter: rx.vars.ObjectVar[MeterLine], *help: rx.Component
) -> rx.Component:
    """The input with all that belongs to it; `help` stands under it."""
    ident = f"reading-{zone.id}"
    return rx.el.div(
        rx.el.div(
            _input(zone, meter, ident),
            rx.el.span(meter.unit, class_name="input-end", aria_hidden="true"),
            class_name="input-box has-unit",
        ),
        rx.el.div(
            *help,
            rx.el.p(hidden=True, class_name="reading-use", custom_attrs={"data-use": "true"}),
            id=f"{ident}-help",
            class_name="help",
        ),
        rx.el.p(zone.error, id=f"{ident}-error", role="alert", class_name="error"),
        rx.el.div(
            rx.cond(zone.sure != "", _doubt(zone, ident), rx.fragment()),
            id=f"{ident}-doubt",
            aria_live="polite",
        ),
        class_name="grid gap-1.5",
    )


def field_key(zone: rx.vars.ObjectVar[ZoneLine]) -> rx.Var[str]:
    """Under what the script remembers what was typed into the field of this zone (assets/ui.js, `keyOf`)."""
    return rx.Var.create(f"reading-{zone.id}{zone.before}")


def script_words() -> dict[str, Any]:
    """What the script says in a form with such fields; to be put on the form as `custom_attrs`."""
    return {
        "data-readings": "true",
        "data-says-use": _("used: {use}"),
        "data-says-cost": _("used: {use}, {cost} by the tariff"),
        "data-says-less": _("less than the previous reading"),
    }


def readings_script() -> rx.Component:
    """Shows consumption and cost while one types."""
    return rx.el.script(src="/readings.js", async_=True)


def _input(
    zone: rx.vars.ObjectVar[ZoneLine], meter: rx.vars.ObjectVar[MeterLine], ident: str
) -> rx.Component:
    return rx.el.input(
        type="text",
        id=ident,
        name=ident,
        key=zone.text,
        default_value=zone.text,
        input_mode="decimal",
        auto_complete="off",
        class_name="input input-money",
        aria_describedby=f"{ident}-help {ident}-error {ident}-doubt",
        aria_invalid=(zone.error != "") | (zone.sure != ""),
        custom_attrs={
            "data-before": zone.before,
            "data-price": zone.price,
            "data-ratio": zone.ratio,
            "data-unit": meter.unit,
            "data-corrects": rx.cond(zone.value != "", "true", "false"),
            "data-asks": rx.cond(zone.sure != "", "true", "false"),
        },
    )


def _doubt(zone: rx.vars.ObjectVar[ZoneLine], ident: str) -> rx.Component:
    """What is odd, and the box that says that it is right all the same; for this value only."""
    box = f"sure-{zone.id}-{zone.sure}"
    return rx.el.div(
        icon("info"),
        rx.el.div(
            rx.foreach(zone.concerns, rx.el.p),
            rx.el.div(
                rx.el.input(
                    type="checkbox",
                    id=box,
                    name=f"sure-{zone.id}",
                    value=zone.sure,
                    aria_describedby=f"{ident}-doubt",
                ),
                rx.el.label(_("Yes, the reading is right"), html_for=box, class_name="font-semibold"),
                class_name="check",
            ),
            class_name="grid gap-2 min-w-0",
        ),
        key=zone.sure,
        class_name="notice notice-due doubt",
        custom_attrs={"data-doubt": zone.doubted},
    )
