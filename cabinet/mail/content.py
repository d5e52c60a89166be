"""A letter before it is laid out."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is for, and the sum."""

    title: str
    detail: str
    amount: str


@dataclass(frozen=True, slots=True)
class Content:
    """A letter before it is laid out: one column, one button."""

    subject: str
    heading: str
    preheader: str
    """What a mail program shows beside the subject."""
    paragraphs: list[str]
    button: str = ""
    url: str = ""
    show_url: bool = False
    amount: str = ""
    rows: list[Row] = field(default_factory=list)
    total: str = ""
    tone: str = "plain"
    """`plain`, `fine` or `failed`."""
    sign: str = ""
    notes: list[str] = field(default_factory=list)
    """Small print below the button."""
    extra_link: tuple[str, str] = ("", "")
    may_unsubscribe: bool = False
