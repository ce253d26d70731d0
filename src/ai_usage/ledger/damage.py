"""Find damage in a ledger file: pages, rows or sums that the disk changed."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ai_usage.errors import LedgerDamaged, LedgerReadOnly
from ai_usage.ledger import rollups
from ai_usage.ledger.apart import read_copies
from ai_usage.ledger.checks import CHECK
from ai_usage.ledger.connection import in_memory, is_whole, opened_to_read, translated
from ai_usage.ledger.files import damaged_files
from ai_usage.ledger.migrate import is_latest
from ai_usage.usage.record import key_hash_of_bytes

_LARGEST: Final = 2**63 - 1
_FIRST_US: Final = -62_135_596_800_000_000
_AFTER_US: Final = 253_402_300_800_000_000
"""The years 1 to 9999, which every time format can express."""
_COUNTS: Final = (*rollups.COUNTS, "web_searches")
_COSTS: Final = ("cost_input", "cost_output", "cost_cache_read", "cost_cache_creation")
# SQLite sorts a text or blob above every number.
_IMPOSSIBLE: Final = " OR ".join(
    [
        f"timestamp NOT BETWEEN {_FIRST_US} AND {_AFTER_US - 1}",
        f"timestamp + session_start_offset NOT BETWEEN {_FIRST_US} AND {_AFTER_US - 1}",
        f"timestamp + session_end_offset NOT BETWEEN {_FIRST_US} AND {_AFTER_US - 1}",
        f"session_start_offset NOT BETWEEN {-_LARGEST} AND {_LARGEST}",
        f"session_end_offset NOT BETWEEN {-_LARGEST} AND {_LARGEST}",
        "fast_tier NOT BETWEEN -1 AND 1",
        "typeof(dedup_key) <> 'text'",
        f"flags NOT BETWEEN 0 AND {_LARGEST}",
        *(f"{count} NOT BETWEEN 0 AND {_LARGEST}" for count in _COUNTS),
        *(f"{cost} NOT BETWEEN 0 AND 1.7976931348623157e308" for cost in _COSTS),
        "model_id NOT IN (SELECT model_id FROM models)",
        "project_id NOT IN (SELECT project_id FROM projects)",
        "effort_id <> 0 AND effort_id NOT IN (SELECT effort_id FROM efforts)",
        "session_ref <> 0 AND session_ref NOT IN (SELECT session_ref FROM sessions)",
        "tier_id <> 0 AND tier_id NOT IN (SELECT tier_id FROM tiers)",
    ]
)
_UNSEALED: Final = "(SELECT value FROM meta WHERE key = 'unsealed')"
_IN_SPAN: Final = "change_number > :after AND change_number <= :upto"
_WRONG: Final = (
    f"SELECT change_number FROM records WHERE {_IN_SPAN} AND ({_IMPOSSIBLE} OR"
    f" (check_value IS NOT {CHECK} AND NOT (check_value IS NULL AND {CHECK} IS NOT NULL"
    f" AND change_number <= ifnull({_UNSEALED}, 0))))"
)
_KEYS: Final = (
    "SELECT change_number, key_hash, CAST(vendor AS BLOB), CAST(dedup_key AS BLOB), CAST(peer_times AS BLOB)"
    f" FROM records JOIN models USING (model_id) WHERE {_IN_SPAN}"
)
_TEXTS: Final = {
    "models": ("model_id", ("vendor", "model")),
    "efforts": ("effort_id", ("effort",)),
    "tiers": ("tier_id", ("service_tier", "region")),
    "projects": ("project_id", ("project", "project_path_sha256")),
    "sessions": ("session_ref", ("vendor", "session_id", "cwd", "git_branch")),
}
"""The tables of texts that records refer to: the column of the number and the columns of texts."""
_SCHEMA: Final = (
    "SELECT s.name, c.cid, c.name, c.type, c.pk FROM sqlite_master s JOIN pragma_table_xinfo(s.name) c"
    " WHERE s.type = 'table'",
    "SELECT type, name, tbl_name, iif(type = 'trigger', sql, '') FROM sqlite_master",
)
_PROBES: Final = 8


class Damage(NamedTuple):
    """The damage of a file."""

    pages: bool = False
    """SQLite itself finds the file damaged; nothing else was checked."""
    records: tuple[int, ...] = ()
    """Change numbers of records that the disk changed, or that refer to a missing or damaged text."""
    texts: tuple[tuple[str, str, int], ...] = ()
    """Texts that are not UTF-8: the table, the column of its number, the number."""
    notes: int = 0
    """The number of unreadable rows about logs, notes of the file, and copies."""
    sums: bool = False
    """The rollups are not the sums of the records."""

    def __str__(self) -> str:
        if self.pages or not any(self):
            return "is damaged"
        if self.records:
            count = len(self.records)
            return f"is damaged: {count:,} record{'' if count == 1 else 's'} in it changed on the disk"
        if self.texts or self.notes:
            return "is damaged: a text in it changed on the disk"
        return "is damaged: its sums are not those of its records"


def look_through(path: Path) -> Damage:
    """Check a whole file.

    Raises:
        LedgerError: it cannot be checked.
    """
    if not is_whole(path):
        return Damage(pages=True)
    try:
        with contextlib.closing(opened_to_read(path)) as connection, translated(path):
            connection.execute("PRAGMA temp_store = MEMORY")
            if not is_latest(connection):
                return Damage()  # from an older program, which wrote no check values, or a newer one
            return find_damage(connection) if _has_our_schema(connection) else Damage(pages=True)
    except LedgerReadOnly:
        return Damage()  # the file does not exist yet
    except (LedgerDamaged, UnicodeDecodeError):
        return Damage(pages=True)


def _has_our_schema(connection: sqlite3.Connection) -> bool:
    """Whether a file has each table, column, index and trigger of a new file, with the columns in the same order."""
    with contextlib.closing(in_memory(None)) as new:
        return all(set(new.execute(each)) <= set(connection.execute(each)) for each in _SCHEMA)


def find_damage(connection: sqlite3.Connection) -> Damage:
    """Check a file that SQLite finds intact."""
    texts = tuple(_broken_texts(connection))
    records = damaged_records(connection)
    notes = sum(1 for _ in broken_notes(connection))
    return Damage(False, tuple(records), texts, notes, not records and rollups.are_wrong(connection))


def damaged_records(connection: sqlite3.Connection, after: int = 0, upto: int = _LARGEST) -> list[int]:
    """Return the change numbers of damaged records, in the whole file or in a range of change numbers."""
    span = {"after": after, "upto": upto}
    found = {number for (number,) in connection.execute(_WRONG, span)}
    for number, hashed, vendor, key, times in connection.execute(_KEYS, span):
        if not (_is_hash_of(hashed, vendor, key) and _are_times(times)):
            found.add(number)
    for _, column, text in _broken_texts(connection):
        question = f"SELECT change_number FROM records WHERE {column} = :text AND {_IN_SPAN}"
        found.update(number for (number,) in connection.execute(question, {"text": text, **span}))
    return sorted(found)


def broken_notes(connection: sqlite3.Connection) -> Iterator[tuple[str, str | int]]:
    """Yield the table and the key of each unreadable row about logs, notes of the file, and copies."""
    for key, value in connection.execute("SELECT CAST(key AS BLOB), CAST(value AS BLOB) FROM meta"):
        if not (_is_text(key) and _is_text(value)):
            yield "meta", key
    for number, *texts in connection.execute(
        "SELECT file_id, CAST(vendor AS BLOB), CAST(path AS BLOB), CAST(rejected AS BLOB), CAST(problem AS BLOB)"
        " FROM files"
    ):
        if not all(map(_is_text, texts)):
            yield "files", number
            break
    else:
        yield from (("files", number) for number in damaged_files(connection))
    for number, copies in connection.execute("SELECT key_hash, CAST(copies AS BLOB) FROM apart"):
        if not _are_copies(copies):
            yield "apart", number


def _broken_texts(connection: sqlite3.Connection) -> Iterator[tuple[str, str, int]]:
    for table, (column, names) in _TEXTS.items():
        texts = ", ".join(map(_bytes_of, names))
        for number, *values in connection.execute(f"SELECT {column}, {texts} FROM {table}"):
            if not all(map(_is_text, values)):
                yield table, column, number


def _bytes_of(name: str) -> str:
    """Return SQL for the bytes of a column's text; a value of another type becomes bytes that are not UTF-8."""
    return f"CASE WHEN typeof({name}) IN ('text', 'null') THEN CAST({name} AS BLOB) ELSE X'FF' END"


def _is_text(value: bytes | None) -> bool:
    try:
        return value is None or bool(value.decode() or True)
    except UnicodeDecodeError:
        return False


def _are_copies(value: bytes) -> bool:
    try:
        read_copies(value.decode())
    except (TypeError, ValueError):
        return False
    return True


def _are_times(value: bytes | None) -> bool:
    return value is None or (value.isascii() and value.count(b"\n") == 2)


def _is_hash_of(hashed: int, vendor: bytes | None, key: bytes | None) -> bool:
    return (
        key is not None
        and vendor is not None
        and any(key_hash_of_bytes(vendor, key, probe) == hashed for probe in range(_PROBES))
    )
