"""The panels: usage over time, bars by day with their weekdays, and the machines compared."""

from collections.abc import Collection, Sequence

from rich.text import Text

from ai_usage.monitor.events import SyncState
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Day, Picture
from ai_usage.monitor.widgets.lines import bar, ruled
from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.chart import Measure, chart, measure_of
from ai_usage.render.harmless import harmless
from ai_usage.report.document import Row
from ai_usage.usage.total import Total

_FIGURE = 8


def time_lines(picture: Picture, canvas: Canvas, height: int, hues: Sequence[int]) -> list[Text]:
    """Draw usage over time on so many lines; nothing where there was none."""
    look = picture.look
    rows = max((height - 3) // 2 * 2, 1)  # an even number has its half at a line
    lines = chart(picture.overview, canvas, rows, look.measure, look.style, hues)
    if not lines:
        return []
    return [ruled(lines[0], canvas.width, canvas.theme.faint), *lines[1:]]


def day_lines(picture: Picture, canvas: Canvas, height: int, palette: Palette) -> list[Text]:
    """Draw a bar for each day, the newest first, as many as there is room for."""
    measure = measure_of(picture.overview, picture.look.measure)
    title = Text.assemble(
        ("Days", canvas.theme.heading),
        (f" by {'cost' if measure == 'cost' else 'tokens'}", canvas.theme.faint),
    )
    days = picture.days[: max(height - 1, 0)]
    highest = max((_amount(day.total, measure) for day in days), default=0)
    lines = [ruled(title, canvas.width, canvas.theme.faint)]
    for day in days:
        lines.append(_day_line(day, measure, highest, canvas, palette))
    return lines


def _day_line(day: Day, measure: Measure, highest: int, canvas: Canvas, palette: Palette) -> Text:
    weekend = day.date.weekday() >= 5
    label = f"{day.date:%a %b} {day.date.day:2} "
    style = canvas.theme.faint if weekend else ""
    return Text.assemble(
        (label, style),
        (bar(_amount(day.total, measure), highest, canvas.width - len(label) - _FIGURE - 1), palette.accent),
        " ",
        _figure(day.total, measure, canvas),
    )


def host_lines(
    picture: Picture, sync: SyncState, canvas: Canvas, height: int, palette: Palette
) -> list[Text]:
    """Compare the machines; one whose records are not what it reported has a sign."""
    return _compared("Hosts", picture, picture.hosts, set(sync.failed), canvas, height, palette)


def agent_lines(picture: Picture, canvas: Canvas, height: int, palette: Palette) -> list[Text]:
    """Compare the agents."""
    return _compared("Agents", picture, picture.agents, set(), canvas, height, palette)


def project_lines(picture: Picture, canvas: Canvas, height: int, palette: Palette) -> list[Text]:
    """Compare the projects."""
    return _compared("Projects", picture, picture.projects, set(), canvas, height, palette)


def _compared(
    title: str,
    picture: Picture,
    rows: Sequence[Row],
    bad: Collection[str],
    canvas: Canvas,
    height: int,
    palette: Palette,
) -> list[Text]:
    """Draw a bar for each row, with what it used and which part of all that is."""
    measure = measure_of(picture.overview, picture.look.measure)
    whole = sum(_amount(row.total, measure) for row in rows)
    highest = max((_amount(row.total, measure) for row in rows), default=0)
    shown = rows[: max(height - 1, 0)]
    labels = [Text(harmless(row.label)) for row in shown]
    width = min(max((label.cell_len for label in labels), default=0), max(canvas.width * 2 // 5, 8))
    heading = Text.assemble((title, canvas.theme.heading), (f" by {measure}", canvas.theme.faint))
    if len(rows) > len(shown):
        heading.append(f"  {len(shown)} of {len(rows)}", canvas.theme.faint)
    lines = [ruled(heading, canvas.width, canvas.theme.faint)]
    for row, label in zip(shown, labels, strict=True):
        label.truncate(width, overflow="ellipsis", pad=True)
        amount = _amount(row.total, measure)
        drawn = bar(amount, highest, canvas.width - width - 3 - _FIGURE - 5)
        sign = ("! ", palette.bad) if row.label in bad else ("  ", "")
        share = (f"{figures.share(amount, whole):>5}", canvas.theme.faint)
        figure = _figure(row.total, measure, canvas)
        lines.append(Text.assemble(label, " ", sign, (drawn, palette.accent), figure, share))
    return lines


def _amount(total: Total, measure: Measure) -> int:
    return total.cost if measure == "cost" else total.total_tokens


def _figure(total: Total, measure: Measure, canvas: Canvas) -> Text:
    if not total.requests:
        return Text(f"{'0':>{_FIGURE}}", canvas.theme.faint)
    if measure == "tokens":
        return Text(f"{figures.tokens(total.total_tokens):>{_FIGURE}}")
    text = figures.cost_of(total)
    if len(text) > _FIGURE:
        text = figures.usd_short(total.cost)
    return Text(f"{text:>{_FIGURE}}", canvas.theme.warning if total.unpriced_tokens else canvas.theme.money)
