"""The stage: the parts of the screen, each put to its place and given what it shows."""

from collections.abc import Mapping
from typing import Final

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from ai_usage.config.zone import Zone
from ai_usage.monitor.hues import Hues
from ai_usage.monitor.layout import Plan, Rect, plan
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Picture
from ai_usage.monitor.scene import Scene
from ai_usage.monitor.span import described
from ai_usage.monitor.widgets.footer import KeyBar, StatusLine, status_line
from ai_usage.monitor.widgets.header import Header, freshness, header_lines
from ai_usage.monitor.widgets.panels import (
    Days,
    Hosts,
    Projects,
    TimeChart,
    day_lines,
    host_lines,
    project_lines,
    time_lines,
)
from ai_usage.monitor.widgets.table import UsageTable
from ai_usage.render.canvas import Canvas


class Stage:
    """Knows where each part stands, and draws scenes."""

    def __init__(self, *, colour: bool) -> None:
        """Make the parts.

        Args:
            colour: whether the terminal has any.
        """
        self._colour = colour
        self._plan = Plan()
        self._hues = Hues()
        self._header = Header()
        self._time = TimeChart()
        self._days = Days()
        self._hosts = Hosts()
        self._projects = Projects()
        self._status = StatusLine()
        self._keys = KeyBar()
        self.table: Final = UsageTable()
        self.parts: Final[Mapping[str, Widget]] = {
            "header": self._header,
            "table": self.table,
            "time": self._time,
            "days": self._days,
            "hosts": self._hosts,
            "projects": self._projects,
            "status": self._status,
            "keys": self._keys,
        }
        """From top to bottom, by the names that a plan gives them."""

    @property
    def prompt_place(self) -> Rect:
        """Where something can be typed: behind the sign in the line that says what there is to say."""
        place = self._plan.status
        return place._replace(x=place.x + 2, width=place.width - 2)

    def draw(self, scene: Scene, size: Size) -> None:
        """Put every part to its place, and draw those that a picture fills."""
        division = plan(size.width, size.height, scene.content, scene.look.panel)
        if division != self._plan:
            self._plan = division
            for name, place in division._asdict().items():
                put(self.parts[name], place)
        if scene.picture is not None:
            self._draw_picture(scene, scene.picture, scene.palette)

    def _draw_picture(self, scene: Scene, picture: Picture, palette: Palette) -> None:
        if place := self._plan.table:
            report = picture.overview.report
            self.table.draw(report, self._canvas(scene, place), place.height, palette)
        if place := self._plan.time:
            hues = self._hues.of(picture.overview.series)
            self._time.show(time_lines(picture, self._canvas(scene, place), place.height, hues))
        if place := self._plan.days:
            self._days.show(day_lines(picture, self._canvas(scene, place), place.height, palette))
        if place := self._plan.hosts:
            lines = host_lines(picture, scene.sync, self._canvas(scene, place), place.height, palette)
            self._hosts.show(lines)
        if place := self._plan.projects:
            self._projects.show(project_lines(picture, self._canvas(scene, place), place.height, palette))

    def draw_frame(self, scene: Scene, width: int, now: int, zone: Zone, *, typing: bool) -> None:
        """Draw header and footer.

        Args:
            scene: what there is to say.
            width: of the screen.
            now: the instant.
            zone: of the days.
            typing: whether something is being typed where the line of the status is.
        """
        palette, picture = scene.palette, scene.picture
        fresh = freshness(scene.intake, scene.sync, now, palette, waiting=scene.waiting)
        window = described(scene.look.span, now, zone)
        self._header.show(header_lines(window, picture, scene.look.filters, fresh, palette, width))
        notes = picture.notes if picture else ()
        line = Text(" :", palette.key)
        if not typing:
            line = status_line(scene.told, scene.intake, scene.sync, notes, now, palette, width)
        self._status.show([line])
        self._keys.draw(palette, width)

    def _canvas(self, scene: Scene, place: Rect) -> Canvas:
        """Return what can be drawn on at a place, without the cell that stays empty at each side."""
        drawing, patterns = scene.palette.drawing, scene.look.patterns
        return Canvas(max(place.width - 2, 1), drawing, self._colour, patterns=patterns)


def put(part: Widget, place: Rect) -> None:
    """Put a part of the screen to its place, or hide it where it has none."""
    part.display = bool(place)
    part.styles.offset = (place.x, place.y)
    part.styles.width = place.width
    part.styles.height = place.height
