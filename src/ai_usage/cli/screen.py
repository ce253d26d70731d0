"""Find out whether output goes to a terminal, and its width and colours, from the environment."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, TextIO

from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.theme import find_theme

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

NO_TERMINAL_WIDTH: Final = 120
NARROWEST: Final = 40
_COLOUR_SYSTEMS: Final[Mapping[Colours, Literal["standard", "256", "truecolor"] | None]] = {
    Colours.NONE: None,
    Colours.ANSI: "standard",
    Colours.INDEXED: "256",
    Colours.TRUE: "truecolor",
}
"""Rich's names for them."""


def find_canvas(env: Mapping[str, str], out: TextIO, theme: str) -> Canvas:
    """Find out the width, colours and theme to draw with.

    Args:
        env: the environment: `NO_COLOR`, `FORCE_COLOR`, `TERM`, `COLUMNS`.
        out: the output stream.
        theme: the configured theme.
    """
    encoding = (out.encoding or "ascii").lower().replace("_", "-")
    return Canvas(
        width=max(_width(env, out), NARROWEST),
        theme=find_theme(theme, env),
        colours=find_colours(env, out),
        ascii_only=not encoding.startswith("utf"),
    )


def is_screen(env: Mapping[str, str]) -> bool:
    """Tell whether there is a terminal that a full-screen program can use."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("_", "-")
    return (
        sys.stdin.isatty()
        and sys.stdout.isatty()
        and sys.stderr.isatty()  # the screen is drawn on stderr
        and encoding.startswith("utf")
        and env.get("TERM", "") not in {"dumb", "unknown"}
    )


def show(page: "RenderableType", canvas: Canvas, out: TextIO, env: Mapping[str, str] = os.environ) -> None:
    """Write a page."""
    console = console_for(canvas, out, env)
    with console.capture() as drawn:  # rich itself would exit on a closed pipe; `guarded` handles that
        console.print(page, crop=False)  # a path is useful only as a whole
    out.write(drawn.get())


def console_for(canvas: Canvas, out: TextIO, env: Mapping[str, str]) -> "Console":
    """Make the console that draws on a canvas; it never reads our text as markup.

    Args:
        canvas: the width, colours and theme.
        out: the output stream.
        env: the environment, which says how many colours the terminal has.
    """
    from rich.console import Console

    return Console(
        file=out,
        width=canvas.width,
        color_system=_COLOUR_SYSTEMS[canvas.colours],
        force_terminal=canvas.colour,
        no_color=not canvas.colour,
        markup=False,
        highlight=False,
        emoji=False,
        _environ=env,
    )


def find_colours(env: Mapping[str, str], out: TextIO) -> Colours:
    """Find out how many colours are wanted and can be shown."""
    if not has_colour(env, out):
        return Colours.NONE
    if env.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"} or sys.platform == "win32":
        return Colours.TRUE
    kind = env.get("TERM", "").strip().lower().rpartition("-")[2]
    return {"direct": Colours.TRUE, "256color": Colours.INDEXED, "kitty": Colours.INDEXED}.get(
        kind, Colours.ANSI
    )


def has_colour(env: Mapping[str, str], out: TextIO) -> bool:
    """Tell whether colours are wanted and can be shown."""
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR", "0") not in {"", "0", "false"}:
        return True
    return out.isatty() and env.get("TERM", "") not in {"dumb", "unknown"}


def _width(env: Mapping[str, str], out: TextIO) -> int:
    columns = env.get("COLUMNS", "")
    if columns.isdecimal() and 0 < int(columns) < 10_000:
        return int(columns)
    if not out.isatty():
        return NO_TERMINAL_WIDTH
    try:
        return os.get_terminal_size(out.fileno()).columns or NO_TERMINAL_WIDTH
    except OSError:
        return NO_TERMINAL_WIDTH
