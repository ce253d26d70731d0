"""Digests, by which two sides compare their records without sending them."""

import hashlib
from collections.abc import Iterable
from typing import Final

from ai_usage.wire.canonical import ReportRow, canonical_bytes, report_row
from ai_usage.wire.record import WireRecord

REPORT_ALGORITHM: Final = "usage-record-sha256-v1"
DAY_ALGORITHM: Final = "usage-day-sha256-v1"


def record_hash(record: WireRecord) -> bytes:
    """Hash a normalised record: SHA-256 of its canonical bytes, all 22 keys."""
    return hashlib.sha256(canonical_bytes(record)).digest()


class ReportDigest:
    """The digest over the records of one host before an instant, fed one by one.

    Records come normalised and sorted by (host_id, vendor, dedup_key, timestamp) as UTF-8 byte strings, which
    is the order of Python's text and of SQLite's BINARY collation.
    """

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.record_count = 0

    def add(self, row: ReportRow) -> bytes:
        """Add the next record and return the canonical bytes that the digest covers."""
        spelled = canonical_bytes(row)
        self._sha256.update(len(spelled).to_bytes(8, "big") + spelled)
        self.record_count += 1
        return spelled

    def hexdigest(self) -> str:
        """Return the digest of the records so far, in lower-case hex."""
        return self._sha256.hexdigest()


def report_digest(records: Iterable[WireRecord]) -> str:
    """Digest normalised records in any order; for many, sort in the database and feed a `ReportDigest`."""
    digest = ReportDigest()
    for row in sorted(
        map(report_row, records), key=lambda row: (row.host_id, row.vendor, row.dedup_key, row.timestamp)
    ):
        digest.add(row)
    return digest.hexdigest()


def day_digest(record_hashes: Iterable[bytes]) -> str:
    """Digest one host's UTC day.

    Args:
        record_hashes: 32 raw bytes a record, sorted by (vendor, dedup_key) as UTF-8 byte strings.
    """
    digest = hashlib.sha256()
    for each in record_hashes:
        digest.update(each)
    return digest.hexdigest()
