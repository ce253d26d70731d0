"""Records as rows and back: instants instead of text where the text can be spelled again, ids for repeated text."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

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
    "effort",
    "fast_tier",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "reasoning_output_tokens",
    "cost_input",
    "cost_output",
    "cost_cache_read",
    "cost_cache_creation",
    "project_path_sha256",
    "spelled",
)
"""What makes a record: two rows that agree in all of them are equal."""
KEY_HASH, HOST, VENDOR, DEDUP_KEY, TIMESTAMP = range(5)
ALL_COLUMNS: Final = ", ".join(("seq", *COLUMNS, "uploaded_at"))

Row: TypeAlias = tuple[Any, ...]
"""The values of `COLUMNS`."""
HashKey: TypeAlias = Callable[[str, str, int], int]
"""Hashes host and vendor, dedup_key and a probe number to a signed 64-bit integer."""


def identity(row: Row) -> Row:
    """Return what identifies a record: host, vendor and key."""
    return row[HOST : DEDUP_KEY + 1]


def to_row(checked: Checked, texts: Texts, hash_key: HashKey = key_hash, probe: int = 0) -> Row:
    """Turn a checked record into a row.

    Args:
        checked: a valid, normalised record with its instants.
        texts: gives ids to text that is new.
        hash_key: the hash that the unique index is over.
        probe: counted up while another record holds the hash.
    """
    record, timestamp, start, end = checked
    first, second, third = record.timestamp, record.session_start_time, record.session_end_time
    plain = is_plain(first) and (second == first or is_plain(second)) and (third == first or is_plain(third))
    host, vendor, model, effort, project = texts.intern_all(
        record.host_id, record.vendor, record.model, record.effort, record.project_path_sha256
    )
    return (
        hash_key(f"{record.host_id}/{record.vendor}", record.dedup_key, probe),
        host,
        vendor,
        record.dedup_key,
        timestamp,
        timestamp - start,
        end - timestamp,
        model,
        effort,
        record.fast_tier,
        record.input_tokens,
        record.output_tokens,
        record.cache_read_input_tokens,
        record.cache_creation_5m_input_tokens,
        record.cache_creation_1h_input_tokens,
        record.reasoning_output_tokens,
        record.cost_input,
        record.cost_output,
        record.cost_cache_read,
        record.cost_cache_creation,
        project,
        None if plain else f"{first}\n{second}\n{third}",
    )


def to_fields(row: Row, texts: Texts) -> tuple[Any, ...]:
    """Turn a row back into the 22 fields of a record, in the order of the wire."""
    text = texts.text
    spelled = row[21]
    if spelled is None:
        at: int = row[4]
        timestamp = to_text(at)
        start = timestamp if row[5] == 0 else to_text(at - row[5])
        end = timestamp if row[6] == 0 else to_text(at + row[6])
    else:
        timestamp, start, end = spelled.split("\n")
    short, long = row[13], row[14]
    return (
        SCHEMA_VERSION,
        text(row[1]),
        text(row[2]),
        row[3],
        timestamp,
        start,
        end,
        text(row[7]),
        None if row[8] is None else text(row[8]),
        row[9],
        row[10],
        row[11],
        row[12],
        min(short + long, MAX_INTEGER),
        short,
        long,
        row[15],
        row[16],
        row[17],
        row[18],
        row[19],
        None if row[20] is None else text(row[20]),
    )


def to_record(row: Row, texts: Texts) -> WireRecord:
    """Turn a row back into the record that it came from."""
    return WireRecord(*to_fields(row, texts))


def to_pulled(row: Row, texts: Texts) -> PulledRecord:
    """Turn a row of `ALL_COLUMNS` into a record as a pull answers it."""
    return PulledRecord(*(*to_fields(row[1:-1], texts), row[0], to_text(row[-1])))
