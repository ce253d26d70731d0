"""The lock that allows one ingest at a time; the system releases it when a process is killed.

It is SQLite's file lock on an empty database beside the ledger, because SQLite is loaded anyway and locks the same way
on every platform; a lock library would cost more start-up time than a whole warm run may take
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
        path: the lock file, in an existing folder.
        wait_s: how long to wait for another holder.

    Raises:
        LedgerBusy: another process still holds it after `wait_s`.
        LedgerReadOnly: the file cannot be created.
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
