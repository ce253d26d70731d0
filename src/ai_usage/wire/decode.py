"""Decode bytes to checked records: fast for canonical bytes, exact and with clear errors for all others.

A typed decoder is quick but forgiving: of two equal keys it takes the last. So bytes are decoded, encoded
again and compared. If the bytes are equal, each key occurs once, in its place, and each number is exact. A batch is
first decoded as a whole, then line by line; a line that differs goes through the exact decoder.
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
    """A batch holds too many records."""


_record_fields = attrgetter(*KEYS)
_ids_of = attrgetter("host_id", "vendor", "project_path_sha256")
_records = msgspec.json.Decoder(WireRecord)
_typed_pulled = msgspec.json.Decoder(PulledRecord).decode
_encoder = msgspec.json.Encoder()


def decode_record(line: bytes) -> Checked:
    """Decode one record.

    Raises:
        InvalidRecord: it is not JSON, not a record, or breaks a rule; the text is the specification's.
    """
    if line.isascii():  # then the typed decoder's limits, which count characters, equal the specification's
        try:
            record = _records.decode(line)
            if canonical_bytes(record) == line and _are_valid(_ids_of(record)):
                return read_times(normalise(record))
        except (msgspec.MsgspecError, RecursionError):
            pass  # the exact decoder raises the exact error
    return check(WireRecord(**decode_exactly(line, RECORD_FORMS, RECORD_DEFAULTS)))


def decode_batch(body: bytes, max_records: int) -> list[Checked]:
    """Decode newline-delimited records; blank lines are ignored.

    Raises:
        TooManyRecords: there are more than `max_records`.
        InvalidRecord: the first bad line, with its number among the lines that are not blank.
    """
    whole = _decode_whole(body, max_records)
    if whole is not None:
        return whole
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


def _decode_whole(body: bytes, max_records: int) -> list[Checked] | None:
    """Decode a whole batch at once; None if its lines must be decoded one by one."""
    if not body.isascii() or body.count(b"\n") > max_records:
        return None
    try:
        batch = _records.decode_lines(body)
        spelled = _encoder.encode_lines(batch)  # any encoding of a float is fine here
        if len(batch) > max_records or body not in (spelled, spelled[:-1]):
            return None
        if not all(map(_are_valid, set(map(_ids_of, batch)))):
            return None
        return [read_times(normalise(record)) for record in batch]
    except (msgspec.MsgspecError, RecursionError, InvalidRecord):
        return None


def decode_pulled(raw: bytes | memoryview) -> Pulled:
    """Decode one record of a pulled page.

    Raises:
        InvalidRecord: it is not a record, or breaks a rule.
    """
    data = bytes(raw)
    if data.isascii():
        try:
            pulled = _typed_pulled(data)
            # Another server may encode a float differently; then the exact decoder reads it.
            if (
                _encoder.encode(pulled) == data
                and _are_valid(_ids_of(pulled))
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


def _are_valid(ids: tuple[str, str, str | None]) -> bool:
    """Check what the typed decoder does not: the alphabet of the ids, which are few."""
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
