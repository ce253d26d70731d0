"""Schema versions of a ledger file: forward only, with a copy of the file before each step."""

import sqlite3
from pathlib import Path
from typing import Final

from ai_usage.errors import LedgerDamaged, LedgerTooNew
from ai_usage.ledger.keeping import backup

LATEST: Final = 4
"""The number of the last file in `migrations/`; SQLite's `user_version` holds what a file has."""
_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Bring a ledger to the latest schema, or leave it whole and untouched.

    Raises:
        LedgerTooNew: it has a schema that this program does not know.
    """
    if is_latest(connection):
        return
    connection.execute("BEGIN IMMEDIATE")  # the copy reads the file beside this lock
    try:
        version = _version(connection)  # another process may have been faster
        refuse_newer(connection, path)
        if not version:
            refuse_foreign(connection, path)
        if version and path is not None:
            _copy(path, version)
        for step in range(version + 1, LATEST + 1):
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {LATEST}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def is_latest(connection: sqlite3.Connection) -> bool:
    """Whether a file has the schema that this program writes."""
    return _version(connection) == LATEST


def refuse_foreign(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a file without a schema of ours that holds tables all the same; a new ledger gets both at once.

    Raises:
        LedgerDamaged: it does.
    """
    if connection.execute("SELECT EXISTS (SELECT * FROM sqlite_master)").fetchone()[0]:
        raise LedgerDamaged(f"{path} is damaged (it holds what this program did not write)")


def refuse_newer(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a file whose schema this program does not know.

    Raises:
        LedgerTooNew: it has one.
    """
    version = _version(connection)
    if version > LATEST:
        raise LedgerTooNew(
            f"{path} was written by a newer ai-usage (schema {version}, known here: {LATEST}); run: ai-usage update"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(step: int) -> list[str]:
    (script,) = [entry for entry in _MIGRATIONS.iterdir() if entry.name.startswith(f"{step:04}_")]
    lines = [line for line in script.read_text("utf-8").splitlines() if not line.lstrip().startswith("--")]
    return [statement for statement in "\n".join(lines).split(";\n") if statement.strip()]


def _copy(path: Path, version: int) -> None:
    """Keep the file as it is before the change, as `<name>.schema-<version>`, through SQLite's own backup."""
    kept = path.with_name(f"{path.name}.schema-{version}")
    if kept.exists():
        return
    unfinished = kept.with_name(kept.name + ".part")
    unfinished.unlink(missing_ok=True)
    backup(path, unfinished)
    unfinished.rename(kept)
