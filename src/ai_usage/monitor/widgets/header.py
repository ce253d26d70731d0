"""The header: program and window, filters, totals, and the state of intake and sync."""

from rich.text import Text

from ai_usage import __version__
from ai_usage.monitor.events import Intake, SyncState
from ai_usage.monitor.palette import Palette
from ai_usage.monitor.picture import Picture
from ai_usage.monitor.widgets.lines import apart, fitted
from ai_usage.render import figures
from ai_usage.render.harmless import harmless
from ai_usage.report.projects import NO_PROJECT
from ai_usage.report.question import Filters


def header_lines(
    window: str, picture: Picture | None, filters: Filters, fresh: Text, palette: Palette, width: int
) -> list[Text]:
    """Write the header.

    Args:
        window: the description of the shown days.
        picture: the picture; None before the first one.
        filters: the filters of the look.
        fresh: the state of intake and sync.
        palette: the colours.
        width: the width in cells.
    """
    left = Text.assemble(
        (" ai-usage ", palette.badge),
        f" {__version__}  " if width >= 72 else " ",
        (window, palette.drawing.heading),
    )
    first = apart(left, fresh, width - 1)
    chosen = _filters(filters, palette)
    chosen.truncate(width // 2, overflow="ellipsis")
    totals = _totals(picture, palette, width - chosen.cell_len - 4)
    return [first, apart(totals, chosen, width - 1)]


def freshness(intake: Intake, sync: SyncState, now: int, palette: Palette, *, waiting: bool) -> Text:
    """Describe in a few words whether new lines are seen at once, and the state of sync."""
    faint = palette.drawing.faint
    if intake.problem:
        text = Text("! logs", palette.bad)
    elif intake.share is not None:
        text = Text(f"reading logs {intake.share}%", palette.accent)
    elif waiting:
        text = Text("reading …", palette.accent)
    else:
        text = Text.assemble(("●", palette.good), " live" if not intake.polling else " polling")
    return Text.assemble(text, (" │ ", faint), _sync_words(sync, now, palette))


def _sync_words(sync: SyncState, now: int, palette: Palette) -> Text:
    if not sync.enabled:
        return Text("sync off", palette.drawing.faint)
    if sync.running:
        return Text("syncing …", palette.accent)
    if sync.error:
        return Text("! sync failed", palette.bad)
    if sync.last_success is None:
        return Text("sync pending")
    return Text(f"synced {ago(now - sync.last_success)}")


def ago(span: int) -> str:
    """Describe how long ago something was.

    Args:
        span: microseconds.
    """
    minutes = max(span, 0) // 60_000_000
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} days ago"


def _totals(picture: Picture | None, palette: Palette, width: int) -> Text:
    if picture is None:
        return Text(" ")
    total = picture.overview.report.total
    facts = [
        Text(figures.cost_of(total), f"bold {palette.drawing.money}"),
        Text(f"{figures.tokens(total.total_tokens)} tokens"),
        Text(figures.counted(total.requests, "request")),
    ]
    if total.cache_share is not None:
        facts.append(Text(f"{total.cache_share:.0%} cached"))
    if picture.overview.days > 1 and picture.overview.cost_per_day is not None:
        facts.append(Text(f"{figures.usd(picture.overview.cost_per_day)} a day"))
    return Text.assemble(" ", fitted(facts, width, Text(" · ", palette.drawing.faint)))


def _filters(filters: Filters, palette: Palette) -> Text:
    """Name the filters; they are marked by a sign, too."""
    hosts = filters.host if filters.only_host is None else (filters.only_host,)
    models = filters.model if filters.only_model is None else (filters.only_model,)
    only = filters.only_project
    projects = filters.project if only is None else (only[0] or NO_PROJECT,)
    words = [
        " + ".join(filters.vendor) or "all agents",
        *(["on " + " + ".join(hosts)] if hosts else []),
        *(f"· model {name}" for name in models),
        *(f"· project {name}" for name in projects),
    ]
    filtered = any(filters)
    text = Text("▸ " + harmless(" ".join(words)) if filtered else "all agents · all hosts")
    text.stylize(f"bold {palette.accent}" if filtered else palette.drawing.faint)
    return text
