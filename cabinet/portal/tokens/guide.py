"""How a program uses its token: Home Assistant, Waterius, anything else, with the addresses of this very site."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.tokens.state import AccountChoice, TokensState
from cabinet.ui.links import full_link
from cabinet.ui.surfaces import question, section

API_PAGE = "/api/v1/docs"
_ACCOUNT = "ACCOUNT"


def guide() -> rx.Component:
    """Three questions that open."""
    return section(
        _("How to connect"),
        rx.el.div(
            question(_("Home Assistant: the debt on the screen"), *_showing()),
            question(_("Home Assistant: send a reading"), *_sending()),
            question(_("Waterius: the device sends by itself"), *_waterius()),
            question(_("Another program"), *_other()),
        ),
    )


def _showing() -> list[rx.Component]:
    name = _("Debt for water")
    return [
        rx.el.p(
            _(
                "Put the key into the file secrets.yaml, and the sensor into configuration.yaml. Instead of {word} stands the code of your account:"
            ).format(word=_ACCOUNT)
        ),
        _codes(),
        _code("secrets.yaml", 'cabinet_token: "Bearer me_…"'),
        _code(
            "configuration.yaml",
            "rest:\n  - resource: ",
            TokensState.base,
            f"/api/v1/me/accounts/{_ACCOUNT}\n"
            "    scan_interval: 3600\n"
            "    headers:\n"
            "      Authorization: !secret cabinet_token\n"
            "    sensor:\n"
            f'      - name: "{name}"\n'
            "        unique_id: cabinet_water_debt\n"
            '        value_template: "{{ value_json.balance_minor / 100 }}"\n'
            "        device_class: monetary\n"
            "        unit_of_measurement: RUB\n"
            "        json_attributes: [due_on, number]",
        ),
        rx.el.p(_("The sum is what you owe; with a minus, it is paid in advance.")),
    ]


def _sending() -> list[rx.Component]:
    return [
        rx.el.p(
            _(
                "Call this command from an automation, once a month. Tick “Send readings” for the key. The meter is named by its number."
            )
        ),
        _code(
            "configuration.yaml",
            "rest_command:\n  cabinet_send_reading:\n    url: ",
            TokensState.base,
            f"/api/v1/me/accounts/{_ACCOUNT}/readings\n"
            "    method: post\n"
            "    content_type: application/json\n"
            "    headers:\n"
            "      Authorization: !secret cabinet_token\n"
            "    payload: >-\n"
            '      {"values": [{"meter": "{{ meter }}", "zones": {"1": "{{ value }}"}}]}',
        ),
        rx.el.p(
            _(
                "A value that looks odd is not taken: the answer 409 says why. Look at the meter and send it on the page of readings."
            )
        ),
    ]


def _waterius() -> list[rx.Component]:
    return [
        rx.el.ol(
            rx.el.li(_("Make a key of the kind “A Waterius device” and copy the address.")),
            rx.el.li(_("Switch the device into setting-up, and open its page.")),
            rx.el.li(_("Switch “Server HTTP” on and put the address in.")),
            rx.el.li(_("Put in the number of each meter as it stands on the meter, and what it counts.")),
            class_name="list-decimal pl-6 grid gap-1",
        ),
        rx.el.p(
            _(
                "The device sends every day; readings are taken on the days on which the provider takes them. If one looks odd, you get a letter."
            )
        ),
    ]


def _other() -> list[rx.Component]:
    return [
        rx.el.p(_("Everything is JSON over HTTP. The key goes into a header of each request:")),
        _code("curl", 'curl -H "Authorization: Bearer me_…" ', TokensState.base, "/api/v1/me"),
        rx.el.p(full_link(_("Description of the API"), to=API_PAGE)),
        rx.el.p(_("At most 60 requests a minute, and 20 with readings an hour.")),
    ]


def _codes() -> rx.Component:
    return rx.el.dl(rx.foreach(TokensState.choices, _account_code), class_name="facts")


def _account_code(one: rx.vars.ObjectVar[AccountChoice]) -> rx.Component:
    code = rx.el.code(one.id, class_name="[overflow-wrap:anywhere] select-all")
    return rx.el.div(rx.el.dt(one.title), rx.el.dd(code), key=one.id)


def _code(name: str, *parts: Any) -> rx.Component:
    """A piece of a file; scrolled inside itself by finger or keyboard, never the page."""
    return rx.el.figure(
        rx.el.figcaption(name, class_name="small text-soft"),
        rx.el.pre(rx.el.code(*parts), tab_index=0, role="group", aria_label=name, class_name="listing"),
        class_name="grid gap-1 min-w-0",
    )
