"""Several connections of one process, and another process that opens and closes the same file meanwhile."""

import subprocess
import sys
from pathlib import Path

import pytest

from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.usage.record import UsageRecord, key_hash

NOON = 1_778_000_400_000_000


def add(ledger: Ledger, key: str) -> None:
    told = UsageRecord("claude", key, NOON, NOON, NOON, "claude-opus-4-6", input_tokens=10, output_tokens=5)
    with ledger.writing(lambda _: Project(None, None)) as writing:
        writing.records.write([told], [key_hash("claude", key)], 0)


def count_in_another_process(path: Path) -> int:
    """Count the records as another program does, which opens the file and closes it."""
    code = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        " print(*db.execute('SELECT count(*) FROM records').fetchone())"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize("opened", [Ledger.open, PeerFile.take])
def test_a_second_connection_of_a_process_leaves_the_locks_of_the_first(tmp_path: Path, opened: type) -> None:
    path = tmp_path / "ledger.db"
    opened(path).close()
    with opened(path) as first:
        add(first, "a")
        opened(path).close()
        assert count_in_another_process(path) == 1
        assert path.with_name(path.name + "-wal").exists()
        add(first, "b")
        assert count_in_another_process(path) == 2
