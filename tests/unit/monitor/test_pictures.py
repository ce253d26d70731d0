"""The charts on the monitor's screen, read back and compared with the figures that they show."""

from pathlib import Path

import pytest
from rich.text import Text

from ai_usage.monitor.app import Monitor
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.picture import identity
from ai_usage.monitor.span import Span
from ai_usage.render.canvas import Colours
from ai_usage.render.chart import column_edges
from tests.unit.render.reading import Costs, compare, read_lanes, read_stack

from .test_screen import busy, driven


def chart_lines(app: Monitor) -> list[Text]:
    """The lines of the chart over time, as they stand on the screen."""
    place = app.main.stage._plan.time
    rows = app.main.stage.rows[place.y : place.y + place.height]
    return [next((piece.text for piece in row if piece.x == place.x + 1), Text()) for row in rows]


@pytest.mark.parametrize(
    ("size", "look", "palette", "colours"),
    [
        ((60, 20), Look(), DARK_PALETTE, Colours.TRUE),
        ((80, 24), Look(patterns=True), LIGHT_PALETTE, Colours.INDEXED),
        ((120, 40), Look(), DARK_PALETTE, Colours.ANSI),
        ((200, 60), Look(), LIGHT_PALETTE, Colours.TRUE),
        ((80, 24), Look(), DARK_PALETTE, Colours.NONE),
        ((120, 40), Look(style="lanes"), DARK_PALETTE, Colours.TRUE),
    ],
    ids=["60-dark", "80-light-patterns", "120-ansi", "200-light", "80-plain", "120-lanes"],
)
@pytest.mark.asyncio
async def test_the_monitor_s_chart_shows_its_figures(
    size: tuple[int, int], look: Look, palette: Palette, colours: Colours, tmp_path: Path
) -> None:
    look = look._replace(span=Span(14))
    async with driven(busy(tmp_path), 68, size, look, palette=palette, colours=colours) as (app, _):
        picture = app.main.scene.picture
        assert picture is not None
        lanes = look.style == "lanes" or colours is Colours.NONE
        points, margin = picture.overview.points, 22 if lanes else 9
        edges = column_edges(len(points), app.main.stage._plan.time.width - 2 - margin)
        reading = (read_lanes if lanes else read_stack)(chart_lines(app), edges)
        names = [name for name in ("claude", "codex") if name in reading.heights]
        assert names == ["claude", "codex"]
        costs: Costs = {
            name: [dict(point.parts)[name].cost if name in dict(point.parts) else 0 for point in points]
            for name in names
        }
        compare(reading.heights, reading.line, reading.width, costs, names, 10**12)


@pytest.mark.parametrize(("colours", "style"), [(Colours.ANSI, "reverse"), (Colours.TRUE, "on #1e2634")])
@pytest.mark.asyncio
async def test_the_chosen_row_can_be_seen(colours: Colours, style: str, tmp_path: Path) -> None:
    async with driven(busy(tmp_path), 35, colours=colours) as (app, _):
        styles = [
            str(span.style) for row in app.main.stage.rows for piece in row for span in piece.text.spans
        ]
        assert style in styles


@pytest.mark.asyncio
async def test_days_machines_and_projects_show_their_agents(tmp_path: Path) -> None:
    async with driven(busy(tmp_path), 35) as (app, _):
        picture = app.main.scene.picture
        assert picture is not None
        for kind, rows in (("hosts", picture.hosts), ("projects", picture.projects)):
            for row in rows:
                parts = picture.parts[kind, identity(row.keys)]
                assert sum(total.cost for total in parts.values()) == row.total.cost
                assert sum(total.requests for total in parts.values()) == row.total.requests
        for day in picture.days:
            parts = picture.parts.get(("daily", day.date.isoformat()), {})
            assert sum(total.cost for total in parts.values()) == day.total.cost
