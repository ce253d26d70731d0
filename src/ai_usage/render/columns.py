"""The columns of a report's table, and the order in which they are dropped when the width is small."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from ai_usage.render import figures
from ai_usage.render.harmless import harmless
from ai_usage.report.document import BY_TIME, Report, Row
from ai_usage.usage.total import Total

ALWAYS: Final = 9
DETAIL: Final = 4
"""Columns up to this rank are dropped before a name is cut."""


class Column(NamedTuple):
    """One column of a table: names, aligned left, or figures, aligned right."""

    title: str
    rank: int
    """Columns with lower ranks are dropped first; `ALWAYS` is never dropped."""
    cell: Callable[[Row], str]
    total: str = ""
    """The text in the row of totals."""
    narrowest: int | None = None
    """The least width to which names may be cut; None if the column must not be cut."""
    is_name: bool = True


def columns_of(report: Report, at_least: str) -> list[Column]:
    """Return all columns of a report.

    Args:
        report: the report.
        at_least: the sign before a cost that is a lower bound.
    """
    names = _names(report)
    names[0] = names[0]._replace(total="total")
    return [*names, *_figures(report, at_least)]


def _names(report: Report) -> list[Column]:
    match report.name:
        case "models":
            labels = [(row.keys[0], row.label) for row in report.rows]
            return [
                Column("vendor", 8, _key(0)),
                Column("model", ALWAYS, lambda row: _model(row, labels), narrowest=12),
            ]
        case "sessions":
            hosts = {row.keys[1] for row in report.rows}
            return [
                Column("session", ALWAYS, _label, narrowest=8),
                Column("vendor", 6, _key(0)),
                *([Column("host", 4, _key(1), narrowest=8)] if len(hosts) > 1 else []),
                Column("project", 7, _key(3), narrowest=10),
                Column("first seen", 2, lambda row: figures.moment(row.keys[4] or "")),
                Column("last seen", 5, lambda row: figures.moment(row.keys[5] or "")),
            ]
        case "projects":
            names = [row.label for row in report.rows]
            return [Column("project", ALWAYS, lambda row: _told_apart(row, names), narrowest=12)]
        case "hosts":
            return [Column("host", ALWAYS, _label, narrowest=12)]
        case _:
            return [Column(report.columns[0], ALWAYS, _label)]


def _key(index: int) -> Callable[[Row], str]:
    return lambda row: harmless(row.keys[index] or figures.UNKNOWN)


def _label(row: Row) -> str:
    return harmless(row.label)


def _model(row: Row, labels: Sequence[tuple[str | None, str]]) -> str:
    """Return the display name, or the id if two models of one agent have the same display name."""
    vendor, model = row.keys
    return harmless(row.label if labels.count((vendor, row.label)) == 1 else model or row.label)


def _told_apart(row: Row, names: Sequence[str]) -> str:
    """Add the key's first digits if two projects have the same name."""
    key = row.keys[1]
    return harmless(row.label) + (f" ({key[:8]})" if key and names.count(row.label) > 1 else "")


def _figures(report: Report, at_least: str) -> list[Column]:
    def figure(title: str, rank: int, text: Callable[[Total], str]) -> Column:
        return Column(title, rank, lambda row: text(row.total), text(report.total), is_name=False)

    def share(total: Total) -> str:
        if total.known_cost is None:
            return figures.UNKNOWN
        return figures.share(total.cost, report.total.cost)

    columns = [
        figure("requests", 5, lambda total: f"{total.requests:,}"),
        figure("input", 4, lambda total: figures.tokens(total.input_tokens)),
        figure("cache write", 2, lambda total: figures.tokens(total.cache_write_tokens)),
        figure("cache read", 3, lambda total: figures.tokens(total.cache_read_input_tokens)),
        figure("output", 4, lambda total: figures.tokens(total.output_tokens)),
        figure("thinking", 1, lambda total: figures.reasoning_of(total, at_least=at_least)),
        figure("total", 8, lambda total: figures.tokens(total.total_tokens)),
        figure("cost", ALWAYS, lambda total: figures.cost_of(total, at_least=at_least)),
    ]
    if report.name not in BY_TIME:
        columns.append(figure("share", 7, share))
    return columns
