"""A small world for the monitor: a home with real logs of Claude Code, a clock that the test sets, its own ledger."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from ai_usage.config.zone import Zone
from ai_usage.ledger.ledger import Ledger
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import SyncState
from ai_usage.monitor.span import Span
from ai_usage.monitor.syncing import Work
from ai_usage.monitor.world import World
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.gather import HostView
from ai_usage.report.question import CostMode
from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.base import Root
from tests.e2e.homes import MODELS_TOML, request
from tests.unit.report.worlds import at

BERLIN = Zone("Europe/Berlin", ZoneInfo("Europe/Berlin"))
NOON = at("2026-11-22T12:00")
PATIENCE_S = 20.0
WEEK = Span()

T = TypeVar("T")


@dataclass
class Home:
    """A home whose logs a test writes."""

    folder: Path
    now: int = NOON
    zone: Zone = BERLIN
    others: list[Callable[[], HostView]] = field(default_factory=list)
    settled: int = 0
    _number: int = 0

    @property
    def ledger(self) -> Path:
        """Where the ledger is."""
        return self.folder / "data" / "ledger.db"

    @property
    def logs(self) -> Path:
        """The folder with the logs."""
        return self.folder / "projects"

    def write(
        self, *times: str, session: str = "s1", model: str = "claude-opus-4-6", cwd: str = "/home/ada/shop"
    ) -> None:
        """Append a request for each time to a log."""
        path = self.logs / "-shop" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            for each in times:
                self._number += 1
                file.write(
                    json.dumps(request(self._number, each, model=model, session=session, cwd=cwd)) + "\n"
                )

    def world(self, *, ingesting: bool = True) -> World:
        """Return what the monitor is given."""
        models = self.folder / "models.toml"
        models.write_text(MODELS_TOML)
        return World(
            ledger=self.ledger,
            machine="desk",
            sources=[Claude()],
            roots={"claude": [Root(self.logs, "default")]},
            catalog=lambda: Catalog(models),
            prices=[models],
            others=lambda _own, _notes: [other() for other in self.others],
            settle=self._settle,
            zone=lambda: self.zone,
            now=lambda: self.now,
            ingesting=ingesting,
        )

    def crew(
        self, span: Span = WEEK, sync: tuple[Work, SyncState] | None = None, *, ingesting: bool = True
    ) -> Crew:
        """Return threads that read this home."""
        return Crew(self.world(ingesting=ingesting), span, CostMode.AUTO, sync)

    def _settle(self, ledger: Ledger) -> None:
        self.settled += 1


def eventually(look: Callable[[], T | None]) -> T:
    """Look again and again until there is something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")
