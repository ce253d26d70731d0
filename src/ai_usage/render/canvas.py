"""The canvas for text: its width, colours and characters."""

from enum import IntEnum
from typing import NamedTuple

from ai_usage.render.theme import Theme


class Colours(IntEnum):
    """The number of colours of a terminal."""

    NONE = 0
    ANSI = 16
    """The colours of the terminal's own settings."""
    INDEXED = 256
    TRUE = 2**24


class Canvas(NamedTuple):
    """A terminal, a file or a pipe."""

    width: int
    """In columns."""
    theme: Theme
    colours: Colours
    ascii_only: bool = False
    """Whether its encoding lacks the characters for boxes and bars."""
    patterns: bool = False
    """Whether the series of a chart also differ by pattern."""

    @property
    def colour(self) -> bool:
        """Whether there is colour."""
        return self.colours is not Colours.NONE

    @property
    def shades(self) -> bool:
        """Whether one hue can be drawn in several shades, which needs many colours on a known background."""
        return self.colours >= Colours.INDEXED and self.theme.ground != "unknown"
