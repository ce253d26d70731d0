"""The threads behind the screen, started and stopped together."""

import time
from typing import Final

from ai_usage.monitor.events import Mailbox, SyncState
from ai_usage.monitor.feed import Feed
from ai_usage.monitor.intake import Intake
from ai_usage.monitor.span import Span
from ai_usage.monitor.syncing import Syncing, Work
from ai_usage.monitor.watch import Watch
from ai_usage.monitor.world import World
from ai_usage.report.question import CostMode

STOP_S: Final = 2.0
"""How long to wait for a thread at the end; its unfinished writes are rolled back."""


class Crew:
    """The threads: intake, feed, watch, and sync if it is enabled."""

    def __init__(
        self,
        world: World,
        span: Span,
        cost_mode: CostMode,
        sync: tuple[Work, SyncState] | None = None,
    ) -> None:
        """Prepare.

        Args:
            world: the environment.
            span: the first window to read.
            cost_mode: the cost mode.
            sync: the operations and the last state of sync; None while it is off.
        """
        self.mailbox = Mailbox()
        post = self.mailbox.post
        self.intake = Intake(world, post, lambda reread: self.feed.nudge(reread=reread))
        self.feed = Feed(world, self.intake.serving, post, span, cost_mode)
        roots = [str(root.path) for roots in world.roots.values() for root in roots]
        self.watch = Watch(roots, self.intake) if world.ingesting else None
        self.syncing: Syncing | None = None
        if sync is not None:
            work, state = sync
            self.syncing = Syncing(work, world.machine, post, lambda: self.feed.nudge(reread=True), state)
            self.intake.listeners.append(self.syncing.changed)

    def start(self) -> None:
        """Start the threads that the first picture needs."""
        self.intake.start()
        self.feed.start()

    def go_on(self) -> None:
        """Start the other threads, after the first picture."""
        self.intake.go_on()
        for thread in (self.watch, self.syncing):
            if thread is not None and not thread.is_alive():
                thread.start()

    def refresh(self) -> None:
        """Look for new lines and sync now."""
        self.intake.wake()
        if self.syncing is not None:
            self.syncing.ask("refresh")

    def stop(self) -> None:
        """Stop all threads, and wait for them at most `STOP_S`."""
        self.mailbox.detach()
        threads = [
            thread for thread in (self.watch, self.syncing, self.feed, self.intake) if thread is not None
        ]
        for thread in threads:
            thread.stop()
        end = time.monotonic() + STOP_S
        for thread in threads:
            if thread.is_alive():
                thread.join(max(end - time.monotonic(), 0))
