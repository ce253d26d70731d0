"""Building a report: ask the ledgers, price each group, roll up under the report's keys, order the rows."""

from collections.abc import Callable, Iterable, Sequence

from ai_usage.pricing.catalog import Catalog
from ai_usage.report.costing import Costing
from ai_usage.report.document import BY_TIME, Keys, Report, Row
from ai_usage.report.gather import Gathering, HostView
from ai_usage.report.notes import notes_on
from ai_usage.report.order import ordered
from ai_usage.report.question import Question
from ai_usage.report.sessions import session_rows
from ai_usage.report.sums import Sums, sum_of
from ai_usage.usage.bucket import Bucket, Unit, cut
from ai_usage.usage.group import Group
from ai_usage.usage.total import Total

_UNITS = {"daily": Unit.DAY, "weekly": Unit.WEEK, "monthly": Unit.MONTH}

Priced = tuple[HostView, Group, Total]


def build(name: str, question: Question, views: Sequence[HostView], catalog: Catalog) -> Report:
    """Build one report.

    Args:
        name: one of `document.KEY_COLUMNS`.
        question: what is asked.
        views: every known machine.
        catalog: prices and names of models.

    Raises:
        UsageError: the question names a machine that is not known.
    """
    gathering = Gathering(views, question.filters, catalog.display_name)
    costing = Costing(catalog, question.cost_mode)
    span = question.window.span
    if name in BY_TIME:
        buckets = buckets_of(question, gathering, _UNITS[name])
        spans = [(bucket.start, bucket.end) for bucket in buckets]
        priced = _price(gathering.sums(spans), costing)
        rows = time_rows(priced, buckets)
    elif name == "sessions":
        rows = session_rows(_price(gathering.session_sums(span), costing), question.zone.rules)
    else:
        priced = _price(gathering.sums([span], projects=name == "projects"), costing)
        rows = rows_by_key(name, priced, catalog.display_name)
    return finish(name, question, rows, gathering, costing)


def finish(name: str, question: Question, rows: list[Row], gathering: Gathering, costing: Costing) -> Report:
    """Order the rows, sum them, and write the notes."""
    total = sum_of(row.total for row in rows)
    notes = notes_on(
        question,
        total,
        costing.unpriced_models,
        gathering.doubts(question.window.span),
        other_machines=any(not view.local for view in gathering.views),
        overlapping=gathering.overlapping,
    )
    in_order = rows if name in BY_TIME else ordered(name, rows, question.sort)
    return Report(name, question, tuple(in_order), total, notes, tuple(sorted(costing.unpriced_models)))


def buckets_of(question: Question, gathering: Gathering, unit: Unit) -> list[Bucket]:
    """Cut the window into buckets, from its start or the first record to its end or right after the last one."""
    start, end = question.window
    if start is None or end is None:
        extent = gathering.extent()
        if extent is None:
            return []
        start = extent[0] if start is None else start
        end = extent[1] if end is None else end
    return cut(start, end, unit, question.zone.rules)


def time_rows(priced: Iterable[Priced], buckets: Sequence[Bucket]) -> list[Row]:
    """Roll up by bucket; buckets without requests are left out."""
    sums = Sums()
    for _, group, total in priced:
        sums.add((buckets[group.bucket].name,), total)
    return [Row(keys, total, keys[0] or "") for keys, total in sorted(sums.items()) if total.requests]


def rows_by_key(name: str, priced: Iterable[Priced], display_name: Callable[[str], str]) -> list[Row]:
    """Roll up by model, vendor, host or project."""
    sums = Sums()
    labels: dict[Keys, str] = {}
    for view, group, total in priced:
        match name:
            case "models":
                keys: Keys = (group.vendor, group.model)
            case "vendors":
                keys = (group.vendor,)
            case "hosts":
                keys = (view.host,)
            case _:
                # Machines that know the project's name give it to those that have only the key.
                keys = (None, group.project_key) if group.project_key else (group.project, None)
                if group.project:
                    labels.setdefault(keys, group.project)
        sums.add(keys, total)
    rows = [(keys, total) for keys, total in sums.items() if total.requests]
    if name == "models":
        return [Row(keys, total, display_name(keys[1] or "")) for keys, total in rows]
    if name == "projects":
        return [project_row(keys, total, labels.get(keys)) for keys, total in rows]
    return [Row(keys, total, keys[0] or "") for keys, total in rows]


def project_row(keys: Keys, total: Total, label: str | None) -> Row:
    """Name a project by its label, else by the first digits of its key."""
    key = keys[1]
    name = label or (key[:8] if key else None)
    return Row((name, key), total, name or "(none)")


def _price(groups: Iterable[tuple[HostView, Group]], costing: Costing) -> Iterable[Priced]:
    return ((view, group, costing.total_of(group)) for view, group in groups)
