"""Canonical bytes: the one encoding of a record that hashes and digests cover.

Two encoders write it, because each is the fastest where it is right. Both write text alike; only orjson
spells every float as the contract does (`1e+16`, `1e-6`, `0.00001`), where msgspec writes `1e16` and Python's
own `repr` writes `1e-06` and `1e-05`. So a record with recorded costs, which is rare, goes through orjson.
"""

from operator import attrgetter

import msgspec
import orjson

from ai_usage.wire.record import NO_COSTS, WireRecord, costs_of

_encode = msgspec.json.Encoder().encode


class ReportRow(msgspec.Struct, frozen=True, gc=False):
    """The 18 keys of a record that a report digest covers, in the order of the wire."""

    host_id: str
    vendor: str
    dedup_key: str
    timestamp: str
    session_start_time: str
    session_end_time: str
    model: str
    effort: str | None
    fast_tier: int
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    cache_creation_input_tokens: int
    reasoning_output_tokens: int
    cost_input: float | None
    cost_output: float | None
    cost_cache_read: float | None
    cost_cache_creation: float | None


_report_fields = attrgetter(*(field.name for field in msgspec.structs.fields(ReportRow)))


def canonical_bytes(record: WireRecord | ReportRow) -> bytes:
    """Encode a record canonically, with all its keys.

    Raises:
        UnicodeEncodeError: a text holds half a surrogate pair, which UTF-8 cannot encode.
    """
    if costs_of(record) == NO_COSTS:
        return _encode(record)
    return orjson.dumps({name: getattr(record, name) for name in record.__struct_fields__})


def report_row(record: WireRecord) -> ReportRow:
    """Return the 18 keys of a normalised record that a report digest covers."""
    return ReportRow(*_report_fields(record))
