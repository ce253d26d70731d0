"""Events from the monitor's threads to the screen, and the mailbox that keeps them until the screen exists."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from ai_usage.monitor.span import Span
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import Usage


class Snapshot(NamedTuple):
    """The usage of one window at one moment."""

    span: Span
    """The requested span."""
    usage: Usage
    catalog: Catalog
    notes: tuple[str, ...] = ()
    """Remarks on how the ledgers were read."""


class Intake(NamedTuple):
    """The state of reading logs."""

    share: int | None = None
    """Percent done during a long reading; None otherwise."""
    problem: str = ""
    """Why logs are not read, or their records are not saved."""
    polling: bool = False
    """Whether folders are searched every second or two, since they cannot be watched."""


class Figures(NamedTuple):
    """The state of reading figures."""

    problem: str = ""
    """Why they cannot be read; empty after a success."""


class Integrity(StrEnum):
    """Whether the other machines' records here match their reports."""

    CHECKED = "Integrity Checked"
    FAILED = "Integrity Failed"
    PENDING = "Integrity Pending"


class SyncState(NamedTuple):
    """The state of sync."""

    enabled: bool = False
    running: bool = False
    integrity: Integrity | None = None
    failed: tuple[str, ...] = ()
    """The machines whose records failed."""
    last_success: int | None = None
    """An instant."""
    error: str = ""
    """Why the last cycle failed; empty after a success."""


class Told(NamedTuple):
    """A message for the person, in answer to a request."""

    text: str
    bad: bool = False


Event: TypeAlias = Snapshot | Intake | Figures | SyncState | Told
Post: TypeAlias = Callable[[Event], None]


class Mailbox:
    """Keeps the latest event of each kind until a receiver is attached."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[type[Event], Event] = {}
        self._deliver: Post | None = None

    def post(self, event: Event) -> None:
        """Deliver an event, or keep it; callable from any thread."""
        with self._lock:
            if self._deliver is None:
                self._kept[type(event)] = event
            else:
                self._deliver(event)

    def attach(self, deliver: Post) -> list[Event]:
        """Deliver events from now on, and return the earlier ones."""
        with self._lock:
            self._deliver = deliver
            kept, self._kept = list(self._kept.values()), {}
            return kept

    def detach(self) -> None:
        """Keep events again, after the receiver has ended."""
        with self._lock:
            self._deliver = None
