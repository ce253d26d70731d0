"""The feed: a thread that asks the ledgers and hands the screen one frozen snapshot after the other."""

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
"""How often to look whether the day, the prices or another process changed anything."""
_AFTER_MIDNIGHT_S: Final = 0.05
_IDLE_S: Final = 0.1
"""After so long without a question what may be asked next is read ahead."""
_AHEAD_EVERY_S: Final = 5.0
_AHEAD_SHARE: Final = 0.01
"""Reading ahead takes no more of the time than this, however often something changes."""


class Feed(threading.Thread):
    """Reads usage in a thread of its own, so that neither a key nor a log line ever waits for a question."""

    def __init__(
        self, world: World, serving: Callable[[], Path], post: Post, span: Span, cost_mode: CostMode
    ) -> None:
        """Prepare; `start` begins.

        Args:
            world: the outside.
            serving: waits for and names the ledger file that can be read.
            post: takes snapshots.
            span: what to read first.
            cost_mode: which costs count.
        """
        super().__init__(name="feed", daemon=True)
        self._world = world
        self._books = Books(world, serving, cost_mode)
        self._post = post
        self._changed = threading.Condition()
        self._span = span
        self._nudged = True
        self._anew = False
        self._asked = False
        self._stopping = False
        self._sent: tuple[Span, Window, Mark] | None = None
        self._ahead: Mark | None = None
        """What everything was read ahead of."""
        self._read_ahead_after = float("-inf")
        self._complaint = ""

    def ask(self, span: Span) -> None:
        """Read another window as soon as possible; its snapshot comes by post."""
        with self._changed:
            self._span = span
            self._asked = True
            self._changed.notify()

    def nudge(self, *, anew: bool = False) -> None:
        """Look again.

        Args:
            anew: whether something did change, even if the ledgers' change numbers do not show it.
        """
        with self._changed:
            self._nudged = True
            self._anew = self._anew or anew
            self._changed.notify()

    def stop(self) -> None:
        """End after the present question."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        """Answer until told to stop; whatever goes wrong is told, and tried again."""
        while not self._stopping:
            try:
                self._answer()
                self._complain("")
                if self._sent is not None and self._wait(_IDLE_S, only_new=True):
                    self._read_ahead()
            except AiUsageError as error:
                self._complain(str(error))
            except Exception as error:  # noqa: BLE001  # a thread's outermost door: the screen must live on
                self._complain(f"unexpected: {error!r}")
            self._wait(self._pause())

    def _pause(self) -> float:
        """Return how long to wait unasked, in seconds: at midnight the window is another one."""
        zone, now = self._world.zone().rules, self._world.now()
        midnight = start_of_day(local_date(now, zone) + timedelta(days=1), zone)
        return min(PATROL_S, (midnight - now) / SECOND + _AFTER_MIDNIGHT_S)

    def _complain(self, text: str) -> None:
        if text != self._complaint:
            self._complaint = text
            self._post(Figures(text))

    def _wait(self, timeout_s: float, *, only_new: bool = False) -> bool:
        """Wait for a question or a nudge; return whether the time passed without one."""
        with self._changed:
            news = self._changed.wait_for(lambda: self._stopping or self._nudged or self._asked, timeout_s)
            if not only_new:
                self._nudged = False
            return not news

    def _answer(self) -> None:
        """Read the asked window if anything changed since it was last sent."""
        with self._changed:
            span, anew = self._span, self._anew
            self._asked = self._anew = False
        if anew:
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
        """Read the windows that keys ask for, so that they find them in memory; whatever is asked for goes first."""
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
            return  # said when it is asked for
        self._ahead = mark
        now_s = time.monotonic()
        self._read_ahead_after = now_s + max(_AHEAD_EVERY_S, (now_s - began) / _AHEAD_SHARE)
