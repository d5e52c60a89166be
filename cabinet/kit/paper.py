"""What our papers are drawn with: one font with Cyrillic, pairs of name and value, thin rules."""

from importlib.resources import files
from typing import cast

from fpdf import FPDF
from fpdf.enums import XPos, YPos

FONT = "PT Sans"
INK, SOFT, LINE = (27, 35, 38), (74, 86, 91), (228, 223, 213)
LEFT, WIDTH = 20, 170
_WITHOUT_GLYPH = str.maketrans({"\u202f": "\u00a0", "\u2009": "\u00a0", "\u2212": "\u2013"})

Color = tuple[int, int, int]


class Paper(FPDF):
    """An A4 page with our font and the few shapes that we draw; sizes in millimetres and points."""

    def __init__(self) -> None:
        super().__init__()
        self.set_margins(LEFT, 18)
        self.c_margin = 0
        for style, name in (("", "Regular"), ("B", "Bold")):
            font = files("fontpkg_pt_sans").joinpath("files", f"PT_Sans-Web-{name}.ttf")
            self.add_font(FONT, style, str(font))
        self.add_page()

    def say(
        self, text: str, size: int, *, bold: bool = False, color: Color = INK, width: float = WIDTH
    ) -> None:
        """A paragraph."""
        self.write_with(size, bold=bold, color=color)
        self.multi_cell(width, size * 0.5, drawn(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def pair(
        self, name: str, value: str, *, bold: bool = False, color: Color = INK, width: float = WIDTH
    ) -> None:
        """A name at the left, its value at the right; whichever is longer makes the row."""
        top = self.get_y()
        self.write_with(11, bold=bold, color=color)
        self.multi_cell(width / 2, 6, drawn(name), align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
        left = self.height_of(name, width / 2)
        self.multi_cell(width / 2, 6, drawn(value), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_y(max(self.get_y(), top + left))

    def height_of(self, text: str, width: float, line: float = 6) -> float:
        """How high the text stands in a column of that width, in the font that is set."""
        lines = self.multi_cell(width, line, drawn(text), dry_run=True, output="LINES")
        return line * len(cast(list[str], lines))

    def write_with(self, size: int, *, bold: bool = False, color: Color = INK) -> None:
        """Set the font for what follows."""
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*color)

    def rule(self) -> None:
        """A thin line over the whole width."""
        self.gap(3)
        self.set_draw_color(*LINE)
        self.line(LEFT, self.get_y(), LEFT + WIDTH, self.get_y())
        self.gap(3)

    def gap(self, height: float) -> None:
        """White space."""
        self.set_y(self.get_y() + height)


def drawn(text: str) -> str:
    """The text with the signs that the font has."""
    return text.translate(_WITHOUT_GLYPH)
