"""What the monitor's threads tell the screen, and the box that keeps it until the screen is there."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from ai_usage.monitor.span import Span
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import Usage


class Snapshot(NamedTuple):
    """The usage of one window, at one moment, frozen."""

    span: Span
    """What was asked for."""
    usage: Usage
    catalog: Catalog
    notes: tuple[str, ...] = ()
    """Remarks on how the ledgers were read."""


class Intake(NamedTuple):
    """How the reading of logs goes."""

    share: int | None = None
    """Percent done, while it takes long; None at rest."""
    problem: str = ""
    """Why logs are not read, or nothing of them is kept."""
    polling: bool = False
    """Whether folders are looked through every second or two, since they cannot be watched."""


class Figures(NamedTuple):
    """How the reading of figures goes."""

    problem: str = ""
    """Why they cannot be read again; empty after they were."""


class Integrity(StrEnum):
    """Whether the other machines' records here are what those machines reported."""

    CHECKED = "Integrity Checked"
    FAILED = "Integrity Failed"
    PENDING = "Integrity Pending"


class SyncState(NamedTuple):
    """How sync stands."""

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
    """A line for the person, from something that was asked for."""

    text: str
    bad: bool = False


Event: TypeAlias = Snapshot | Intake | Figures | SyncState | Told
Post: TypeAlias = Callable[[Event], None]


class Mailbox:
    """Keeps the latest event of each kind until someone takes events as they come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[type[Event], Event] = {}
        self._deliver: Post | None = None

    def post(self, event: Event) -> None:
        """Deliver an event, or keep it; from any thread."""
        with self._lock:
            if self._deliver is None:
                self._kept[type(event)] = event
            else:
                self._deliver(event)

    def attach(self, deliver: Post) -> list[Event]:
        """Let events be delivered from now on, and return those that came before."""
        with self._lock:
            self._deliver = deliver
            kept, self._kept = list(self._kept.values()), {}
            return kept

    def detach(self) -> None:
        """Keep events again; nobody takes them any more."""
        with self._lock:
            self._deliver = None
