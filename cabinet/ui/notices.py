"""Notices of the operator and the providers, above what they concern: news and outages."""

from dataclasses import dataclass

import reflex as rx

from cabinet.database import read_only, unit_of_work
from cabinet.errors import CabinetError
from cabinet.i18n import _, current_locale
from cabinet.notices import service
from cabinet.notices.models import NoticeKind
from cabinet.notices.service import NoticeView
from cabinet.notices.words import is_over, say_kind, say_when
from cabinet.ui.accounts import as_id
from cabinet.ui.buttons import text_button
from cabinet.ui.gate import person
from cabinet.ui.icons import icon

_REGION = "notices"
_SHORT = 160
"""The text of an outage up to so many characters, in one paragraph, is shown at once."""


@dataclass
class NoticeCard:
    """A notice in the words of the page's language."""

    id: str = ""
    kind: str = ""
    """`outage` or `news`; told by words and sign, never by colour alone."""
    kind_name: str = ""
    provider: str = ""
    title: str = ""
    when: str = ""
    text: str = ""
    is_folded: bool = False
    """The text opens by «Подробнее»: news leave the room to the accounts."""
    is_over: bool = False
    dismiss_name: str = ""


class NoticesState(rx.State):
    """What is shown on the cabinet, or on the page of one account."""

    notices: rx.Field[list[NoticeCard]] = rx.field(default_factory=list)
    hidden: rx.Field[int] = rx.field(0)
    """How many of them the resident has put aside."""
    address: rx.Field[str] = rx.field("")
    """The page that they were read for."""

    @rx.event
    async def load(self) -> None:
        """Read what is shown now: on an account's page what concerns it, elsewhere everything."""
        await self._read()

    @rx.event
    async def put_aside(self, notice_id: str) -> object:
        """Do not show one of them any more."""
        known = as_id(notice_id)
        if known is None:
            return None
        try:
            async with unit_of_work() as session:
                await service.dismiss_notice(person().id, known, session=session)
        except CabinetError:
            pass
        await self._read()
        return rx.set_focus(_REGION)

    @rx.event
    async def bring_back(self) -> object:
        """Show again what was put aside."""
        async with unit_of_work() as session:
            await service.bring_back_notices(person().id, session=session)
        await self._read()
        return rx.set_focus(_REGION)

    async def _read(self) -> None:
        path = self.router.url.path
        account_id = as_id(path.rstrip("/").rpartition("/")[2])
        async with read_only() as session:
            found = await service.notices_for(person().id, account_id, session=session)
        self.notices = [notice_card(notice) for notice in found if not notice.is_dismissed]
        self.hidden = sum(notice.is_dismissed for notice in found)
        self.address = path


def notice_card(notice: NoticeView) -> NoticeCard:
    """What a notice says."""
    locale = current_locale()
    title, text = notice.title_in(locale), notice.text_in(locale)
    return NoticeCard(
        id=str(notice.id),
        kind=notice.kind.value,
        kind_name=say_kind(notice.kind),
        provider=notice.provider_in(locale),
        title=title,
        when=_sentence(say_when(notice)),
        text=text,
        is_folded=notice.kind is NoticeKind.NEWS or len(text) > _SHORT or "\n" in text,
        is_over=notice.kind is NoticeKind.OUTAGE and is_over(notice),
        dismiss_name=_("Hide: {title}").format(title=title),
    )


def notices() -> rx.Component:
    """All of them below each other; nothing at all when there are none."""
    shown, hidden = NoticesState.notices.length() > 0, NoticesState.hidden > 0
    region = rx.el.section(
        rx.el.h2(_("Notices"), class_name="sr-only"),
        rx.cond(
            shown,
            rx.el.ul(rx.foreach(NoticesState.notices, _notice), class_name="grid gap-3"),
            rx.fragment(),
        ),
        rx.cond(hidden, _hidden(), rx.fragment()),
        id=_REGION,
        tab_index=-1,
        aria_label=_("Notices"),
        class_name="bulletins no-print",
    )
    here = NoticesState.address == rx.State.router.url.path
    return rx.cond(here & (shown | hidden), region, rx.fragment())


def _notice(notice: rx.vars.ObjectVar[NoticeCard]) -> rx.Component:
    loud = (notice.kind == NoticeKind.OUTAGE.value) & ~notice.is_over
    return rx.el.li(
        rx.cond(loud, icon("alert"), icon("info")),
        rx.el.div(
            rx.el.p(
                rx.el.strong(notice.kind_name),
                rx.cond(notice.provider != "", rx.fragment(" · ", notice.provider), rx.fragment()),
                class_name="small",
            ),
            rx.el.h3(notice.title),
            rx.el.p(
                notice.when,
                rx.cond(notice.is_over, rx.fragment(" · ", _("it is over")), rx.fragment()),
                class_name="bulletin-when",
            ),
            rx.cond(notice.is_folded, rx.fragment(), rx.el.p(notice.text, class_name="bulletin-text")),
            rx.el.div(
                rx.cond(notice.is_folded, _folded(notice), rx.fragment()),
                text_button(
                    icon("cross"),
                    _("Hide"),
                    on_click=NoticesState.put_aside(notice.id),
                    aria_label=notice.dismiss_name,
                ),
                class_name="bulletin-actions",
            ),
            class_name="bulletin-words",
        ),
        key=notice.id,
        class_name=rx.cond(loud, "notice notice-due bulletin", "notice bulletin"),
    )


def _folded(notice: rx.vars.ObjectVar[NoticeCard]) -> rx.Component:
    """The text behind «Подробнее»."""
    return rx.el.details(
        rx.el.summary(_("Read more"), rx.el.span(": ", notice.title, class_name="sr-only")),
        rx.el.p(notice.text, class_name="bulletin-text"),
    )


def _hidden() -> rx.Component:
    return rx.el.p(
        rx.el.span(_("Hidden notices:"), " ", NoticesState.hidden, class_name="text-soft"),
        " ",
        text_button(_("Show again"), on_click=NoticesState.bring_back),
        class_name="bulletins-hidden small",
        role="status",
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
