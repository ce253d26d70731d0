"""A synced home of three machines, with every pair of rows that a filter could mix up."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ai_usage.ledger.copies import settle_copies
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.report.gather import HostView
from ai_usage.usage.record import UsageRecord, key_hashes
from tests.unit.report.worlds import record

NOTES, SHOP, OTHER_SHOP, API, SECRET = (digit * 64 for digit in "1a2f3")
PROJECTS = {
    "/home/ada/notes": Project("notes", NOTES),
    "/home/ada/shop": Project("shop", SHOP),
    "/work/shop": Project("shop", OTHER_SHOP),
    "/home/ada/shop-api": Project("shop-api", API),
    "/home/ada/plain": Project("plain", None),
    "/elsewhere/secret": Project("secret", SECRET),
}
ALIASES = PROJECTS | {"/home/ada/notes": Project("my-notes", NOTES)}
"""A machine that calls one of them by another name."""


def _desk() -> list[UsageRecord]:
    return [
        record("d1", "2026-10-31T23:30", cwd="/home/ada/notes", model="gpt-5", vendor="codex"),
        record("d2", "2026-11-01T00:30", cwd="/home/ada/shop", model="gpt-5-codex", vendor="codex"),
        record("d3", "2026-11-08T23:59:59.999999", cwd="/work/shop", session_id="s10"),
        record("d4", "2026-11-09T00:00", cwd="/home/ada/shop-api", session_id="s1"),
        record("d5", "2026-11-20T10:07", cwd=None, session_id=None, model="unknown"),
        record("d6", "2026-11-21T10:00", cwd="/home/ada/plain", session_id="s2", model="beta-2"),
        record("both", "2026-11-22T08:00", cwd="/home/ada/notes", session_id="s3", output_tokens=9),
        record("d7", "2026-11-22T11:00", vendor="omp", model="gpt-5", cwd="/home/ada/shop", session_id="s1"),
    ]


def _laptop() -> list[UsageRecord]:
    return [
        record("l1", "2026-11-01T12:00", cwd="/home/ada/notes", model="gpt-5-codex"),
        record("l2", "2026-11-09T12:00", cwd="/home/ada/shop"),
        record("l3", "2026-11-20T12:00", cwd="/elsewhere/secret", model="unknown"),
        record("l4", "2026-11-22T07:00", cwd=None, vendor="codex", model="gpt-5"),
        record("both", "2026-11-22T08:00", cwd="/home/ada/notes", output_tokens=70),
        record("clock-ahead", "2026-12-24T07:00", cwd="/home/ada/shop-api"),
    ]


def _tower() -> list[UsageRecord]:
    return [
        record("t1", "2026-11-15T12:00", cwd="/home/ada/notes", vendor="pi", model="gpt-5"),
        record("both", "2026-11-22T08:00", cwd="/home/ada/notes", output_tokens=8),
    ]


@contextmanager
def fleet(folder: Path) -> Iterator[list[HostView]]:
    """Write three machines' records into files, decide which copies count, and open the files.

    `desk` is this machine. `laptop` sends only keys of projects. `tower` has names of its own, as a file of another
    home on this machine would.
    """
    with ExitStack() as stack:
        ledgers = {
            "desk": stack.enter_context(Ledger.open(folder / "ledger.db")),
            "laptop": stack.enter_context(PeerFile.take(folder / "remote/laptop.bin")),
            "tower": stack.enter_context(PeerFile.take(folder / "remote/tower.bin")),
        }
        _write(ledgers["desk"], _desk(), PROJECTS)
        keys_only = {folder: Project(None, project.sha256) for folder, project in PROJECTS.items()}
        _write(ledgers["laptop"], [each._replace(session_id=None) for each in _laptop()], keys_only)
        _write(ledgers["tower"], [each._replace(session_id=None) for each in _tower()], ALIASES)
        assert settle_copies(ledgers) == 2
        yield [HostView(host, ledger, local=host == "desk") for host, ledger in ledgers.items()]


def _write(ledger: Ledger, records: list[UsageRecord], projects: dict[str, Project]) -> None:
    with ledger.writing(lambda folder: projects.get(folder or "", Project(None, None))) as writing:
        writing.records.write(records, key_hashes(records), 1)
