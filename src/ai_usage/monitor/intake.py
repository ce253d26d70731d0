"""The intake: a thread that reads new log lines into the ledger, at once when a watched folder changes."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ai_usage.errors import AiUsageError, LedgerDamaged, LedgerReadOnly, LedgerUnreadable
from ai_usage.ingest.pipeline import ingest
from ai_usage.ingest.summary import IngestSummary
from ai_usage.ledger.ledger import Ledger
from ai_usage.monitor.events import Intake as IntakeState
from ai_usage.monitor.events import Post, Told
from ai_usage.monitor.stop import Leaving
from ai_usage.monitor.world import World

PATROL_S: Final = 30.0
"""How often to search all folders without a notification, for changes that cannot be watched."""
POLL_S: Final = 1.2
"""How often to search folders that cannot be watched."""
_PATIENCE_S: Final = 0.5
_PICTURE_EVERY_S: Final = 2.0
"""How often a long first reading shows its figures so far."""
_LEAST_PAUSE_S: Final = 0.4
_BUSY_S: Final = 2.0
_FIRST_PICTURE_S: Final = 1.5
"""The longest that reading waits for the first picture."""


class Intake(threading.Thread):
    """Keeps the ledger up to date."""

    def __init__(self, world: World, post: Post, changed: Callable[[bool], None]) -> None:
        """Prepare; `start` begins.

        Args:
            world: the environment.
            post: receives the state of reading.
            changed: called when the ledger may have changed, with `True` if it certainly has.
        """
        super().__init__(name="intake", daemon=True)
        self._world = world
        self._post = post
        self._changed = changed
        self._wake = threading.Event()
        self._opened = threading.Event()
        self._shown = threading.Event()
        self._stopping = False
        self._place = world.ledger
        self._lent: Path | None = None
        """A temporary folder for a ledger that is not saved."""
        self._problem = ""
        self._polling = False
        self.listeners: list[Callable[[], None]] = []
        """Called after new records were stored."""

    def serving(self) -> Path:
        """Wait until the ledger is open, and return its path."""
        self._opened.wait()
        return self._place

    def go_on(self) -> None:
        """Begin to read logs, after the first picture from the ledger has been shown."""
        self._shown.set()

    def wake(self) -> None:
        """Look for new lines now."""
        self._wake.set()

    def poll(self, *, polling: bool) -> None:
        """Search all folders every second or two from now on, or rely on the watch again."""
        if polling != self._polling:
            self._polling = polling
            self._say()
            self._wake.set()

    def stop(self) -> None:
        """End; unfinished writes are rolled back."""
        self._stopping = True
        self._shown.set()
        self._wake.set()

    def run(self) -> None:
        """Read logs until stopped."""
        try:
            self._work()
        except Leaving:
            pass
        finally:
            self._opened.set()
            if self._lent is not None:
                shutil.rmtree(self._lent, ignore_errors=True)

    def _work(self) -> None:
        pause_s = 0.0
        first = True
        while not self._stopping:
            began = time.monotonic()
            try:
                pause_s = self._round(first=first)
                first = False
            except AiUsageError as error:
                pause_s = PATROL_S
                self._say(problem=str(error))
            except Exception as error:  # noqa: BLE001  # the thread's error boundary: the screen must keep working
                pause_s = PATROL_S
                self._say(problem=f"unexpected: {error!r}")
            self._opened.set()
            # Pause between readings, however fast a log grows.
            self._rest(max(_LEAST_PAUSE_S, min(2 * (time.monotonic() - began), 1.0)))
            self._wake.wait(POLL_S if self._polling else pause_s)
            self._wake.clear()

    def _rest(self, pause_s: float) -> None:
        end = time.monotonic() + pause_s
        while not self._stopping and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def _round(self, *, first: bool) -> float:
        """Read new lines; return the seconds until the next search without a notification."""
        with self._open() as ledger:
            self._opened.set()
            if not self._world.ingesting:
                return PATROL_S
            if first:
                self._shown.wait(_FIRST_PICTURE_S)
            try:
                summary = self._ingest(ledger)
            except LedgerReadOnly as error:
                if self._lent is not None:
                    raise
                self._lend(str(error))
                return 0.0
            brought = bool(summary.new_records or summary.changed_records)
            if brought:
                self._world.settle(ledger)
                for listener in self.listeners:
                    listener()
            self._changed(brought)
            ledger.complete_rollups()
        self._say(problem=self._problem if self._lent else "")
        return _BUSY_S if summary.busy else PATROL_S

    def _ingest(self, ledger: Ledger) -> IngestSummary:
        began = shown = time.monotonic()

        def progress(done_bytes: int, total_bytes: int) -> None:
            nonlocal shown
            if self._stopping:
                raise Leaving
            now = time.monotonic()
            if now - began > _PATIENCE_S and now - shown > _PICTURE_EVERY_S / 4:
                shown = now
                self._say(share=100 * done_bytes // max(total_bytes, 1))
                self._changed(False)

        return ingest(ledger, self._world.sources, self._world.roots, wait_s=0, progress=progress)

    def _open(self) -> Ledger:
        try:
            return Ledger.open(self._place)
        except LedgerDamaged:
            from ai_usage.ledger.healing import put_right

            done = put_right(self._place, own=True)
            if done is None:
                raise
            self._post(Told(f"{self._place} {done}; all logs are read again", bad=True))
            return Ledger.open(self._place)
        except LedgerReadOnly as error:
            if self._lent is not None:
                raise
            self._lend(str(error))
            return Ledger.open(self._place)

    def _lend(self, why: str) -> None:
        """Continue with a temporary copy if the ledger cannot be written."""
        try:
            self._lent = Path(tempfile.mkdtemp(prefix="ai-usage-"))
        except OSError as error:
            raise LedgerReadOnly(f"{why}; nor is there room for a copy ({error.strerror})") from error
        place = self._lent / "ledger.db"
        told = f"{why}; the figures are right, but nothing of them is kept"
        try:
            with (
                Ledger.open(place) as copy,
                suppress(LedgerReadOnly),
                Ledger.open(self._place, write=False) as kept,
            ):
                kept.copy_into(copy)
        except LedgerUnreadable as error:
            told = f"{error}; the figures are made from the logs alone, and nothing of them is kept"
        self._place = place
        self._say(problem=told)

    def _say(self, share: int | None = None, problem: str | None = None) -> None:
        if problem is not None:
            self._problem = problem
        self._post(IntakeState(share, self._problem, self._polling))
