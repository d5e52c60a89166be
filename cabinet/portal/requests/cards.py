"""Requests to support in the words of the page's language. What a guest and a resident see is the same."""

from dataclasses import dataclass, field

from cabinet.i18n import _, ngettext
from cabinet.kit.dates import say_moment
from cabinet.kit.text import group_digits
from cabinet.settings import settings
from cabinet.support.errors import say_size
from cabinet.support.models import Author, TicketState
from cabinet.support.service import MessageView, OwnThread, OwnTicket, Rating
from cabinet.ui import routes


@dataclass
class RequestRow:
    """A request in the list."""

    id: str
    number: str
    subject: str
    state: str
    tone: str
    """`due`: we wait for you; `fine`: closed; else `plain`. Never the only sign of meaning."""
    moved: str
    is_unread: bool
    page: str


@dataclass
class FileLink:
    """A file of a message."""

    id: str
    name: str
    size: str
    page: str


@dataclass
class MessageCard:
    """A message of the conversation."""

    id: str
    who: str
    at: str
    is_own: bool
    text: str
    files: list[FileLink] = field(default_factory=list)


@dataclass
class ThreadCard:
    """One request."""

    id: str = ""
    number: str = ""
    subject: str = ""
    state: str = ""
    tone: str = "plain"
    is_closed: bool = False
    closed: str = ""
    """Who closed it, as a sentence; empty while it is open."""
    account: str = ""
    previous: str = ""
    """The page of the request that it goes on from, for a resident."""
    previous_number: str = ""
    how_to_answer: str = ""
    """What becomes of an answer to a closed request."""
    score: str = ""
    """The mark given for the latest closing; empty: none yet."""
    words: str = ""
    may_rate: bool = False
    messages: list[MessageCard] = field(default_factory=list)


def row_of(ticket: OwnTicket) -> RequestRow:
    """A line of the list."""
    return RequestRow(
        id=str(ticket.id),
        number=str(ticket.number),
        subject=ticket.subject,
        state=_say_state(ticket.state),
        tone=_tone(ticket.state),
        moved=say_moment(ticket.moved_at),
        is_unread=ticket.is_unread,
        page=routes.request(ticket.id),
    )


def card_of(thread: OwnThread, rating: Rating | None, token: str = "") -> ThreadCard:
    """The whole request; `token` is that of a guest's link, by which its files are opened too."""
    previous = thread.previous
    return ThreadCard(
        id=str(thread.id),
        number=str(thread.number),
        subject=thread.subject,
        state=_say_state(thread.state),
        tone=_tone(thread.state),
        is_closed=thread.state is TicketState.CLOSED,
        closed=_say_closed(thread),
        account=group_digits(thread.account),
        previous=routes.request(previous[0]) if previous and not token else "",
        previous_number=str(previous[1]) if previous else "",
        how_to_answer=_say_how_to_answer(thread),
        score=str(rating.score) if rating else "",
        words=rating.words if rating else "",
        may_rate=thread.state is TicketState.CLOSED and not (rating and rating.is_final),
        messages=[_message(one, token) for one in thread.messages],
    )


def _message(message: MessageView, token: str) -> MessageCard:
    is_own = message.author is not Author.STAFF
    return MessageCard(
        id=str(message.id),
        who=_("You") if is_own else _("Support"),
        at=say_moment(message.created_at),
        is_own=is_own,
        text=message.text,
        files=[
            FileLink(str(one.id), one.name, say_size(one.size), routes.request_file(one.id, token))
            for one in message.files
        ],
    )


def _say_state(state: TicketState) -> str:
    words = {
        TicketState.OPEN: _("We are working on it"),
        TicketState.ANSWERED: _("We have answered"),
        TicketState.CLOSED: _("Closed"),
    }
    return words[state]


def _tone(state: TicketState) -> str:
    return {TicketState.ANSWERED: "due", TicketState.CLOSED: "fine"}.get(state, "plain")


def _say_closed(thread: OwnThread) -> str:
    if thread.state is not TicketState.CLOSED:
        return ""
    if thread.closed_by is Author.CLOCK:
        return _("Closed: there was an answer, and nobody wrote for a while.")
    if thread.closed_by is Author.STAFF:
        return _("Closed by support.")
    return _("You have closed it.")


def _say_how_to_answer(thread: OwnThread) -> str:
    if thread.state is not TicketState.CLOSED:
        return ""
    if not thread.can_reopen:
        return _("It was closed long ago: your message begins a new request, which refers to this one.")
    return ngettext(
        "Not settled after all? Within {n} day of closing, a message opens it again.",
        "Not settled after all? Within {n} days of closing, a message opens it again.",
        settings.support_reopen_days,
    ).format(n=settings.support_reopen_days)
