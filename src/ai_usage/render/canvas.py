"""What text is drawn on: how wide it is, which colours and which signs it has."""

from typing import NamedTuple

from ai_usage.render.theme import ASCII_GLYPHS, GLYPHS, Theme


class Canvas(NamedTuple):
    """A terminal, a file or a pipe."""

    width: int
    """In columns."""
    theme: Theme
    colour: bool
    ascii_only: bool = False
    """Whether its encoding lacks the signs that boxes and bars are drawn with."""

    @property
    def glyphs(self) -> tuple[str, ...]:
        """What fills the parts of a chart, in the order of the theme's series."""
        return ASCII_GLYPHS if self.ascii_only else GLYPHS
