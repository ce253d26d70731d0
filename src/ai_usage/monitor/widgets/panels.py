"""The panels: usage over time, bars by day with weekdays, and comparisons of machines, agents and projects."""

from collections.abc import Collection, Sequence

from rich.text import Text

from ai_usage.monitor.events import SyncState
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Day, Picture, identity
from ai_usage.monitor.widgets.lines import ruled, split_bar
from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.chart import chart
from ai_usage.render.harmless import harmless
from ai_usage.render.hues import agent_colour, stacking_order
from ai_usage.render.measure import Measure, amount, measure_of
from ai_usage.report.document import Row
from ai_usage.usage.total import Total

_FIGURE = 8


def time_lines(picture: Picture, canvas: Canvas, height: int) -> list[Text]:
    """Draw usage over time in this height; no lines without usage."""
    look = picture.look
    lines = chart(picture.overview, canvas, height, look.measure, look.style)
    if not lines:
        return []
    return [ruled(lines[0], canvas.width, canvas.theme.faint), *lines[1:]]


def day_lines(picture: Picture, canvas: Canvas, height: int) -> list[Text]:
    """Draw a bar for each day, the newest first, as many as fit."""
    measure = measure_of(picture.overview, picture.look.measure)
    title = Text.assemble(
        ("Days", canvas.theme.heading),
        (f" by {'cost' if measure == 'cost' else 'tokens'}", canvas.theme.faint),
    )
    days = picture.days[: max(height - 1, 0)]
    highest = max((amount(day.total, measure) for day in days), default=0)
    lines = [ruled(title, canvas.width, canvas.theme.faint)]
    for day in days:
        lines.append(_day_line(picture, day, measure, highest, canvas))
    return lines


def _day_line(picture: Picture, day: Day, measure: Measure, highest: int, canvas: Canvas) -> Text:
    weekend = day.date.weekday() >= 5
    label = f"{day.date:%a %b} {day.date.day:2} "
    style = canvas.theme.faint if weekend else ""
    parts = _by_agent(picture, "daily", day.date.isoformat(), measure, canvas)
    drawn = split_bar(parts, highest, canvas.width - len(label) - _FIGURE - 1)
    return Text.assemble((label, style), drawn, " ", _figure(day.total, measure, canvas))


def _by_agent(
    picture: Picture, kind: str, name: str | None, measure: Measure, canvas: Canvas
) -> list[tuple[str, int]]:
    """Return the parts of a bar: the colour of each agent, and its amount."""
    parts = picture.parts.get((kind, name), {})
    agents = sorted(parts, key=lambda agent: stacking_order(agent, agent))
    return [(agent_colour(agent, canvas), amount(parts[agent], measure)) for agent in agents]


def host_lines(
    picture: Picture, sync: SyncState, canvas: Canvas, height: int, palette: Palette
) -> list[Text]:
    """Compare the machines; a sign marks a machine whose records differ from its report."""
    return _compared("hosts", picture, picture.hosts, set(sync.failed), canvas, height, palette)


def agent_lines(picture: Picture, canvas: Canvas, height: int, palette: Palette) -> list[Text]:
    """Compare the agents."""
    return _compared("agents", picture, picture.agents, set(), canvas, height, palette)


def project_lines(picture: Picture, canvas: Canvas, height: int, palette: Palette) -> list[Text]:
    """Compare the projects."""
    return _compared("projects", picture, picture.projects, set(), canvas, height, palette)


def _compared(
    kind: str,
    picture: Picture,
    rows: Sequence[Row],
    bad: Collection[str],
    canvas: Canvas,
    height: int,
    palette: Palette,
) -> list[Text]:
    """Draw a bar for each row, with its agents in their colours, its amount and its share."""
    measure = measure_of(picture.overview, picture.look.measure)
    whole = sum(amount(row.total, measure) for row in rows)
    highest = max((amount(row.total, measure) for row in rows), default=0)
    shown = rows[: max(height - 1, 0)]
    labels = [Text(harmless(row.label)) for row in shown]
    width = min(max((label.cell_len for label in labels), default=0), max(canvas.width * 2 // 5, 8))
    heading = Text.assemble((kind.capitalize(), canvas.theme.heading), (f" by {measure}", canvas.theme.faint))
    if len(rows) > len(shown):
        heading.append(f"  {len(shown)} of {len(rows)}", canvas.theme.faint)
    lines = [ruled(heading, canvas.width, canvas.theme.faint)]
    for row, label in zip(shown, labels, strict=True):
        label.truncate(width, overflow="ellipsis", pad=True)
        size = amount(row.total, measure)
        if kind == "agents":
            parts = [(agent_colour(row.label, canvas), size)]
        else:
            parts = _by_agent(picture, kind, identity(row.keys), measure, canvas)
        drawn = split_bar(parts, highest, canvas.width - width - 3 - _FIGURE - 5)
        sign = ("! ", palette.bad) if row.label in bad else ("  ", "")
        share = (f"{figures.share(size, whole):>5}", canvas.theme.faint)
        figure = _figure(row.total, measure, canvas)
        lines.append(Text.assemble(label, " ", sign, drawn, figure, share))
    return lines


def _figure(total: Total, measure: Measure, canvas: Canvas) -> Text:
    if not total.requests:
        return Text(f"{'0':>{_FIGURE}}", canvas.theme.faint)
    if measure == "tokens":
        return Text(f"{figures.tokens(total.total_tokens):>{_FIGURE}}")
    text = figures.cost_of(total)
    if len(text) > _FIGURE:
        text = figures.usd_short(total.cost)
    return Text(f"{text:>{_FIGURE}}", canvas.theme.warning if total.unpriced_tokens else canvas.theme.money)
