"""What an ingest found and stored."""

from collections.abc import Callable
from typing import NamedTuple

from ai_usage.sources.base import Unreadable

Progress = Callable[[int, int], None]
"""Takes bytes done and bytes in all."""


class IngestSummary(NamedTuple):
    """What one ingest found and stored."""

    files_found: int = 0
    files_read: int = 0
    bytes_read: int = 0
    new_records: int = 0
    changed_records: int = 0
    rejected: int = 0
    unreadable: tuple[Unreadable, ...] = ()
    busy: bool = False
    """Another process was ingesting; the ledger is shown as it is."""
