"""Repair a damaged ledger: keep a copy of the damaged file, delete the damaged rows, and read the logs again."""

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from ai_usage.errors import LedgerDamaged
from ai_usage.files.sqlite_header import mend_write_version
from ai_usage.ledger import day_digests, rollups
from ai_usage.ledger.connection import set_aside, translated
from ai_usage.ledger.damage import Damage, broken_notes, find_damage, look_through
from ai_usage.ledger.keeping import backup, unused_name
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.migrate import put_number_right


class PutRight(NamedTuple):
    """The repair of a damaged file."""

    damage: Damage
    kept: Path
    """The path of the damaged file or its copy."""
    whole: bool
    """Whether the file was moved there; otherwise only its damaged rows were deleted."""

    def __str__(self) -> str:
        if self.whole:
            return f"{self.damage}; it now lies in {self.kept}"
        return f"{self.damage}; that is taken out, and the file as it was lies in {self.kept}"


def put_right(path: Path, *, own: bool) -> PutRight | None:
    """Check a file, and repair it or set it aside if it is damaged; return the repair, None without damage.

    Args:
        path: the file.
        own: whether it is this machine's ledger; another machine's file is set aside, since it can be fetched again.
    """
    with contextlib.suppress(sqlite3.Error, OSError):  # where the file cannot be read, that is found next
        mend_write_version(path)
        put_number_right(path)
    damage = look_through(path)
    if not any(damage):
        return None
    if damage.pages or not own:
        return PutRight(damage, set_aside(path), whole=True)
    kept = unused_name(path)
    with translated(path):
        backup(path, kept)
    try:
        with Ledger.open(path) as ledger, ledger.transaction() as connection:
            _take_out(connection, find_damage(connection))
    except LedgerDamaged:
        return PutRight(damage, set_aside(path), whole=True)
    return PutRight(damage, kept, whole=False)


def _take_out(connection: sqlite3.Connection, damage: Damage) -> None:
    """Delete damaged rows and everything derived from them; all logs are then read again from their start."""
    connection.executemany(
        "DELETE FROM records WHERE change_number = ?", [(number,) for number in damage.records]
    )
    for table, column, number in damage.texts:
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
    for table, key in list(broken_notes(connection)):
        match table:
            case "meta":
                connection.execute("DELETE FROM meta WHERE CAST(key AS BLOB) = ?", (key,))
            case "apart":
                connection.execute("DELETE FROM apart WHERE key_hash = ?", (key,))
    connection.execute("DELETE FROM files")
    connection.execute("DELETE FROM compared")
    # A freed change number is used again, and must not count as confirmed then.
    connection.execute(
        "UPDATE confirmations SET change_number"
        " = min(change_number, (SELECT ifnull(max(change_number), 0) FROM records))"
    )
    connection.execute("DELETE FROM kinds")
    rollups.build(connection)
    day_digests.forget_all(connection)
    connection.execute("DELETE FROM meta WHERE key IN ('report', 'generation')")
    connection.execute(
        "INSERT OR IGNORE INTO meta VALUES ('generation', lower(hex(randomblob(16)))),"
        " ('installation', lower(hex(randomblob(32))))"
    )
