"""Machines for tests of sync: each has a home folder, a ledger of its own and a name on a real server."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ai_usage.config.paths import Paths, find_paths
from ai_usage.config.secrets import SyncSettings
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.sync.cycle import Cycled, run_cycle
from ai_usage.sync.restore import Restored, restore
from ai_usage.sync.retrying import Patience
from ai_usage.sync.running import running
from ai_usage.sync.session import ThisMachine
from ai_usage.sync.verify import HostProof, verify
from ai_usage.usage.instant import DAY, SECOND, from_datetime
from ai_usage.usage.record import UsageRecord, key_hashes

from .servers import TOKEN

HASTY = Patience(retries=1, first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0.01)
"""For servers that fail on purpose."""

NOWHERE = Project(None, None)


@dataclass
class TestMachine:
    """One machine: its folders, its name, its clock."""

    __test__ = False

    home: Path
    machine_id: str
    server_url: str
    clock: int
    """Microseconds since 1970-01-01T00:00:00Z."""
    upload_project_hash: bool = True
    system_identity: str = "a-system"
    told: list[str] = field(default_factory=list)
    by_hand: bool = True

    @property
    def paths(self) -> Paths:
        """Where its files are."""
        return find_paths({}, self.home)

    @property
    def machine(self) -> ThisMachine:
        """What sync knows of it."""
        settings = SyncSettings(self.server_url, TOKEN, self.machine_id, self.upload_project_hash, 10.0)
        return ThisMachine(
            self.paths,
            settings,
            self.machine_id,
            self.system_identity,
            now=lambda: self.clock,
            patience=HASTY,
            by_hand=self.by_hand,
        )

    def write(self, records: Sequence[UsageRecord], project: Project = NOWHERE) -> None:
        """Put records into the ledger, as ingest does."""
        with Ledger.open(self.paths.ledger) as ledger, ledger.writing(lambda _: project) as writing:
            hashes = key_hashes(records)
            writing.records.write(records, hashes, 1)

    def cycle(self, *, pushing: bool = True, pulling: bool = True) -> Cycled:
        """Run a cycle of sync."""
        return run_cycle(self.machine, pushing=pushing, pulling=pulling)

    def verify(self, *, repair: bool = False) -> list[HostProof]:
        """Recompute and compare everything."""
        with running(self.machine) as session:
            return verify(session, repair=repair)

    def restore(self) -> Restored:
        """Bring this machine's own records back."""
        with running(self.machine) as session:
            return restore(session)

    def view(self, host: str) -> list[TravelRow]:
        """Return all records of a machine as they lie here, by vendor and key, without local numbers."""
        path = self.paths.ledger if host == self.machine_id else self.paths.remote / f"{host}.bin"
        if not path.exists():
            return []
        with Ledger.open(path, write=False) as ledger, ledger.snapshot() as snapshot:
            return sorted(TravelRow._make((0, *row[1:])) for row in snapshot.changed_after(0))


def warned(done: Cycled) -> list[str]:
    """Return the warnings of a cycle, less the one about clocks: here they are set to a January long gone."""
    return [warning for warning in done.warnings if "clock" not in warning]


def usage(key: str, at: int, *, vendor: str = "claude", output: int = 7, **fields: Any) -> UsageRecord:
    """Return a record of one request."""
    record = UsageRecord(vendor, f"{vendor}:message:{key}", at, at, at + 2 * SECOND, "claude-opus-4-6")
    counts = {"input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": output}
    return record._replace(**(counts | fields))


def many(prefix: str, count: int, first: int, apart: int) -> Iterable[UsageRecord]:
    """Yield records at even distances."""
    for number in range(count):
        yield usage(f"{prefix}-{number:08}", first + number * apart, output=number % 1000 + 1)


def at(day: int, second: float = 0.0) -> int:
    """Return an instant: a day of January 2026 (1 is the first; more lead on into the year) and seconds of it."""
    return from_datetime(datetime(2026, 1, 1, tzinfo=UTC)) + (day - 1) * DAY + round(second * SECOND)
