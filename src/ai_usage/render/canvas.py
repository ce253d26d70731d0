"""What text is drawn on: how wide it is, which colours and which signs it has."""

from typing import NamedTuple

from ai_usage.render.theme import ASCII_GLYPHS, ASCII_MARKS, GLYPHS, MARKS, Theme


class Canvas(NamedTuple):
    """A terminal, a file or a pipe."""

    width: int
    """In columns."""
    theme: Theme
    colour: bool
    ascii_only: bool = False
    """Whether its encoding lacks the signs that boxes and bars are drawn with."""
    patterns: bool = False
    """Whether parts of a chart shall differ by pattern although there is colour."""

    @property
    def patterned(self) -> bool:
        """Whether parts of a chart differ by pattern."""
        return self.patterns or not self.colour

    @property
    def marks(self) -> tuple[str, ...]:
        """What marks the points of lines, in the order of the theme's series."""
        return ASCII_MARKS if self.ascii_only else MARKS

    @property
    def glyphs(self) -> tuple[str, ...]:
        """What fills the parts of a chart, in the order of the theme's series."""
        return ASCII_GLYPHS if self.ascii_only else GLYPHS

    def style(self, series: int) -> str:
        """Return the colour of a series by its place."""
        return self.theme.series[series % len(self.theme.series)]
