"""Colours of a chart's series: an agent has one colour in every window, command and theme."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from zlib import crc32

from ai_usage.render.canvas import Canvas, Colours
from ai_usage.report.overview import OTHERS

AGENTS: Final = (
    "claude", "codex", "gemini", "opencode", "copilot", "kimi", "omp", "pi",
    "qwen", "cline", "antigravity", "roo", "grok", "droid", "goose", "openclaw", "kilo", "hermes",
)  # fmt: skip
"""Agents in the order in which a column stacks them; an agent's place decides its colour, so new ones go to the end."""


class Fill(NamedTuple):
    """How a series is drawn."""

    colour: str
    """Rich's name of the colour; empty for the colour of text."""
    sign: str = "█"
    """The character of a cell that belongs to this series only."""


class _Hue(NamedTuple):
    """One hue on each kind of terminal."""

    light: str
    dark: str
    light_index: int
    """Of the 256 colours."""
    dark_index: int
    either_index: int
    """The more visible of both, for an unknown background."""
    ansi: str
    """Of the terminal's own 16 colours."""


_HUES: Final = (
    _Hue("#d4693f", "#e2703a", 166, 166, 166, "yellow"),
    _Hue("#21409a", "#5a72dc", 25, 62, 62, "blue"),
    _Hue("#0e9f95", "#62e0bf", 37, 79, 37, "cyan"),
    _Hue("#6a5f10", "#e0ab3c", 58, 179, 58, "green"),
    _Hue("#a97ae6", "#b59cf8", 140, 147, 140, "magenta"),
    _Hue("#7a2342", "#8f4f72", 89, 96, 96, "red"),
    _Hue("#a73c6f", "#cb2f4a", 125, 161, 161, "bright_red"),
    _Hue("#2c6f9e", "#4aa9b4", 24, 73, 24, "bright_blue"),
)
"""Colour-blind people can distinguish them too, and each has a contrast of at least 3 to the background."""
_OTHERS: Final = _Hue("#868b94", "#868b94", 245, 245, 245, "bright_black")
_GREYS: Final = (
    ("#1b2945", "#dbe5f7"),
    ("#455473", "#9badcc"),
    ("#73829e", "#6a7b9b"),
    ("#a3aec2", "#45526b"),
)
"""For series without an agent, on a light and on a dark background."""
_INK: Final = ("#15171c", "#e9ebef")
_PAPER: Final = ("#fbfbfa", "#101216")
_SHADES: Final = ((100, _INK), (62, _INK), (64, _PAPER), (30, _INK))
"""Percent of the hue, and the colour of the rest: ink raises the contrast, paper lowers it."""
_AGENT_SHADES: Final = (0, 1, 3)
"""The shades of the first eight agents, the second eight and the third."""
_SIGNS: Final = "▓▒▚▌▞▙▛▟▜▐▖▘═┃╳╬╱╲"
"""A pattern for each agent, in order; none is solid, because parts lower than a line are always drawn solid."""
_DENSE: Final = 8
"""The number of patterns, from the first on, that fill about half of a cell or more."""
_OTHERS_SIGN: Final = "░"


def fills_for(owners: Mapping[str, str], canvas: Canvas) -> dict[str, Fill]:
    """Choose the colour and character of each series.

    A series that belongs to an agent has the agent's hue; several of one agent differ by shade. Series of no agent are
    grey. A name decides its shade; another series changes the choice only if both get the same one.

    Args:
        owners: the agent of each series, by the series' name; empty without an agent.
        canvas: the canvas.
    """
    fills = {}
    signs = _places(sorted(name for name in owners if name not in AGENTS), _DENSE)
    for name, owner, place in _shaded(owners):
        if name == OTHERS:
            fills[name] = Fill(_colour(_OTHERS, 0, canvas), _OTHERS_SIGN)
            continue
        if name == owner:
            lap = _index(name) // len(_HUES)
            shade = _AGENT_SHADES[lap]
        else:
            lap, shade = divmod(place, len(_SHADES))
        sign = _SIGNS[signs[name] % _DENSE if name in signs else _index(name)]
        fills[name] = Fill(_shade(owner, shade, canvas), sign if canvas.patterns or lap else "█")
    return fills


def stacking_order(name: str, owner: str) -> tuple[int, int, str]:
    """Return a series' place in a column, from the bottom; the order does not depend on the figures."""
    return int(name == OTHERS), AGENTS.index(owner) if owner in AGENTS else len(AGENTS), name


def agent_colour(agent: str, canvas: Canvas) -> str:
    """Return the colour of an agent."""
    return fills_for({agent: agent}, canvas)[agent].colour


def _shaded(owners: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    """Yield each series with its agent and its place among the shades of that agent."""
    for owner in set(owners.values()):
        names = sorted(name for name in owners if owners[name] == owner)
        for name, place in _places([name for name in names if name != OTHERS], len(_SHADES)).items():
            yield name, owner, place
    if OTHERS in owners:
        yield OTHERS, "", 0


def _places(names: Sequence[str], count: int) -> dict[str, int]:
    """Give each name a different place: the one from its checksum, if that is free."""
    taken: dict[str, int] = {}
    for lap in range(-(-len(names) // count)):
        free = list(range(count))
        for name in names[lap * count : (lap + 1) * count]:
            wanted = crc32(name.encode()) % count
            place = min(free, key=lambda each: (each - wanted) % count)
            free.remove(place)
            taken[name] = lap * count + place
    return taken


def _index(agent: str) -> int:
    """Return an agent's place; an unknown agent shares the place of a later one, so that it has a pattern."""
    if agent in AGENTS:
        return AGENTS.index(agent)
    return len(_HUES) + crc32(agent.encode()) % (len(AGENTS) - len(_HUES))


def _shade(owner: str, shade: int, canvas: Canvas) -> str:
    if owner:
        return _colour(_HUES[_index(owner) % len(_HUES)], shade, canvas)
    return _GREYS[shade][canvas.theme.ground == "dark"] if canvas.shades else ""


def _colour(hue: _Hue, shade: int, canvas: Canvas) -> str:
    if canvas.colours < Colours.INDEXED:
        return hue.ansi if canvas.colour else ""
    if canvas.theme.ground == "unknown":
        return f"color({hue.either_index})"
    dark = canvas.theme.ground == "dark"
    if shade == 0 and canvas.colours is Colours.INDEXED:
        return f"color({hue.dark_index if dark else hue.light_index})"
    percent, rest = _SHADES[shade]
    return _mixed(hue.dark if dark else hue.light, rest[dark], percent)


def _mixed(colour: str, other: str, percent: int) -> str:
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{(one * percent + two * (100 - percent) + 50) // 100:02x}" for one, two in pairs)
