"""The overview of `--once`: a table, usage over time, and a summary line."""

from rich.console import Group, RenderableType
from rich.text import Text

from ai_usage.render import figures
from ai_usage.render.canvas import Canvas
from ai_usage.render.chart import chart
from ai_usage.render.harmless import harmless
from ai_usage.render.nothing import tell_nothing
from ai_usage.render.table import report_table
from ai_usage.report.document import Report
from ai_usage.report.overview import Overview


def overview_page(overview: Overview, canvas: Canvas, notes: tuple[str, ...]) -> RenderableType:
    """Lay out an overview.

    Args:
        overview: the overview.
        canvas: the canvas.
        notes: notes besides the report's own.
    """
    report = overview.report
    if not report.rows:
        return Group(nothing(report, canvas), *_notes((*report.notes, *notes), canvas))
    parts: list[RenderableType] = [report_table(report, canvas), Text()]
    lines = chart(overview, canvas)
    if lines:
        parts += [*lines, Text()]
    parts += [_summary(overview, canvas), *_notes((*report.notes, *notes), canvas)]
    return Group(*parts)


def report_page(report: Report, canvas: Canvas) -> RenderableType:
    """Lay out one report with its notes."""
    body = report_table(report, canvas) if report.rows else nothing(report, canvas)
    return Group(body, *_notes(report.notes, canvas))


def nothing(report: Report, canvas: Canvas) -> Text:
    """Say that there is no usage to show, and the possible reason."""
    return Text(tell_nothing(report.question), canvas.theme.faint)


def _summary(overview: Overview, canvas: Canvas) -> Text:
    """Write the summary line; if it is too long, it breaks between two facts."""
    total = overview.report.total
    facts = [
        Text(figures.counted(overview.days, "day")),
        Text(figures.counted(total.requests, "request")),
        Text(f"{figures.tokens(total.total_tokens)} tokens"),
    ]
    if total.cache_share is not None:
        facts.append(Text(f"{total.cache_share:.0%} cached"))
    at_least = ">=" if canvas.ascii_only else "≥"
    facts.append(Text(figures.cost_of(total, at_least=at_least), f"bold {canvas.theme.money}"))
    if overview.days > 1 and overview.cost_per_day is not None:
        sign = at_least if total.unpriced_tokens else ""
        facts.append(Text(f"{sign}{figures.usd(overview.cost_per_day)} a day"))
    dot = " - " if canvas.ascii_only else " · "
    text = Text()
    room = canvas.width
    for fact in facts:
        if text and fact.cell_len + len(dot) > room:
            text.append("\n")
            room = canvas.width
        elif text:
            text.append(dot)
            room -= len(dot)
        text.append_text(fact)
        room -= fact.cell_len
    return text


def _notes(notes: tuple[str, ...], canvas: Canvas) -> list[Text]:
    sign = "! " if canvas.ascii_only else "⚠ "
    return [Text(sign, canvas.theme.warning).append(harmless(note), "") for note in notes]
