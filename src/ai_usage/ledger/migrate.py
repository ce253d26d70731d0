"""Migrate a ledger file to the latest schema: forward only, with a copy of the file before each migration."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from ai_usage.errors import LedgerDamaged, LedgerTooNew
from ai_usage.ledger.keeping import backup

LATEST: Final = 4
"""The number of the last file in `migrations/`; SQLite's `user_version` holds what a file has."""
_MIGRATIONS: Final = Path(__file__).with_name("migrations")


def migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Migrate a ledger to the latest schema, or leave it unchanged if that fails.

    Raises:
        LedgerTooNew: it has a schema that this program does not know.
    """
    if is_latest(connection):
        if _number(connection) != LATEST:
            connection.execute(f"PRAGMA user_version = {LATEST}")
        return
    connection.execute("BEGIN IMMEDIATE")  # the copy is made while this lock is held
    try:
        version = schema_version(connection)  # another process may have migrated it first
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
    return schema_version(connection) == LATEST


def refuse_foreign(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a file that holds tables but no schema version; a new ledger gets both in one transaction.

    Raises:
        LedgerDamaged: the file is such a file.
    """
    if connection.execute("SELECT EXISTS (SELECT * FROM sqlite_master)").fetchone()[0]:
        raise LedgerDamaged(f"{path} is damaged (it holds what this program did not write)")


def refuse_newer(connection: sqlite3.Connection, path: Path | None) -> None:
    """Refuse a file whose schema this program does not know.

    Raises:
        LedgerTooNew: the schema is newer.
    """
    version = schema_version(connection)
    if version > LATEST:
        raise LedgerTooNew(
            f"{path} was written by a newer ai-usage (schema {version}, known here: {LATEST}); run: ai-usage update, "
            "or if no newer one ever ran here: ai-usage ingest --repair"
        )


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the number of the file's schema, 0 for a file without one.

    The number is four bytes of the file and may be damaged. A file with exactly the latest tables, indexes and triggers
    has the latest schema although its number is lower: each schema of this program differs from the one before.
    """
    number = _number(connection)
    return LATEST if number < LATEST and _has_latest_shape(connection) else number


def put_number_right(path: Path) -> bool:
    """Give a file with exactly the latest tables the number of the latest schema; tell whether it had another.

    A number that is too high is left alone until a person asks for a repair: a newer program may have written it.

    Raises:
        sqlite3.Error: the file cannot be read or written.
    """
    if not path.is_file():
        return False
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if _number(connection) == LATEST or not _has_latest_shape(connection):
            return False
        connection.execute(f"PRAGMA user_version = {LATEST}")
        return True


def _number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _shape(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return what a file consists of: names and statements, without what SQLite keeps for itself."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return {(name, sql) for name, sql in rows}


def _has_latest_shape(connection: sqlite3.Connection) -> bool:
    shape = _shape(connection)
    if not shape:
        return False
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        for step in range(1, LATEST + 1):
            for statement in _statements(step):
                empty.execute(statement)
        return shape == _shape(empty)


def _statements(step: int) -> list[str]:
    (script,) = [entry for entry in _MIGRATIONS.iterdir() if entry.name.startswith(f"{step:04}_")]
    lines = [line for line in script.read_text("utf-8").splitlines() if not line.lstrip().startswith("--")]
    return [statement for statement in "\n".join(lines).split(";\n") if statement.strip()]


def _copy(path: Path, version: int) -> None:
    """Copy the file before the migration to `<name>.schema-<version>` with SQLite's backup function."""
    kept = path.with_name(f"{path.name}.schema-{version}")
    if kept.exists():
        return
    unfinished = kept.with_name(kept.name + ".part")
    unfinished.unlink(missing_ok=True)
    backup(path, unfinished)
    unfinished.rename(kept)
