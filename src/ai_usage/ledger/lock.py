"""One ingest at a time: a lock that a killed process cannot leave behind.

It is SQLite's own file lock on an empty database beside the ledger, because SQLite is loaded anyway and locks the
same way on every platform; a lock library would cost more start-up time than a whole warm run may take
(docs/adr/0002-ingest-lock.md).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_usage.errors import LedgerBusy
from ai_usage.ledger.connection import is_busy, make_private, translated


@contextmanager
def ingest_lock(path: Path, wait_s: float) -> Iterator[None]:
    """Hold the lock while the block runs.

    Args:
        path: the lock's file; its folder exists.
        wait_s: how long to wait for another holder.

    Raises:
        LedgerBusy: another process holds it for longer.
        LedgerReadOnly: the file cannot be made.
    """
    with translated(path):
        make_private(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if is_busy(error):
                raise LedgerBusy("another ai-usage is reading the logs") from error
            raise
    try:
        yield
    finally:
        connection.close()
