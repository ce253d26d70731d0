"""The colours of the screen, dark and light; text keeps a contrast of at least 4.5 to its ground."""

from typing import Final, NamedTuple

from ai_usage.render.theme import DARK, LIGHT, Theme


class Palette(NamedTuple):
    """Styles as rich names them, and the ground that they stand on."""

    name: str
    dark: bool
    ground: str
    text: str
    raised: str
    """The ground of the header, of the prompt and of dialogs."""
    accent: str
    badge: str
    """The program's name."""
    cursor: str
    """The chosen row."""
    good: str
    bad: str
    key: str
    drawing: Theme


DARK_PALETTE: Final = Palette(
    "ai-usage-dark", True, "#0d1117", "#d1d9e0", "#161b22", "#6cb6ff", "bold #0d1117 on #6cb6ff", "on #22304a",
    "#7ee787", "#ff7b72", "bold #6cb6ff", DARK,
)  # fmt: skip
LIGHT_PALETTE: Final = Palette(
    "ai-usage-light", False, "#ffffff", "#1f2328", "#eef1f4", "#0860ca", "bold #ffffff on #0860ca", "on #d3e5fb",
    "#116329", "#a40e26", "bold #0860ca", LIGHT,
)  # fmt: skip


def find_palette(theme: Theme) -> Palette:
    """Return the palette that goes with what is configured; dark where the terminal does not say."""
    return LIGHT_PALETTE if theme is LIGHT else DARK_PALETTE
