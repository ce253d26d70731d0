"""What text is drawn on: how wide it is, which colours and which signs it has."""

from enum import IntEnum
from typing import NamedTuple

from ai_usage.render.theme import Theme


class Colours(IntEnum):
    """How many colours a terminal has."""

    NONE = 0
    ANSI = 16
    """Those of the terminal's own settings."""
    INDEXED = 256
    TRUE = 2**24


class Canvas(NamedTuple):
    """A terminal, a file or a pipe."""

    width: int
    """In columns."""
    theme: Theme
    colours: Colours
    ascii_only: bool = False
    """Whether its encoding lacks the signs that boxes and bars are drawn with."""
    patterns: bool = False
    """Whether parts of a chart also differ by pattern."""

    @property
    def colour(self) -> bool:
        """Whether there is colour."""
        return self.colours is not Colours.NONE

    @property
    def shades(self) -> bool:
        """Whether one hue can be drawn in several shades: that takes many colours on a known ground."""
        return self.colours >= Colours.INDEXED and self.theme.ground != "unknown"
