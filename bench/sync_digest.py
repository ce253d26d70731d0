"""`python -m bench.sync_digest NAME FILE HOST`: what the digests of one ledger file cost, without a network."""

import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

from ai_usage.ledger import day_digests
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.ahead import Work
from ai_usage.sync.books import read_days, state, stating
from ai_usage.sync.transcript import Draft, View
from ai_usage.sync.translate import Spelling
from ai_usage.usage.instant import DAY


def main(name: str, original: Path, host: str) -> None:
    """Digest all of a copy of the file, then one day of it that changed."""
    spelling, now = Spelling(host, rounded=True), time.time_ns() // 1000
    midnight = now - now % DAY
    with tempfile.TemporaryDirectory(prefix="bench-digest-") as folder:
        path = Path(folder) / "copy.bin"
        with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        with PeerFile.open(path) as file:
            with file.snapshot() as snapshot:
                began = time.monotonic()
                statement = state(snapshot, spelling, midnight)
                _say(f"report digest of {name}", began, f"{statement.record_count:,} records; 9 s, 100 MB")
                began = time.monotonic()
                draft = Draft(Path(folder), View(host, host))
                Work(stating(snapshot, spelling, midnight, draft=draft)).finish()
                draft.publish(*statement, now, None)
                _say(f"the same with its transcript of {name}", began, "once a day and host, and in verify")
            _one_day(file, spelling, name)


def _one_day(file: PeerFile, spelling: Spelling, name: str) -> None:
    with file.transaction() as connection:
        day_digests.watch(connection, "bench")
    with file.snapshot() as snapshot:
        began = time.monotonic()
        days = read_days(snapshot, spelling)
        _say(f"all day digests of {name}", began, f"{len(days.by_day):,} days")
    file.remember_days(days.computed, days.marks)
    spent: list[float] = []
    for day in sorted(days.by_day)[10:15]:
        with file.transaction() as connection:
            connection.execute("INSERT INTO changed_days VALUES (?, 1)", (day,))
        with file.snapshot() as snapshot:
            began = time.monotonic()
            (known,) = read_days(snapshot, spelling).computed.values()
            spent.append(time.monotonic() - began)
        file.remember_days({day: known}, {day: 1})
    _say(
        f"one changed day of {name}",
        time.monotonic() - median(spent),
        f"{known.record_count:,} records; 25 ms",
    )


def _say(what: str, began: float, bar: str) -> None:
    took = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:42} {took:7.3f} s  {time.process_time():7.2f} s own  {peak:4} MB   ({bar})", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
