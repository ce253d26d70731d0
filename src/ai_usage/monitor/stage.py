"""The stage: the one widget that fills the screen, on which every part is drawn at its place."""

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
"""Parts on a ground of their own."""
_FRAMED: Final = frozenset({"header", "status", "keys"})
"""Parts that use the whole width; the others leave a cell free at each side."""


class Piece(NamedTuple):
    """What one part shows on one line of the screen."""

    x: int
    width: int
    text: Text
    raised: bool


class Stage(Widget):
    """Knows where each part stands, and draws scenes; only lines that change are drawn again.

    The parts are no widgets of their own: placing several takes the screen's library two frames and most of the time
    from a key to the changed screen.
    """

    DEFAULT_CSS = "Stage { width: 100%; height: 100%; }"

    def __init__(self, colours: Colours) -> None:
        """Begin with nothing to show.

        Args:
            colours: how many the terminal has.
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
        """What is shown, line by line, each from the left to the right."""
        return self._rows

    @property
    def prompt_place(self) -> Rect:
        """Where something can be typed: behind the sign in the status line."""
        place = self._plan.status
        return place._replace(x=place.x + 2, width=place.width - 2)

    def draw(self, scene: Scene, size: Size) -> None:
        """Put every part to its place, and draw those that a picture fills; the frame is drawn after."""
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
        """Return how many points the chart over time has room for."""
        width = chart_width(size.width, size.height)
        return most_points(width, lanes=self._needs_lanes(scene, scene.look.style))

    def _needs_lanes(self, scene: Scene, style: ChartStyle) -> bool:
        return needs_lanes(self._canvas(scene, 1), style, by_agent=scene.look.split == "vendor")

    def remark(self, scene: Scene, *, patterns: bool) -> str:
        """Say why a choice of style or patterns changes nothing; empty where it does."""
        if self._needs_lanes(scene, "columns"):
            return "each series has a lane of its own: colours cannot tell them apart here"
        if patterns and scene.look.style == "lanes":
            return "patterns show in stacked columns; l stacks the series"
        return ""

    def _canvas(self, scene: Scene, width: int) -> Canvas:
        """Return what can be drawn on."""
        return Canvas(width, scene.palette.drawing, self._colours, patterns=scene.look.patterns)

    def draw_frame(self, scene: Scene, width: int, now: int, zone: Zone, *, typing: bool) -> None:
        """Draw header and footer, and show whatever changed.

        Args:
            scene: what to show.
            width: of the screen.
            now: the instant.
            zone: of the days.
            typing: whether something is being typed where the line of the status is.
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
        """Draw the lines that are not what they were."""
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
        """Choose the row that was clicked at, or do what the key does."""
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
