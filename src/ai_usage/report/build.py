"""Build a report: query the ledgers, price each group, sum by the report's keys, order the rows."""

from collections.abc import Callable, Collection, Iterable, Sequence

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import Cell, buckets_of, sum_cells
from ai_usage.report.costing import Costing
from ai_usage.report.document import BY_TIME, Keys, Report, Row
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.notes import Caveats, notes_on
from ai_usage.report.order import ordered
from ai_usage.report.projects import NO_PROJECT, shown_name
from ai_usage.report.question import Question
from ai_usage.report.sessions import find_sessions
from ai_usage.report.sums import Sums, sum_of
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.group import Group
from ai_usage.usage.total import Total

_UNITS = {"daily": Unit.DAY, "weekly": Unit.WEEK, "monthly": Unit.MONTH}

Priced = tuple[HostView, Group, Total]


def build(name: str, question: Question, views: Sequence[HostView], catalog: Catalog) -> Report:
    """Build one report.

    Args:
        name: one of `document.KEY_COLUMNS`.
        question: the window, filters and options.
        views: every known machine.
        catalog: prices and names of models.

    Raises:
        UsageError: the question names a machine or a session that is not known.
    """
    gathering = Gathering(views, question.filters, catalog.display_name)
    costing = Costing(catalog, question.cost_mode)
    span = question.window.span
    cut: tuple[str, ...] = ()
    if name in BY_TIME:
        buckets = buckets_of(question, gathering, _UNITS[name])
        spans = [(bucket.start, bucket.end) for bucket in buckets]
        groups = list(gathering.sums(spans))
        rows = time_rows(_price(groups, costing), buckets)
        other_machines = any(not view.local for view, _ in groups)
    elif name == "sessions":
        found = find_sessions(gathering.session_sums(span), question, catalog)
        rows, costing, other_machines, cut = found
    else:
        cells = sum_cells(gathering.sums([span], projects=name == "projects"), costing)
        rows = rows_by_key(name, cells, catalog.display_name)
        other_machines = has_other_machines(cells, [view.host for view in gathering.views if view.local])
    caveats = Caveats(
        costing.unpriced_models,
        gathering.doubts(span),
        other_machines=other_machines,
        overlapping=gathering.overlapping,
    )
    report = finish(name, question, rows, caveats)
    return report._replace(notes=(*report.notes, *cut))


def finish(name: str, question: Question, rows: list[Row], caveats: Caveats) -> Report:
    """Order the rows, sum them, and write the notes."""
    total = sum_of(row.total for row in rows)
    return Report(
        name,
        question,
        tuple(rows if name in BY_TIME else ordered(name, rows, question.sort)),
        total,
        notes_on(question, total, caveats),
        tuple(sorted(caveats.unpriced_models)),
    )


def time_rows(priced: Iterable[Priced], buckets: Sequence[Bucket]) -> list[Row]:
    """Sum by bucket; buckets without requests are left out."""
    sums: Sums[Keys] = Sums()
    for _, group, total in priced:
        sums.add((buckets[group.bucket].name,), total)
    return [Row(keys, total, keys[0] or "") for keys, total in sorted(sums.items()) if total.requests]


def rows_by_key(name: str, cells: Iterable[Cell], display_name: Callable[[str], str]) -> list[Row]:
    """Sum by model, vendor, host or project."""
    sums: Sums[Keys] = Sums()
    labels: dict[Keys, str] = {}
    for cell in cells:
        match name:
            case "models":
                keys: Keys = (cell.vendor, cell.model)
            case "vendors":
                keys = (cell.vendor,)
            case "hosts":
                keys = (cell.host,)
            case _:
                keys = (None, cell.project_key) if cell.project_key else (cell.project, None)
                if cell.project:
                    labels.setdefault(keys, cell.project)
        sums.add(keys, cell.total)
    rows = [(keys, total) for keys, total in sums.items() if total.requests]
    if name == "models":
        return [Row(keys, total, display_name(keys[1] or "")) for keys, total in rows]
    if name == "projects":
        return [project_row(keys, total, labels.get(keys)) for keys, total in rows]
    return [Row(keys, total, keys[0] or "") for keys, total in rows]


def has_other_machines(cells: Iterable[Cell], local: Collection[str]) -> bool:
    """Tell whether any cell belongs to a machine whose logs are not read here."""
    return any(cell.total.requests and cell.host not in local for cell in cells)


def project_row(keys: Keys, total: Total, label: str | None) -> Row:
    """Make a project's row; its name is its label, else the first digits of its key."""
    name = shown_name(label, keys[1])
    return Row((name, keys[1]), total, name or NO_PROJECT)


def _price(groups: Iterable[tuple[HostView, Group]], costing: Costing) -> Iterable[Priced]:
    return ((view, group, costing.total_of(group)) for view, group in groups)
