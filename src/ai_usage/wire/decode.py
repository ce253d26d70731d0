"""Bytes to checked records: fast where they are canonical, exact and with clear words where they are not.

A typed decoder is quick but forgiving: of two equal keys it takes the last. So a line is decoded, encoded
again and compared. Equal bytes are canonical, and nothing can hide in them. All other lines go through the
exact decoder.
"""

from operator import attrgetter
from typing import NamedTuple

import msgspec

from ai_usage.wire.canonical import canonical_bytes
from ai_usage.wire.exact import (
    PULLED_FORMS,
    RECORD_DEFAULTS,
    RECORD_FORMS,
    decode_exactly,
)
from ai_usage.wire.record import (
    HOST_ID,
    KEYS,
    SHA256,
    VENDOR,
    Checked,
    InvalidRecord,
    PulledRecord,
    WireRecord,
    check,
    normalise,
    read_times,
    time_faults,
)
from ai_usage.wire.rfc3339 import read_instant


class Pulled(NamedTuple):
    """A checked record with its place in the server's order and the time when the server stored it."""

    checked: Checked
    seq: int
    uploaded_at: str


class TooManyRecords(ValueError):
    """A batch holds more records than it may."""


_record_fields = attrgetter(*KEYS)
_typed_record = msgspec.json.Decoder(WireRecord).decode
_typed_pulled = msgspec.json.Decoder(PulledRecord).decode
_encode = msgspec.json.Encoder().encode


def decode_record(line: bytes) -> Checked:
    """Decode one record.

    Raises:
        InvalidRecord: it is not JSON, not a record, or breaks a rule; the text is the contract's.
    """
    if line.isascii():  # then the typed decoder's limits, which count characters, are the contract's
        try:
            record = _typed_record(line)
            if canonical_bytes(record) == line and _has_valid_ids(record):
                return read_times(normalise(record))
        except (msgspec.MsgspecError, RecursionError):
            pass  # the exact decoder has the words for it
    return check(WireRecord(**decode_exactly(line, RECORD_FORMS, RECORD_DEFAULTS)))


def decode_batch(body: bytes, max_records: int) -> list[Checked]:
    """Decode newline-delimited records; blank lines count for nothing.

    Raises:
        TooManyRecords: there are more than `max_records`.
        InvalidRecord: the first bad line, with its number among the lines that are not blank.
    """
    lines = [line.removesuffix(b"\r") for line in body.split(b"\n") if line.strip(b" \t\r")]
    if len(lines) > max_records:
        raise TooManyRecords
    checked: list[Checked] = []
    for line in lines:
        try:
            checked.append(decode_record(line))
        except InvalidRecord as fault:
            raise InvalidRecord(f"line {len(checked) + 1}: {fault}") from fault
    return checked


def decode_pulled(raw: bytes | memoryview) -> Pulled:
    """Decode one record of a pulled page.

    Raises:
        InvalidRecord: it is not a record, or breaks a rule.
    """
    data = bytes(raw)
    if data.isascii():
        try:
            pulled = _typed_pulled(data)
            # Another server may spell a float otherwise; then the exact decoder reads it.
            if (
                _encode(pulled) == data
                and _has_valid_ids(pulled)
                and read_instant(pulled.uploaded_at) is not None
            ):
                return Pulled(read_times(normalise(_without_place(pulled))), pulled.seq, pulled.uploaded_at)
        except (msgspec.MsgspecError, RecursionError):
            pass
    pulled = PulledRecord(**decode_exactly(data, PULLED_FORMS, RECORD_DEFAULTS))
    checked = check(_without_place(pulled))
    if pulled.seq < 0:
        raise InvalidRecord("seq must be non-negative")
    for fault in time_faults("uploaded_at", pulled.uploaded_at):
        raise InvalidRecord(fault)
    return Pulled(checked, pulled.seq, pulled.uploaded_at)


def _without_place(pulled: PulledRecord) -> WireRecord:
    return WireRecord(*_record_fields(pulled))


_IDS_KEPT = 4096
_valid_ids: set[tuple[str, str, str | None]] = set()


def _has_valid_ids(record: WireRecord) -> bool:
    """Check what the typed decoder does not: the alphabet of the ids, which are few."""
    ids = record.host_id, record.vendor, record.project_path_sha256
    if ids in _valid_ids:
        return True
    host, vendor, project = ids
    if HOST_ID.fullmatch(host) is None or VENDOR.fullmatch(vendor) is None:
        return False
    if project is not None and SHA256.fullmatch(project) is None:
        return False
    if len(_valid_ids) >= _IDS_KEPT:
        _valid_ids.clear()
    _valid_ids.add(ids)
    return True
