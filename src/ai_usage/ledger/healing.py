"""Taking damage out of this machine's ledger: the file as it was is kept, and what was taken out is read again."""

import sqlite3
from pathlib import Path

from ai_usage.ledger import day_digests, rollups
from ai_usage.ledger.connection import set_aside, translated
from ai_usage.ledger.damage import Damage, broken_notes, find_damage, look_through
from ai_usage.ledger.keeping import backup, unused_name
from ai_usage.ledger.ledger import Ledger


def put_right(path: Path, *, own: bool) -> str | None:
    """Look through a file and put its damage out of the way; return what was done, None where there was none.

    Args:
        path: of the file.
        own: whether it is this machine's ledger; another machine's file is set aside whole, since it can be had again.
    """
    damage = look_through(path)
    if not any(damage):
        return None
    if damage.pages or not own:
        return f"{path} {damage}; it now lies in {set_aside(path)}"
    kept = unused_name(path)
    with translated(path):
        backup(path, kept)
    with Ledger.open(path) as ledger, ledger.transaction() as connection:
        _take_out(connection, find_damage(connection))
    return f"{path} {damage}; that is taken out, and the file as it was lies in {kept}"


def _take_out(connection: sqlite3.Connection, damage: Damage) -> None:
    """Remove what is damaged and what follows from it; all logs are read again from their start."""
    connection.executemany(
        "DELETE FROM records WHERE change_number = ?", [(number,) for number in damage.records]
    )
    for table, column, number in damage.texts:
        connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (number,))
    for table, key in list(broken_notes(connection)):
        if table == "meta":
            connection.execute("DELETE FROM meta WHERE CAST(key AS BLOB) = ?", (key,))
    connection.execute("DELETE FROM files")
    connection.execute("DELETE FROM compared")
    # A number that becomes free is given again, and must not count as confirmed then.
    connection.execute(
        "UPDATE confirmations SET change_number"
        " = min(change_number, (SELECT ifnull(max(change_number), 0) FROM records))"
    )
    connection.execute("DELETE FROM kinds")
    rollups.build(connection)
    day_digests.forget_all(connection)
    connection.execute("DELETE FROM meta WHERE key IN ('report', 'generation')")
    connection.execute("INSERT INTO meta VALUES ('generation', lower(hex(randomblob(16))))")
