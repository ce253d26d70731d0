"""The inventory of logs: the folders searched, the logs found, unreadable parts, and logs that will be deleted."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Self

from ai_usage.ledger.files import StoredFile
from ai_usage.ledger.ledger import Ledger
from ai_usage.sources.base import Root, Source, Unreadable
from ai_usage.sources.retention import Retention, find_retention
from ai_usage.sources.roots import is_folder
from ai_usage.usage.group import Counts

_KEPT_REJECTIONS = 20


class RootFinding(NamedTuple):
    """The logs in one folder."""

    root: Root
    exists: bool
    files: int
    size_bytes: int
    retention: Retention | None


class RejectedLine(NamedTuple):
    """A line that could not be read."""

    path: str
    offset: int
    """The byte offset of its beginning."""
    reason: str


class SourceFinding(NamedTuple):
    """The inventory of one agent's logs."""

    vendor: str
    label: str
    roots: tuple[RootFinding, ...]
    requests: int
    """Requests in this machine's ledger, each counted once, as in reports."""
    records: int
    """Records read from the logs in the ledger; copies of one request are counted separately."""
    copies: int
    """Records that only repeat a request; a lower bound if the ledger has requests whose logs are gone."""
    gone: int
    """Logs that were read and no longer exist."""
    rejected_count: int
    rejected: tuple[RejectedLine, ...]
    """The first few unreadable lines."""
    unreadable: tuple[Unreadable, ...]

    @property
    def files(self) -> int:
        """The number of existing logs."""
        return sum(root.files for root in self.roots)

    @property
    def size_bytes(self) -> int:
        """The size of all existing logs."""
        return sum(root.size_bytes for root in self.roots)


class Remembered(NamedTuple):
    """The ledger's data on logs."""

    files: Sequence[StoredFile] = ()
    counts: Mapping[str, Counts] = MappingProxyType({})
    """By vendor."""

    @classmethod
    def of(cls, ledger: Ledger) -> Self:
        """Read the data from a ledger."""
        return cls(ledger.log_files(), ledger.counts())


def take_inventory(
    sources: Sequence[Source], roots: Mapping[str, Sequence[Root]], remembered: Remembered
) -> list[SourceFinding]:
    """Search every root, and compare with the ledger's data on logs.

    Args:
        sources: the agents.
        roots: their folders, by name.
        remembered: the ledger's data.
    """
    return [_finding(source, roots.get(source.name, ()), remembered) for source in sources]


def _finding(source: Source, roots: Sequence[Root], remembered: Remembered) -> SourceFinding:
    stored = [file for file in remembered.files if file.vendor == source.name]
    counts = remembered.counts.get(source.name, Counts(0, 0))
    records = sum(file.records for file in stored)
    unreadable: list[Unreadable] = []
    findings = []
    there: set[tuple[int, int]] = set()
    for root in roots:
        logs = list(source.discover(str(root.path), unreadable))
        there.update((log.device, log.inode) for log in logs)
        findings.append(
            RootFinding(
                root,
                is_folder(root.path),
                len(logs),
                sum(log.size for log in logs),
                find_retention(source.name, root.path),
            )
        )
    unreadable += [Unreadable(file.path, file.problem) for file in stored if file.problem is not None]
    rejected = [RejectedLine(file.path, at, why) for file in stored for why, at in file.rejections()]
    return SourceFinding(
        source.name,
        source.label,
        tuple(findings),
        counts.requests,
        records,
        max(records - counts.records, 0),
        sum((file.device, file.inode) not in there for file in stored),
        sum(file.rejected_count for file in stored),
        tuple(rejected[:_KEPT_REJECTIONS]),
        tuple(dict.fromkeys(unreadable)),
    )


def retention_warnings(findings: Sequence[SourceFinding], idle_days: float) -> list[str]:
    """Warn of agents that delete their logs before they are read.

    Args:
        findings: see `take_inventory`.
        idle_days: the days since logs were last read; daily reading is assumed at least.
    """
    warnings = []
    for finding in findings:
        for found in finding.roots:
            retention = found.retention
            if found.exists and retention is not None and retention.days <= max(idle_days, 1.0):
                warnings.append(
                    f"{finding.label} deletes its logs after {retention.days:g} days, and they were last read here"
                    f" {idle_days:.0f} days ago: raise {retention.setting} in {retention.file}, or run"
                    " `ai-usage ingest` from a timer (docs/timer.md)."
                )
    return warnings
