"""The order of rows: names ascending, figures descending, ties in a fixed order."""

from collections.abc import Callable, Iterable
from datetime import datetime

from ai_usage.report.document import Row
from ai_usage.report.question import SortKey
from ai_usage.usage.total import Total


def _cost(total: Total) -> int:
    return total.cost


def _last_seen(row: Row) -> datetime:
    return datetime.fromisoformat(row.keys[-1] or "")


_FIGURES: dict[SortKey, Callable[[Total], int]] = {
    SortKey.TOTAL: lambda total: total.total_tokens,
    SortKey.REQUESTS: lambda total: total.requests,
    SortKey.INPUT: lambda total: total.input_tokens,
    SortKey.CACHE_READ: lambda total: total.cache_read_input_tokens,
    SortKey.CACHE_WRITE: lambda total: total.cache_write_tokens,
    SortKey.OUTPUT: lambda total: total.output_tokens,
    SortKey.REASONING: lambda total: total.reasoning_output_tokens,
}


def ordered(name: str, rows: Iterable[Row], key: SortKey | None) -> list[Row]:
    """Order the rows of a report, except reports by time.

    Args:
        name: the report's name.
        rows: in any order.
        key: None for the report's own order: sessions by their last request, others by cost.
    """
    if key is None:
        key = SortKey.RECENT if name == "sessions" else SortKey.COST
    by_name = sorted(rows, key=lambda row: (row.label.casefold(), [text or "" for text in row.keys]))
    if key is SortKey.NAME:
        return by_name
    if key is SortKey.RECENT and name == "sessions":
        return sorted(by_name, key=_last_seen, reverse=True)
    figure = _FIGURES.get(key, _cost)
    return sorted(by_name, key=lambda row: (-figure(row.total), -row.total.total_tokens))
