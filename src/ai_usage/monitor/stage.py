"""The one widget that fills the screen and draws every part at its place."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from ai_usage.config.zone import Zone
from ai_usage.monitor.layout import Plan, Rect, chart_width, plan
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Picture
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.span import described
from ai_usage.monitor.widgets.footer import key_at, key_line, status_line
from ai_usage.monitor.widgets.header import freshness, header_lines
from ai_usage.monitor.widgets.panels import agent_lines, day_lines, host_lines, project_lines, time_lines
from ai_usage.monitor.widgets.table import UsageTable
from ai_usage.render.canvas import Canvas, Colours
from ai_usage.render.chart import Style as ChartStyle
from ai_usage.render.chart import most_points, needs_lanes

_RAISED: Final = frozenset({"header", "status"})
"""Parts with a different background."""
_FRAMED: Final = frozenset({"header", "status", "keys"})
"""Parts that use the whole width; the others leave a cell free at each side."""


class Piece(NamedTuple):
    """The text of one part on one line of the screen."""

    x: int
    width: int
    text: Text
    raised: bool


class Stage(Widget):
    """Places the parts and draws scenes; only changed lines are drawn again.

    The parts are not separate widgets: the screen library needs two frames to place several, which is most of the time
    from a key to the changed screen.
    """

    DEFAULT_CSS = "Stage { width: 100%; height: 100%; }"

    def __init__(self, colours: Colours) -> None:
        """Begin empty.

        Args:
            colours: the number of colours of the terminal.
        """
        super().__init__()
        self.table: Final = UsageTable()
        self._colours = colours
        self._plan = Plan()
        self._palette: Palette | None = None
        self._shown: dict[str, Sequence[Text]] = {}
        self._rows: list[tuple[Piece, ...]] = []

    @property
    def rows(self) -> Sequence[tuple[Piece, ...]]:
        """The shown pieces, line by line, from left to right."""
        return self._rows

    @property
    def prompt_place(self) -> Rect:
        """The place for typing: after the sign in the status line."""
        place = self._plan.status
        return place._replace(x=place.x + 2, width=place.width - 2)

    def draw(self, scene: Scene, size: Size) -> None:
        """Place every part, and draw the parts of the picture; `draw_frame` draws the rest."""
        self._plan = plan(size.width, size.height, scene.content, scene.look.panel)
        self._palette = scene.palette
        if scene.picture is not None:
            self._draw_picture(scene, scene.picture, scene.palette)

    def _draw_picture(self, scene: Scene, picture: Picture, palette: Palette) -> None:
        drawers: dict[str, Callable[[Canvas, int], Sequence[Text]]] = {
            "table": lambda canvas, height: self.table.draw(picture.overview.report, canvas, height, palette),
            "time": lambda canvas, height: time_lines(picture, canvas, height),
            "days": lambda canvas, height: day_lines(picture, canvas, height),
            "hosts": lambda canvas, height: host_lines(picture, scene.sync, canvas, height, palette),
            "agents": lambda canvas, height: agent_lines(picture, canvas, height, palette),
            "projects": lambda canvas, height: project_lines(picture, canvas, height, palette),
        }
        for name, draw in drawers.items():
            if place := getattr(self._plan, name):
                self._shown[name] = draw(self._canvas(scene, max(place.width - 2, 1)), place.height)

    def most_points(self, scene: Scene, size: Size) -> int:
        """Return the number of points that fit into the chart over time."""
        width = chart_width(size.width, size.height)
        return most_points(width, lanes=self._needs_lanes(scene, scene.look.style))

    def _needs_lanes(self, scene: Scene, style: ChartStyle) -> bool:
        return needs_lanes(self._canvas(scene, 1), style, by_agent=scene.look.split == "vendor")

    def remark(self, scene: Scene, *, patterns: bool) -> str:
        """Explain why a choice of style or patterns has no effect; empty if it has one."""
        if self._needs_lanes(scene, "columns"):
            return "each series has a lane of its own: colours cannot tell them apart here"
        if patterns and scene.look.style == "lanes":
            return "patterns show in stacked columns; l stacks the series"
        return ""

    def _canvas(self, scene: Scene, width: int) -> Canvas:
        """Return the canvas for a part of this width."""
        return Canvas(width, scene.palette.drawing, self._colours, patterns=scene.look.patterns)

    def draw_frame(self, scene: Scene, width: int, now: int, zone: Zone, *, typing: bool) -> None:
        """Draw header and footer, and show all changes.

        Args:
            scene: the scene.
            width: the screen's width.
            now: the instant.
            zone: the time zone.
            typing: whether the prompt covers the status line.
        """
        palette, picture = scene.palette, scene.picture
        fresh = freshness(scene.intake, scene.sync, now, palette, waiting=scene.waiting)
        window = described(scene.look.span, now, zone)
        line = Text(" :", palette.key)
        if not typing:
            line = status_line(scene, now, width)
        self._shown["header"] = header_lines(window, picture, scene.look.filters, fresh, palette, width)
        self._shown["status"] = [line]
        self._shown["keys"] = [key_line(palette, width)]
        self._show()

    def move_cursor(self, steps: int) -> None:
        """Choose another row of the table."""
        self._shown["table"] = self.table.move_cursor(steps)
        self._show()

    def _show(self) -> None:
        """Draw the changed lines."""
        before, self._rows = self._rows, self._divided()
        changed = [y for y, row in enumerate(self._rows) if y >= len(before) or row != before[y]]
        if changed:
            self.refresh(*(Region(0, y, self.app.size.width, 1) for y in changed))

    def _divided(self) -> list[tuple[Piece, ...]]:
        """Divide the parts into lines of the screen."""
        rows: list[list[Piece]] = [[] for _ in range(max(place.y + place.height for place in self._plan))]
        for name, place in self._plan._asdict().items():
            margin = 0 if name in _FRAMED else 1
            for y, text in enumerate(self._shown.get(name, ())[: place.height], place.y):
                rows[y].append(Piece(place.x + margin, place.width - 2 * margin, text, name in _RAISED))
        return [tuple(sorted(row, key=lambda piece: piece.x)) for row in rows]

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width, style = self.size.width, self.rich_style
        row = self._rows[y] if y < len(self._rows) else ()
        if self._palette is not None and any(piece.raised for piece in row):
            style += Style(bgcolor=self._palette.raised)
        return Strip(self._segments(row)).apply_style(style).adjust_cell_length(width, style)

    def _segments(self, row: Iterable[Piece]) -> Iterable[Segment]:
        console = self.app.console
        at = 0
        for piece in row:
            yield Segment(" " * (piece.x - at))
            text = piece.text
            strip = Strip(
                text.render(console) if text.spans else [Segment(text.plain, console.get_style(text.style))]
            )
            yield from strip.adjust_cell_length(piece.width)
            at = piece.x + piece.width

    async def on_click(self, event: events.Click) -> None:
        """Choose the clicked row, or run the action of the clicked key."""
        table, keys = self._plan.table, self._plan.keys
        if event.y == keys.y and self._palette is not None:
            if key := key_at(event.x, keys.width):
                await self.app.run_action(key.action, self.screen)
        elif Region(*table).contains(event.x, event.y):
            self._shown["table"] = self.table.choose(event.y - table.y)
            self._show()

    def on_mouse_scroll_down(self) -> None:
        """Go down."""
        self.move_cursor(1)

    def on_mouse_scroll_up(self) -> None:
        """Go up."""
        self.move_cursor(-1)
