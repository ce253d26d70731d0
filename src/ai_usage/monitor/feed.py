"""The feed: a thread that queries the ledgers and sends snapshots to the screen."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from ai_usage.errors import AiUsageError
from ai_usage.monitor.books import Books, Mark
from ai_usage.monitor.events import Figures, Post, Snapshot
from ai_usage.monitor.span import Span, window_of
from ai_usage.monitor.world import World
from ai_usage.report.question import CostMode
from ai_usage.usage.instant import SECOND
from ai_usage.usage.window import Window, local_date, start_of_day

PATROL_S: Final = 30.0
"""How often to check whether a new day, new prices or another process changed anything."""
_AFTER_MIDNIGHT_S: Final = 0.05
_IDLE_S: Final = 0.1
"""After this time without a request, the next likely windows are read ahead."""
_AHEAD_EVERY_S: Final = 5.0
_AHEAD_SHARE: Final = 0.01
"""The largest share of time for reading ahead, however often something changes."""


class Feed(threading.Thread):
    """Reads usage in a separate thread, so that keys and log lines never wait for a query."""

    def __init__(
        self, world: World, serving: Callable[[], Path], post: Post, span: Span, cost_mode: CostMode
    ) -> None:
        """Prepare; `start` begins.

        Args:
            world: the environment.
            serving: waits until a ledger file can be read, and returns its path.
            post: receives snapshots.
            span: the first window to read.
            cost_mode: the cost mode.
        """
        super().__init__(name="feed", daemon=True)
        self._world = world
        self._books = Books(world, serving, cost_mode)
        self._post = post
        self._changed = threading.Condition()
        self._span = span
        self._nudged = True
        self._reread = False
        self._asked = False
        self._stopping = False
        self._sent: tuple[Span, Window, Mark] | None = None
        self._ahead: Mark | None = None
        """The mark at which reading ahead was complete."""
        self._read_ahead_after = float("-inf")
        self._complaint = ""

    def ask(self, span: Span) -> None:
        """Read another window as soon as possible; its snapshot is sent to `post`."""
        with self._changed:
            self._span = span
            self._asked = True
            self._changed.notify()

    def nudge(self, *, reread: bool = False) -> None:
        """Check for changes now.

        Args:
            reread: whether to read again even if the ledgers' change numbers are the same.
        """
        with self._changed:
            self._nudged = True
            self._reread = self._reread or reread
            self._changed.notify()

    def stop(self) -> None:
        """End after the current query."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        """Answer requests until stopped; errors are reported, and the query is repeated."""
        while not self._stopping:
            try:
                self._answer()
                self._complain("")
                if self._sent is not None and self._wait(_IDLE_S, only_new=True):
                    self._read_ahead()
            except AiUsageError as error:
                self._complain(str(error))
            except Exception as error:  # noqa: BLE001  # the thread's error boundary: the screen must keep working
                self._complain(f"unexpected: {error!r}")
            self._wait(self._pause())

    def _pause(self) -> float:
        """Return the seconds to wait without a request; at midnight the window changes."""
        zone, now = self._world.zone().rules, self._world.now()
        midnight = start_of_day(local_date(now, zone) + timedelta(days=1), zone)
        return min(PATROL_S, (midnight - now) / SECOND + _AFTER_MIDNIGHT_S)

    def _complain(self, text: str) -> None:
        if text != self._complaint:
            self._complaint = text
            self._post(Figures(text))

    def _wait(self, timeout_s: float, *, only_new: bool = False) -> bool:
        """Wait for a request or a nudge; return whether the time passed without one."""
        with self._changed:
            news = self._changed.wait_for(lambda: self._stopping or self._nudged or self._asked, timeout_s)
            if not only_new:
                self._nudged = False
            return not news

    def _answer(self) -> None:
        """Read the requested window if anything changed since it was last sent."""
        with self._changed:
            span, reread = self._span, self._reread
            self._asked = self._reread = False
        if reread:
            self._books.forget()
            self._sent = None
        zone, now = self._world.zone(), self._world.now()
        window = window_of(span, now, zone)
        catalog = self._books.fresh_catalog()
        with self._books.opened() as (views, notes):
            mark = self._books.look_for_changes(views, zone, catalog)
            if self._sent == (span, window, mark):
                return
            usage = self._books.read(window, zone, now, views, catalog)
        self._sent = (span, window, mark)
        self._post(Snapshot(span, usage, catalog, tuple(notes)))

    def _read_ahead(self) -> None:
        """Read the windows that keys may request next into the cache; a request interrupts this."""
        began = time.monotonic()
        if began < self._read_ahead_after or self._sent is None or self._sent[2] == self._ahead:
            return
        zone, now = self._world.zone(), self._world.now()
        try:
            with self._books.opened() as (views, _):
                catalog = self._books.fresh_catalog()
                mark = self._books.look_for_changes(views, zone, catalog)
                for _ in self._books.read_ahead(zone, now, views, catalog):
                    if self._nudged or self._asked or self._stopping:
                        return
        except AiUsageError:
            return  # reported when the window is requested
        self._ahead = mark
        now_s = time.monotonic()
        self._read_ahead_after = now_s + max(_AHEAD_EVERY_S, (now_s - began) / _AHEAD_SHARE)
