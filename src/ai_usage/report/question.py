"""The question of a report: window, time zone, filters, cost mode and order."""

from enum import StrEnum
from typing import NamedTuple

from ai_usage.config.zone import Zone
from ai_usage.usage.window import EVERYTHING, Window


class CostMode(StrEnum):
    """Which cost of a request counts."""

    AUTO = "auto"
    """The recorded cost if it is known to be a list price in USD, else the computed cost."""
    CALCULATE = "calculate"
    """Always the computed cost."""
    DISPLAY = "display"
    """Only the recorded cost."""


class SortKey(StrEnum):
    """The order of a report's rows: names ascending, all others descending."""

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
    """The filters of a report; an empty filter matches everything."""

    vendor: tuple[str, ...] = ()
    """Names of sources, exact."""
    host: tuple[str, ...] = ()
    """Names of machines, exact."""
    model: tuple[str, ...] = ()
    """Parts of a model's id or display name, ignoring case."""
    project: tuple[str, ...] = ()
    """Parts of a project's name, or beginnings of its key, ignoring case: see `projects.is_meant`."""
    only_host: str | None = None
    """One of the shown machines; a request on several of them counts for the machine whose copy counts."""
    only_model: str | None = None
    """One model's id as logged, exact."""
    only_project: tuple[str | None, str | None] | None = None
    """One project by the keys of its row, exact; (None, None) for records without a project."""

    @property
    def by_model(self) -> bool:
        """Whether models are filtered."""
        return bool(self.model) or self.only_model is not None

    @property
    def by_project(self) -> bool:
        """Whether projects are filtered."""
        return bool(self.project) or self.only_project is not None


class Question(NamedTuple):
    """Everything that a report depends on except ledgers and prices."""

    zone: Zone
    now: int
    """The present instant."""
    window: Window = EVERYTHING
    filters: Filters = Filters()
    cost_mode: CostMode = CostMode.AUTO
    sort: SortKey | None = None
    """None for the report's own order."""
    session: str | None = None
    """For `sessions`: a session's id, or a unique beginning of it."""
    limit: int | None = None
    """For `sessions`: the most rows."""
