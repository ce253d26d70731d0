"""What the monitor is given of the world: files, logs, prices, the clock, and a way to synchronise."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ai_usage.config.zone import Zone
from ai_usage.ledger.ledger import Ledger
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.gather import HostView
from ai_usage.sources.base import Root, Source


class World(NamedTuple):
    """The outside, as plain values and functions; the functions are called from the monitor's threads."""

    ledger: Path
    machine: str
    sources: Sequence[Source]
    roots: Mapping[str, Sequence[Root]]
    """Folders that may hold logs, by vendor."""
    catalog: Callable[[], Catalog]
    """Reads prices and names as they are now."""
    prices: Sequence[Path]
    """The files that a catalog is made of."""
    others: Callable[[Ledger, list[str]], list[HostView]]
    """Opens the records of other machines; what there is to say goes into the list."""
    settle: Callable[[Ledger], None]
    """Decides, after new records came, which of several machines' copies counts."""
    zone: Callable[[], Zone]
    now: Callable[[], int]
    """The instant."""
    ingesting: bool = True
    """Whether logs are read at all."""
