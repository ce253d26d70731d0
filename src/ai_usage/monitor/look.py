"""What a person looks at: a window, filters, grouping, order and the charts; every key makes a new one."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, TypeVar

from ai_usage.monitor.span import Span
from ai_usage.render.chart import Style
from ai_usage.render.measure import Measure
from ai_usage.report.overview import Split
from ai_usage.report.question import CostMode, Filters, SortKey

GROUPINGS: Final = ("models", "vendors", "hosts", "projects", "daily")
"""What `g` goes through; the prompt knows `weekly` and `monthly` too."""
ALL_GROUPINGS: Final = (*GROUPINGS, "weekly", "monthly")
SORTS: Final = (SortKey.COST, SortKey.TOTAL, SortKey.REQUESTS, SortKey.NAME)
"""What `s` goes through; the prompt knows the others too."""
ALL_SORTS: Final = tuple(key for key in SortKey if key is not SortKey.RECENT)
SPLITS: Final[tuple[Split, ...]] = ("vendor", "model", "host")
Panel = Literal["time", "days", "hosts"]
PANELS: Final[tuple[Panel, ...]] = ("time", "days", "hosts")

T = TypeVar("T")


class Look(NamedTuple):
    """All that a picture depends on besides the usage itself."""

    span: Span = Span()
    filters: Filters = Filters()
    cost_mode: CostMode = CostMode.AUTO
    grouping: str = "models"
    sort: SortKey = SortKey.COST
    split: Split = "vendor"
    measure: Measure = "cost"
    style: Style = "columns"
    panel: Panel = "time"
    """Which panel is shown where there is no room for all."""
    patterns: bool = False
    """Whether the parts of a chart differ by their pattern too, not by colour and order alone."""


def following(now: T, choices: Sequence[T], steps: int = 1) -> T:
    """Return the choice that follows the present one, the first after the last, and the first for an unknown one."""
    if now not in choices:
        return choices[0 if steps > 0 else -1]
    return choices[(choices.index(now) + steps) % len(choices)]


def next_filter(now: tuple[str, ...], names: Sequence[str], steps: int = 1) -> tuple[str, ...]:
    """Go from all to the first name, through the others, and back to all."""
    return following(now, [(), *((name,) for name in names)], steps)
