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
    """Parts of a project's name, or beginnings of its key, in any case: see `projects.is_meant`."""
    only_host: str | None = None
    """One machine of those that are shown: of a request that several of them hold, the copy that counts among them."""
    only_model: str | None = None
    """One model's id as logged, exact."""
    only_project: tuple[str | None, str | None] | None = None
    """One project by the keys of its row, exact; two times None for the records without a project."""

    @property
    def by_model(self) -> bool:
        """Whether models are filtered."""
        return bool(self.model) or self.only_model is not None

    @property
    def by_project(self) -> bool:
        """Whether projects are filtered."""
        return bool(self.project) or self.only_project is not None


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
    session: str | None = None
    """For `sessions`: the id of one, or a beginning that no other id has."""
    limit: int | None = None
    """For `sessions`: the most rows."""
