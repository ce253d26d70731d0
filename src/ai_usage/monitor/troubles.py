"""The present problems, each with its remedy."""

from collections.abc import Iterator
from typing import NamedTuple

from ai_usage.monitor.events import Figures, Intake, Integrity, SyncState


class Trouble(NamedTuple):
    """A lasting problem."""

    text: str
    remedy: str


def troubles(intake: Intake, figures: Figures, sync: SyncState) -> Iterator[Trouble]:
    """Yield the problems, the most important first."""
    if figures.problem:
        yield Trouble(
            f"the figures are old: {figures.problem}",
            "They are read again every half minute; r reads them at once, `ai-usage doctor` tells more.",
        )
    if intake.problem:
        yield Trouble(
            intake.problem,
            "Logs are looked through again every half minute; r does so at once, `ai-usage doctor` tells more.",
        )
    if sync.error:
        yield Trouble(
            f"sync: {sync.error}",
            "It is tried again, after longer pauses; `:sync` tries at once, `ai-usage sync status` tells more.",
        )
    if sync.enabled and sync.integrity is Integrity.FAILED:
        yield Trouble(
            f"the records here of {', '.join(sync.failed)} are not those that the machine reported",
            "`ai-usage sync verify` names the days, `ai-usage sync verify --repair` fetches their records again.",
        )
