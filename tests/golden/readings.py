"""Reading a golden case's home as the program would, and spelling what came of it for `expected.json`."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from ai_usage.sources.base import LogFile, Source, Unreadable
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.registry import SOURCES
from ai_usage.usage.instant import parse_instant, to_text
from ai_usage.usage.record import UsageRecord, merge

GOLDEN = Path(__file__).parent
_BOOKKEEPING = ("request", "apart")
_INSTANTS = ("timestamp", "session_start_time", "session_end_time")


@dataclass(frozen=True)
class Case:
    """A folder `tests/golden/<agent>/<case>/` with `case.toml`, `home/` and `expected.json`."""

    folder: Path
    env: dict[str, str]
    file_time: int
    """When every log of the case was last written, as an instant: git keeps no modification times."""

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}-{self.folder.name}"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def source(self) -> Source:
        return next(source for source in SOURCES if source.name == self.folder.parent.name)


def find_cases() -> list[Case]:
    """Load every case; `case.toml` states its `rule`, and may set `env` and `file_time`."""
    cases = []
    for settings in sorted(GOLDEN.glob("*/*/case.toml")):
        told = tomllib.loads(settings.read_text())
        assert told.keys() <= {"rule", "env", "file_time"}, settings
        assert told["rule"], settings
        home = str(settings.parent / "home")
        file_time = parse_instant(told.get("file_time", "2026-06-01T00:00:00Z"))
        assert file_time is not None, settings
        env = {name: value.replace("{home}", home) for name, value in told.get("env", {}).items()}
        cases.append(Case(settings.parent, env, file_time))
    return cases


@dataclass
class Reading:
    """What reading logs gave, copies merged."""

    records: dict[str, UsageRecord] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    """How many lines of each log could not be read."""
    unreadable: list[str] = field(default_factory=list)

    def take(self, log: LogFile, parsed: Parsed) -> None:
        for record in parsed.records:
            known = self.records.get(record.dedup_key)
            self.records[record.dedup_key] = record if known is None else merge(known, record)
        if parsed.rejected_count:
            self.rejected[log.path] = self.rejected.get(log.path, 0) + parsed.rejected_count


def counted(reading: Reading) -> tuple[dict[str, UsageRecord], dict[str, int]]:
    """Return what a reading gave in the end; what it took back counts nowhere."""
    records = {key: record for key, record in reading.records.items() if not record.retracted}
    return records, reading.rejected


def discover(case: Case) -> tuple[list[LogFile], list[Unreadable]]:
    """Find the case's logs once each, as they are told apart by device and inode."""
    unreadable: list[Unreadable] = []
    found: dict[tuple[int, int], LogFile] = {}
    for root in case.source.roots(case.env, case.home):
        for log in case.source.discover(str(root.path), unreadable):
            found.setdefault((log.device, log.inode), log._replace(mtime_ns=case.file_time * 1000))
    return sorted(found.values()), unreadable


def read_to_end(
    source: Source, log: LogFile, path: str, offset: int = 0, state: bytes = b""
) -> Iterable[Parsed]:
    """Read a log, or the copy of it at `path`, to its end."""
    finished = False
    while not finished:
        with FileIO(path) as file:
            parsed = source.parse(file, log, offset, state)
        offset, state, finished = parsed.offset, parsed.state, parsed.finished
        yield parsed


def read_case(case: Case, logs: Iterable[LogFile]) -> Reading:
    """Read each log from its start to its end."""
    reading = Reading()
    for log in logs:
        for parsed in read_to_end(case.source, log, log.path):
            reading.take(log, parsed)
    return reading


def spell(case: Case, reading: Reading) -> dict[str, Any]:
    """Spell a reading as `expected.json` does: sorted by key, times as text, defaults left out."""
    home = case.home
    return {
        "records": [_spell_record(reading.records[key]) for key in sorted(reading.records)],
        "rejected": {
            str(Path(path).relative_to(home)): count for path, count in sorted(reading.rejected.items())
        },
        "unreadable": sorted(str(Path(path).relative_to(home)) for path in reading.unreadable),
    }


def _spell_record(record: UsageRecord) -> dict[str, Any]:
    defaults = UsageRecord._field_defaults
    told: dict[str, Any] = {
        name: to_text(value) if name in _INSTANTS else value
        for name, value in record._asdict().items()
        if name not in _BOOKKEEPING and (name not in defaults or value != defaults[name])
    }
    for name in _INSTANTS[1:]:
        if told[name] == told["timestamp"]:
            del told[name]
    del told["vendor"]
    return told
