"""The environment of the monitor: files, logs, prices, the clock, and the settlement of copies."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ai_usage.config.zone import Zone
from ai_usage.ledger.ledger import Ledger
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.gather import HostView
from ai_usage.sources.base import Root, Source


class World(NamedTuple):
    """The environment, as plain values and functions; the monitor's threads call the functions."""

    ledger: Path
    machine: str
    sources: Sequence[Source]
    roots: Mapping[str, Sequence[Root]]
    """Folders that may hold logs, by vendor."""
    catalog: Callable[[], Catalog]
    """Reads the present prices and names."""
    prices: Sequence[Path]
    """The files of the catalog."""
    others: Callable[[Ledger, list[str]], list[HostView]]
    """Opens the records of other machines, and adds notes to the list."""
    settle: Callable[[Ledger], None]
    """Decides, after new records, which of several machines' copies counts."""
    zone: Callable[[], Zone]
    now: Callable[[], int]
    """The instant."""
    ingesting: bool = True
    """Whether logs are read."""
