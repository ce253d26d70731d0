"""`python -m bench.sync_fill FILE COUNT`: a ledger with records over a year, written as ingest would."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.usage.instant import DAY
from ai_usage.usage.record import UsageRecord, key_hashes

_AT_ONCE = 20_000


def main(path: Path, count: int) -> None:
    """Write that many records, all of one project."""
    batch: list[UsageRecord] = []
    with Ledger.open(path) as ledger:
        for record in _records(count):
            batch.append(record)
            if len(batch) == _AT_ONCE:
                _write(ledger, batch)
                batch.clear()
        _write(ledger, batch)


def _write(ledger: Ledger, batch: list[UsageRecord]) -> None:
    with ledger.writing(lambda _: Project("shop", "ab" * 32)) as writing:
        writing.records.write(batch, key_hashes(batch), 1)


def _records(count: int) -> Iterator[UsageRecord]:
    start = time.time_ns() // 1000 - 365 * DAY
    for number in range(count):
        instant = start + number * (364 * DAY // count)
        yield UsageRecord(
            "claude",
            f"claude:message:msg_{number:024x}",
            instant,
            instant,
            instant + 4_000_000,
            "claude-opus-4-6",
            input_tokens=number % 3000,
            cache_read_input_tokens=number % 90_000,
            cache_creation_5m_input_tokens=number % 500,
            output_tokens=number % 997 + 1,
            session_id=f"session-{number // 200}",
            cwd="/home/ada/shop",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
