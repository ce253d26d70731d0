"""The state of the view: window, filters, grouping, order and charts; every key makes a new value."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from ai_usage.monitor.span import Span
from ai_usage.render.chart import Style
from ai_usage.render.measure import Measure
from ai_usage.report.overview import Split
from ai_usage.report.question import CostMode, Filters, SortKey

GROUPINGS: Final = ("models", "vendors", "hosts", "projects", "daily")
"""The groupings of the key `g`; the prompt also accepts `weekly` and `monthly`."""
ALL_GROUPINGS: Final = (*GROUPINGS, "weekly", "monthly")
SORTS: Final = (SortKey.COST, SortKey.TOTAL, SortKey.REQUESTS, SortKey.NAME)
"""The orders of the key `s`; the prompt also accepts the others."""
ALL_SORTS: Final = tuple(key for key in SortKey if key is not SortKey.RECENT)
SPLITS: Final[tuple[Split, ...]] = ("vendor", "model", "host")
Panel = Literal["time", "days", "hosts"]
PANELS: Final[tuple[Panel, ...]] = ("time", "days", "hosts")

T = TypeVar("T")


class Look(NamedTuple):
    """Everything that a picture depends on except the usage."""

    span: Span = Span()
    filters: Filters = Filters()
    cost_mode: CostMode = CostMode.AUTO
    grouping: str = "models"
    sort: SortKey = SortKey.COST
    split: Split = "vendor"
    measure: Measure = "cost"
    style: Style = "columns"
    panel: Panel = "time"
    """The panel that is shown if not all fit."""
    patterns: bool = False
    """Whether the series of a chart differ by pattern too, not only by colour and order."""


def following(now: T, choices: Sequence[T], steps: int = 1) -> T:
    """Return the choice after the present one, cyclically; the first for an unknown one."""
    if now not in choices:
        return choices[0 if steps > 0 else -1]
    return choices[(choices.index(now) + steps) % len(choices)]


def next_filter(now: tuple[str, ...], names: Sequence[str], steps: int = 1) -> tuple[str, ...]:
    """Step from all to the first name, through the others, and back to all."""
    return following(now, [(), *((name,) for name in names)], steps)
