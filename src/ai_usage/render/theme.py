"""Colours of text for a light and a dark terminal; every meaning that has a colour also has a sign or a word."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Ground = Literal["light", "dark", "unknown"]
"""The background of a terminal."""


class Theme(NamedTuple):
    """Styles as rich names them."""

    ground: Ground
    heading: str
    faint: str
    line: str
    """The style of rules and grid lines."""
    money: str
    warning: str


ANSI: Final = Theme("unknown", "bold", "dim", "bright_black dim", "green", "yellow")
"""The terminal's own colours, which suit its background."""
DARK: Final = Theme("dark", "bold #e9ebef", "#8b929f", "#343943", "#7fd69b", "#f0b352")
LIGHT: Final = Theme("light", "bold #15171c", "#60666f", "#d5d7da", "#17663a", "#8a4b00")


def find_theme(configured: str, env: Mapping[str, str]) -> Theme:
    """Choose the colours.

    Args:
        configured: `light`, `dark`, or `auto` to use the terminal's `COLORFGBG`.
        env: the environment.
    """
    if configured == "auto":
        background = env.get("COLORFGBG", "").rpartition(";")[2]
        configured = "light" if background in {"7", "15"} else "dark" if background.isdecimal() else ""
    return {"light": LIGHT, "dark": DARK}.get(configured, ANSI)
