"""Convert records to rows and back: instants replace texts that can be written again, ids replace repeated text."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec.structs import astuple

from ai_usage.server.storage.texts import Texts
from ai_usage.usage.instant import to_text
from ai_usage.usage.record import key_hash
from ai_usage.wire.record import MAX_INTEGER, SCHEMA_VERSION, Checked, PulledRecord, WireRecord
from ai_usage.wire.rfc3339 import is_plain

COLUMNS: Final = (
    "key_hash",
    "host",
    "vendor",
    "dedup_key",
    "timestamp",
    "session_start_time",
    "session_end_time",
    "model",
    "fast_tier",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "reasoning_output_tokens",
    "project_path_sha256",
    "effort",
    "cost_input",
    "cost_output",
    "cost_cache_read",
    "cost_cache_creation",
    "spelled",
)
"""The columns of a record: two rows with the same values are equal. The last ones are mostly None."""
KEY_HASH, HOST, VENDOR, DEDUP_KEY, TIMESTAMP = range(5)
ALL_COLUMNS: Final = ", ".join(("seq", *COLUMNS, "uploaded_at"))

_WITHOUT_EFFORT, _WITHOUT_RARE = len(COLUMNS) - 6, len(COLUMNS) - 5
_NO_RARE: Final = (None,) * 5

Row: TypeAlias = tuple[Any, ...]
"""The values of `COLUMNS`."""
HashKey: TypeAlias = Callable[[str, str, int], int]
"""Hashes host and vendor, dedup_key and a probe number to a signed 64-bit integer."""


def insertion(width: int = len(COLUMNS)) -> str:
    """Return the statement that inserts seq, uploaded_at and the first values of a row."""
    columns = ("seq", "uploaded_at", *COLUMNS[:width])
    return f"INSERT INTO records ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def width(row: Row) -> int:
    """Return how many values of a row must be bound: `sqlite3` takes longer for a None than for a number."""
    if row[_WITHOUT_RARE:] != _NO_RARE:
        return len(COLUMNS)
    return _WITHOUT_EFFORT if row[_WITHOUT_EFFORT] is None else _WITHOUT_RARE


def identity(row: Row) -> Row:
    """Return the identity of a record: host, vendor and key."""
    return row[HOST : DEDUP_KEY + 1]


def to_row(checked: Checked, texts: Texts, hash_key: HashKey = key_hash, probe: int = 0) -> Row:
    """Turn a checked record into a row.

    Args:
        checked: a valid, normalised record with its instants.
        texts: gives ids to text that is new.
        hash_key: the hash that the unique index is over.
        probe: counted up while another record holds the hash.
    """
    record, at, start, end = checked
    (
        _, host_id, vendor_name, key, first, second, third, model_name, effort_name, tier, fresh, output, read,
        _, short, long, reasoning, cost_input, cost_output, cost_read, cost_creation, project_hash,
    ) = astuple(record)  # fmt: skip
    plain = is_plain(first) and (second == first or is_plain(second)) and (third == first or is_plain(third))
    host, vendor, model, effort, project = texts.intern_all(
        host_id, vendor_name, model_name, effort_name, project_hash
    )
    return (
        hash_key(f"{host_id}/{vendor_name}", key, probe), host, vendor, key, at, at - start, end - at, model, tier,
        fresh, output, read, short, long, reasoning, project, effort,
        cost_input, cost_output, cost_read, cost_creation, None if plain else f"{first}\n{second}\n{third}",
    )  # fmt: skip


def to_fields(row: Row, texts: Texts) -> tuple[Any, ...]:
    """Turn a row back into the 22 fields of a record, in the order of the wire."""
    (
        _, host, vendor, key, at, before, after, model, tier, fresh, output, read, short, long, reasoning, project,
        effort, cost_input, cost_output, cost_read, cost_creation, spelled,
    ) = row  # fmt: skip
    if spelled is None:
        first = to_text(at)
        second = first if before == 0 else to_text(at - before)
        third = first if after == 0 else to_text(at + after)
    else:
        first, second, third = spelled.split("\n")
    host_id, vendor_name, model_name, effort_name, project_hash = texts.text_all(
        host, vendor, model, effort, project
    )
    return (
        SCHEMA_VERSION, host_id, vendor_name, key, first, second, third, model_name, effort_name, tier,
        fresh, output, read, min(short + long, MAX_INTEGER), short, long, reasoning,
        cost_input, cost_output, cost_read, cost_creation, project_hash,
    )  # fmt: skip


def to_record(row: Row, texts: Texts) -> WireRecord:
    """Turn a row back into the record that it came from."""
    return WireRecord(*to_fields(row, texts))


def to_pulled(row: Row, texts: Texts) -> PulledRecord:
    """Turn a row of `ALL_COLUMNS` into a record as a pull answers it."""
    return PulledRecord(*(*to_fields(row[1:-1], texts), row[0], to_text(row[-1])))
