"""The conversation with support: the same for a resident and for a guest who came by a letter."""

from typing import Any

import reflex as rx

from cabinet.i18n import _
from cabinet.portal.requests.cards import FileLink, MessageCard
from cabinet.portal.requests.state import GuestRequestState, RequestState
from cabinet.settings import settings
from cabinet.ui.buttons import quiet_button, submit_button
from cabinet.ui.fields import file_field, textarea_field
from cabinet.ui.forms import form_error, send_form, when_query
from cabinet.ui.icons import icon
from cabinet.ui.links import full_link, link
from cabinet.ui.surfaces import card, notice, section, status

State = type[RequestState] | type[GuestRequestState]


def conversation(state: State, reply_to: str, *hidden: rx.Component) -> rx.Component:
    """What was said, the way to answer, to close and to rate; `hidden` are fields that the answer takes along."""
    return rx.el.div(
        when_query("sent", _sent()),
        _about(state),
        rx.cond(state.said != "", notice(state.said, mood="fine", announce=True), rx.fragment()),
        rx.cond(state.problem != "", notice(state.problem, mood="failed", announce=True), rx.fragment()),
        rx.el.ol(rx.foreach(state.card.messages, _message), class_name="thread", aria_label=_("Messages")),
        rx.cond(state.card.is_closed, _closed(state), rx.fragment()),
        _reply(state, reply_to, *hidden),
        class_name="grid gap-7",
    )


def _sent() -> rx.Component:
    return notice(
        rx.el.p(_("Your message has arrived. The answer will stand here and come by e-mail.")), mood="fine"
    )


def _about(state: State) -> rx.Component:
    thread = state.card
    number = rx.el.span(_("Request No."), "\u00a0", thread.number, class_name="text-soft")
    account = rx.el.span(_("Account"), " ", rx.el.span(thread.account, class_name="figures"))
    previous = rx.cond(
        thread.previous != "",
        link(_("Goes on from request No."), "\u00a0", thread.previous_number, to=thread.previous),
        rx.el.span(_("Goes on from request No."), "\u00a0", thread.previous_number),
    )
    return rx.el.div(
        _state(thread.tone, thread.state),
        number,
        rx.cond(thread.account != "", account, rx.fragment()),
        rx.cond(thread.previous_number != "", previous, rx.fragment()),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
    )


def _state(tone: rx.Var[str], words: rx.Var[str]) -> rx.Component:
    return rx.el.span(
        rx.match(tone, ("due", status(words, "due")), ("fine", status(words, "fine")), status(words, "plain"))
    )


def _message(message: rx.vars.ObjectVar[MessageCard]) -> rx.Component:
    head = rx.el.p(
        rx.el.strong(message.who), rx.el.span(message.at, class_name="small text-soft"), class_name="who"
    )
    files = rx.el.ul(rx.foreach(message.files, _file), class_name="attached")
    return rx.el.li(
        head,
        rx.el.p(message.text, class_name="text"),
        rx.cond(message.files.length() > 0, files, rx.fragment()),
        key=message.id,
        class_name=rx.cond(message.is_own, "said said-own", "said"),
    )


def _file(file: rx.vars.ObjectVar[FileLink]) -> rx.Component:
    return rx.el.li(
        full_link(icon("download"), rx.el.span(file.name), to=file.page, class_name="link attachment"),
        rx.el.span(" ", file.size, class_name="small text-soft"),
        key=file.id,
    )


def _closed(state: State) -> rx.Component:
    return rx.el.div(
        notice(rx.el.p(state.card.closed), rx.el.p(state.card.how_to_answer), mood="fine"),
        rx.cond(state.card.may_rate, _rating(state), _rated(state)),
        class_name="grid gap-5",
    )


def _rating(state: State) -> rx.Component:
    scores = rx.el.div(*[_score(state, str(score)) for score in range(1, 6)], class_name="scores")
    form = rx.el.form(
        rx.el.fieldset(
            rx.el.legend(_("A mark from 1 to 5"), class_name="label"),
            scores,
            rx.el.div(
                rx.el.span(_("1: no help at all")), rx.el.span(_("5: settled well")), class_name="scores-ends"
            ),
            class_name="grid gap-2",
        ),
        textarea_field(
            "words",
            _("A sentence, if you like"),
            optional=True,
            rows=2,
            max_length=500,
            value=state.card.words,
        ),
        quiet_button(_("Send the mark"), type="submit"),
        on_submit=state.rate,
        class_name="form",
        no_validate=True,
    )
    return section(_("How did we help?"), card(form))


def _score(state: State, score: str) -> rx.Component:
    attributes: dict[str, Any] = {
        "type": "radio",
        "name": "score",
        "value": score,
        "default_checked": state.card.score == score,
        "key": f"{state.card.score}-{score}",
    }
    return rx.el.label(rx.el.input(**attributes), rx.el.span(score), class_name="score")


def _rated(state: State) -> rx.Component:
    return rx.cond(
        state.card.score != "",
        rx.el.p(_("Your mark:"), " ", rx.el.strong(state.card.score), " / 5", class_name="text-soft"),
        rx.fragment(),
    )


def _reply(state: State, reply_to: str, *hidden: rx.Component) -> rx.Component:
    megabytes = settings.upload_max_bytes // (1024 * 1024)
    form = send_form(
        reply_to,
        *hidden,
        rx.el.input(type="hidden", name="key", custom_attrs={"data-form-key": "true"}),
        textarea_field(
            "message", _("Your message"), help=_("Do not send card numbers or passwords."), rows=4
        ),
        file_field(
            "files", _("Files"), help=_("Photos or PDF, up to {size} MB each.").format(size=megabytes)
        ),
        form_error(),
        rx.el.div(submit_button(_("Send"), wide=False), class_name="button-row"),
        files=True,
        custom_attrs={"data-keeps": "true"},
    )
    settled = rx.el.div(
        rx.el.p(_("Is everything clear?"), class_name="text-soft"),
        quiet_button(icon("check"), _("The question is settled"), on_click=state.close),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2",
    )
    return section(_("Write"), card(form), rx.cond(state.card.is_closed, rx.fragment(), settled))
