"""The colours of the screen, dark and light; text has a contrast of at least 4.5 to its background."""

from typing import Final, NamedTuple

from ai_usage.render.theme import DARK, LIGHT, Theme


class Palette(NamedTuple):
    """Rich's style names, and the background."""

    name: str
    dark: bool
    ground: str
    text: str
    raised: str
    """The background of the header, of the prompt and of dialogs."""
    accent: str
    bar: str
    """The colour of bars without an agent, since each hue is an agent's."""
    badge: str
    """The style of the program's name."""
    cursor: str
    """The style of the chosen row."""
    good: str
    bad: str
    key: str
    drawing: Theme


DARK_PALETTE: Final = Palette(
    "ai-usage-dark", True, "#101216", "#e9ebef", "#181b21", "#8fb4ff", "#9badcc", "bold #101216 on #8fb4ff",
    "on #1e2634", "#7fd69b", "#ff8a80", "bold #8fb4ff", DARK,
)  # fmt: skip
LIGHT_PALETTE: Final = Palette(
    "ai-usage-light", False, "#fbfbfa", "#15171c", "#f1f1ef", "#1a4fa3", "#455473", "bold #fbfbfa on #1a4fa3",
    "on #e8ecf5", "#17663a", "#b3261e", "bold #1a4fa3", LIGHT,
)  # fmt: skip


def find_palette(theme: Theme) -> Palette:
    """Return the palette for a theme; dark if the terminal's background is unknown."""
    return LIGHT_PALETTE if theme is LIGHT else DARK_PALETTE
