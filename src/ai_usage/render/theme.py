"""Colours for a light and a dark terminal; every meaning that has a colour also has a sign or a word."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Theme(NamedTuple):
    """Styles as rich names them."""

    heading: str
    faint: str
    money: str
    warning: str
    series: tuple[str, ...]
    """One for each vendor in a chart, in the order of their cost."""


ANSI: Final = Theme("bold", "dim", "green", "yellow", ("blue", "magenta", "cyan", "green", "yellow", "red"))
"""The terminal's own colours, which suit whatever its background is."""
DARK: Final = Theme(
    "bold #e6edf3", "#8b949e", "#7ee787", "#f0b72f", ("#6cb6ff", "#f0883e", "#56d4bc", "#dcbdfb", "#f47067", "#e3c04f")
)  # fmt: skip
LIGHT: Final = Theme(
    "bold #1f2328", "#656d76", "#116329", "#8a4600", ("#0860ca", "#bc4c00", "#0a7d6c", "#8250df", "#a40e26", "#7d6000")
)  # fmt: skip

GLYPHS: Final = ("█", "▒", "▓", "░", "▚", "▞")
"""What fills the parts of a chart where there is no colour, in the order of `Theme.series`."""
ASCII_GLYPHS: Final = ("#", "o", "x", ".", "%", "+")
MARKS: Final = ("●", "◆", "▲", "■", "○", "◇")
"""What marks the points of lines, in the order of `Theme.series`."""
ASCII_MARKS: Final = ("o", "x", "+", "*", "@", "#")


def find_theme(configured: str, env: Mapping[str, str]) -> Theme:
    """Choose the colours.

    Args:
        configured: `light`, `dark`, or `auto` for what the terminal says of itself in `COLORFGBG`.
        env: the environment.
    """
    if configured == "auto":
        background = env.get("COLORFGBG", "").rpartition(";")[2]
        configured = "light" if background in {"7", "15"} else "dark" if background.isdecimal() else ""
    return {"light": LIGHT, "dark": DARK}.get(configured, ANSI)
