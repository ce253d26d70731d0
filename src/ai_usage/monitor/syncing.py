"""Sync in the background: the schedule of cycles, and their results."""

import random
import threading
import time
import zlib
from collections.abc import Callable
from typing import Final, NamedTuple

from ai_usage.errors import AiUsageError
from ai_usage.monitor.events import Integrity, Post, SyncState, Told
from ai_usage.monitor.stop import Leaving

EVERY_S: Final = 20 * 60
"""The longest time between two cycles."""
MOST_OFFSET_S: Final = 10.0
"""The longest delay of a machine, so that several do not call the server at the same moment."""
FIRST_BACKOFF_S: Final = 30.0
_NAP_S: Final = 15.0
"""How often to read the clock, which jumps when the machine has slept."""


class Outcome(NamedTuple):
    """The result of a cycle."""

    integrity: Integrity | None
    failed: tuple[str, ...] = ()
    """The machines whose records differ from their reports."""
    brought: bool = True
    """Whether other machines' records may have changed."""
    warnings: tuple[str, ...] = ()


class Work(NamedTuple):
    """The operations of sync; each takes a function to call between two steps, which may raise `Leaving`."""

    cycle: Callable[[Callable[[], None]], Outcome]
    verify: Callable[[Callable[[], None]], Outcome]


def offset_of(machine: str) -> float:
    """Return the delay of a machine in seconds, which depends only on its name."""
    return zlib.crc32(machine.encode()) % 1000 / 1000 * MOST_OFFSET_S


class Schedule:
    """The time of the next cycle, in seconds of a clock that continues while the machine sleeps."""

    def __init__(self, now: float, offset_s: float) -> None:
        self._offset_s = offset_s
        self._failures = 0
        self.due = now + offset_s

    def news(self, now: float) -> None:
        """Bring the next cycle forward, except after a failure of the server."""
        if not self._failures:
            self.due = min(self.due, now + self._offset_s)

    def begin(self, now: float) -> None:
        """Begin a cycle; changes during it bring the next one forward."""
        self.due = now + EVERY_S

    def succeed(self) -> None:
        """End a successful cycle."""
        self._failures = 0

    def fail(self, now: float, jitter: float) -> None:
        """End a failed cycle: each failure doubles the wait until the next one, up to `EVERY_S`.

        Args:
            now: the time.
            jitter: a factor about 1.
        """
        self.due = now + min(FIRST_BACKOFF_S * 2 ** min(self._failures, 10), EVERY_S) * jitter
        self._failures += 1

    def wait(self, now: float) -> float:
        """Return the seconds until the next cycle; a clock that was set back does not stop sync."""
        left = self.due - now
        return 0.0 if left > EVERY_S * 2 else max(left, 0.0)


class Syncing(threading.Thread):
    """Runs cycles in a separate thread."""

    def __init__(
        self,
        work: Work,
        machine: str,
        post: Post,
        brought: Callable[[], None],
        state: SyncState = SyncState(enabled=True, integrity=Integrity.PENDING),  # noqa: B008  # a frozen value
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; `start` begins.

        Args:
            work: the operations.
            machine: this machine's name.
            post: receives the state of sync.
            brought: called when other machines' records may have changed.
            state: the last state of sync.
            clock: seconds since 1970, also while the machine sleeps.
        """
        super().__init__(name="sync", daemon=True)
        self._work = work
        self._post = post
        self._brought = brought
        self._clock = clock
        self._news = threading.Condition()
        self._schedule = Schedule(clock(), offset_of(machine))
        self._asked = ""
        self._stopping = False
        self._state = state

    def changed(self) -> None:
        """Run a cycle soon after a change; after a failure, the next attempt keeps its time."""
        with self._news:
            self._schedule.news(self._clock())
            self._news.notify()

    def ask(self, what: str) -> None:
        """Do something at once for the person: `sync`, `verify`, or `refresh`, which shows no message."""
        with self._news:
            self._asked = what
            self._news.notify()

    def stop(self) -> None:
        """End between two steps."""
        with self._news:
            self._stopping = True
            self._news.notify()

    def run(self) -> None:
        """Run cycles until stopped."""
        self._post(self._state)
        while (what := self._next()) is not None:
            try:
                self._run(what)
            except Leaving:
                return

    def _next(self) -> str | None:
        """Wait until an operation is due; return its name, None to end."""
        with self._news:
            while not self._stopping:
                left = self._schedule.wait(self._clock())
                if self._asked or not left:
                    what, self._asked = self._asked or "cycle", ""
                    self._schedule.begin(self._clock())
                    return what
                self._news.wait(min(left, _NAP_S))
            return None

    def _run(self, what: str) -> None:
        self._tell(running=True)
        try:
            outcome = (self._work.verify if what == "verify" else self._work.cycle)(self._step)
        except AiUsageError as error:
            self._fail(str(error))
            return
        except Exception as error:  # noqa: BLE001  # the thread's error boundary: the screen must keep working
            self._fail(f"unexpected: {error!r}")
            return
        with self._news:
            self._schedule.succeed()
        self._tell(
            running=False,
            integrity=outcome.integrity,
            failed=outcome.failed,
            last_success=int(self._clock() * 1_000_000),
            error="",
        )
        for warning in outcome.warnings:
            self._post(Told(warning, bad=True))
        if what == "verify":
            agree = not outcome.failed
            words = (
                "all machines agree"
                if agree
                else f"{', '.join(outcome.failed)} differs; run: ai-usage sync verify"
            )
            self._post(Told(f"verified: {words}", bad=not agree))
        elif what == "sync":
            self._post(Told("synchronised"))
        if outcome.brought:
            self._brought()

    def _fail(self, why: str) -> None:
        with self._news:
            self._schedule.fail(self._clock(), random.uniform(0.9, 1.1))  # noqa: S311  # no secret
        self._tell(running=False, error=why)

    def _step(self) -> None:
        if self._stopping:
            raise Leaving

    def _tell(self, **changes: object) -> None:
        self._state = self._state._replace(**changes)  # type: ignore[arg-type]  # names of its own fields
        self._post(self._state)
