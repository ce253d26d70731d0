"""What a person asks of a report: a window, a zone, filters, how to cost, in which order."""

from enum import StrEnum
from typing import NamedTuple

from ai_usage.config.zone import Zone
from ai_usage.usage.window import EVERYTHING, Window


class CostMode(StrEnum):
    """Which cost of a request counts."""

    AUTO = "auto"
    """The recorded one where it is known to be a list price in USD, else the computed one."""
    CALCULATE = "calculate"
    """Always the computed one."""
    DISPLAY = "display"
    """Only the recorded one."""


class SortKey(StrEnum):
    """What the rows of a report are ordered by: names ascending, all others descending."""

    COST = "cost"
    TOTAL = "total"
    REQUESTS = "requests"
    NAME = "name"
    RECENT = "recent"
    """The last request first; for sessions only, elsewhere like `cost`."""
    INPUT = "input"
    CACHE_READ = "cache-read"
    CACHE_WRITE = "cache-write"
    OUTPUT = "output"
    REASONING = "reasoning"


class Filters(NamedTuple):
    """What to leave out; an empty filter leaves nothing out."""

    vendor: tuple[str, ...] = ()
    """Names of sources, exact."""
    host: tuple[str, ...] = ()
    """Names of machines, exact."""
    model: tuple[str, ...] = ()
    """Parts of a model's id or display name, in any case."""
    project: tuple[str, ...] = ()
    """Parts of a project's label, or of the first 8 hex digits of its key, in any case."""


class Question(NamedTuple):
    """All that the figures of a report depend on besides ledgers and prices."""

    zone: Zone
    now: int
    """The instant at which it is asked."""
    window: Window = EVERYTHING
    filters: Filters = Filters()
    cost_mode: CostMode = CostMode.AUTO
    sort: SortKey | None = None
    """None for the report's own order."""
