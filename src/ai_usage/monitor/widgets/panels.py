"""The panels: usage over time, bars by day with their weekdays, and the machines compared."""

from collections.abc import Sequence

from rich.text import Text

from ai_usage.monitor.events import SyncState
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Day, Picture
from ai_usage.monitor.widgets.lines import Lines, bar, ruled
from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.chart import Measure, chart, measure_of
from ai_usage.render.harmless import harmless
from ai_usage.usage.total import Total

_FIGURE = 8


class TimeChart(Lines):
    """Usage over time."""

    DEFAULT_CSS = "TimeChart { padding: 0 1; }"


class Days(Lines):
    """A bar for each day."""

    DEFAULT_CSS = "Days { padding: 0 1; }"


class Hosts(Lines):
    """A bar for each machine."""

    DEFAULT_CSS = "Hosts { padding: 0 1; }"


def time_lines(picture: Picture, canvas: Canvas, height: int, hues: Sequence[int]) -> list[Text]:
    """Draw usage over time on so many lines."""
    look = picture.look
    rows = max((height - 3) // 2 * 2, 1)  # an even number has its half at a line
    lines = chart(picture.overview, canvas, rows, look.measure, look.style, hues)
    if not lines:
        return [ruled(Text("Nothing to draw", canvas.theme.faint), canvas.width, canvas.theme.faint)]
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
    """Compare the machines: what each used, which part of all that is, and whether its records are proved."""
    measure = measure_of(picture.overview, picture.look.measure)
    rows = picture.hosts[: max(height - 1, 0)]
    whole = sum(_amount(row.total, measure) for row in picture.hosts)
    highest = max((_amount(row.total, measure) for row in picture.hosts), default=0)
    names = min(max((len(harmless(row.label)) for row in rows), default=0), max(canvas.width // 3, 8))
    lines = [ruled(Text("Hosts", canvas.theme.heading), canvas.width, canvas.theme.faint)]
    for row in rows:
        name = Text(harmless(row.label))
        name.truncate(names, overflow="ellipsis", pad=True)
        failed = row.label in sync.failed
        sign = Text(" !", palette.bad) if failed else Text("  ")
        amount = _amount(row.total, measure)
        drawn = bar(amount, highest, canvas.width - names - 2 - 1 - _FIGURE - 5)
        share = f"{figures.share(amount, whole):>5}"
        lines.append(
            Text.assemble(
                name,
                sign,
                " ",
                (drawn, palette.accent),
                _figure(row.total, measure, canvas),
                (share, canvas.theme.faint),
            )
        )
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
