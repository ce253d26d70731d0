"""Messages of requests and answers besides records: one type for each, shared by client and server.

Readers ignore keys that they do not know. A field with a default may be missing in an older server's answer.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from ai_usage.wire.digest import REPORT_ALGORITHM
from ai_usage.wire.exact import REPORT_FORMS, decode_exactly
from ai_usage.wire.record import (
    HOST_ID,
    SHA256,
    Count,
    HostId,
    InvalidRecord,
    PulledRecord,
    Sha256,
    Time,
    time_faults,
)

CLIENT_HEADER: Final = "x-ai-usage-client"
INSTALLATION_HEADER: Final = "x-ai-usage-installation"
ADOPT_HEADER: Final = "x-ai-usage-adopt"
FEATURES: Final = ("any-vendor", "filtered-pull", "days", "encodings", "epochs")
MAX_PULL_RECORDS: Final = 5000
LEGACY_VENDORS: Final = ("claude", "codex", "gemini")
"""The vendors of a pull without `supported_vendors`."""


class Limits(msgspec.Struct, frozen=True):
    """The limits of one request."""

    max_body_bytes: Count
    max_batch_records: Count
    max_pull_records: Count


class Health(msgspec.Struct, frozen=True):
    """The server's identity, version and features."""

    ok: bool
    version: str
    schema_version: int
    uptime_seconds: Count
    instance_id: Sha256
    """Stable for the life of the server's database."""
    features: tuple[str, ...] = ()
    limits: Limits | None = None


class UploadAnswer(msgspec.Struct, frozen=True):
    """The result of a batch."""

    accepted: Count
    """Records that are new or differ from the stored one."""
    ignored: Count
    """Records that equal the stored one."""
    max_seq: Count


class PullPage(msgspec.Struct, frozen=True):
    """Records in the server's order, as the server writes them."""

    records: list[PulledRecord]
    max_seq: Count
    """Where the next page begins."""
    truncated: bool
    """Whether there is more to fetch now."""
    epoch: str | None = None


class RawPage(msgspec.Struct, frozen=True):
    """A `PullPage` as the client reads it: each record separate, so that an invalid one does not affect the others."""

    records: list[msgspec.Raw]
    max_seq: Count
    truncated: bool
    epoch: str | None = None


class Machine(msgspec.Struct, frozen=True):
    """A machine that the server knows."""

    host_id: HostId
    last_seen: Time
    record_count: Count
    content_revision: Count = 0
    """The highest seq among the machine's records; the first servers do not send it."""


class Machines(msgspec.Struct, frozen=True):
    """All machines, by host_id."""

    machines: list[Machine]


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """A machine's report on its own records: their count and digest before an instant."""

    host_id: HostId
    algorithm: str
    range_end_utc: Time
    record_count: Count
    digest_sha256: Sha256
    computed_at: Time
    stale: bool = False
    """Set by the server when a record before `range_end_utc` was written after the report."""


class Reports(msgspec.Struct, frozen=True):
    """The last report of each machine, by host_id."""

    reports: list[Report]


class ReportAccepted(msgspec.Struct, frozen=True):
    """The server keeps the report."""

    accepted: bool


class DayDigest(msgspec.Struct, frozen=True):
    """One machine's records of one UTC day."""

    day: str
    record_count: Count
    digest_sha256: Sha256


class Days(msgspec.Struct, frozen=True):
    """One machine's days, ascending; days without a record are left out."""

    host_id: HostId
    algorithm: str
    days: list[DayDigest]


def decode_report(body: bytes) -> Report:
    """Decode and validate a report.

    Raises:
        InvalidRecord: the first rule that it breaks, in the specification's words.
    """
    report = Report(**decode_exactly(body, REPORT_FORMS, {}))
    if HOST_ID.fullmatch(report.host_id) is None:
        raise InvalidRecord("invalid host_id")
    if report.algorithm != REPORT_ALGORITHM:
        raise InvalidRecord("invalid integrity algorithm")
    for fault in _utc_faults("range_end_utc", report.range_end_utc):
        raise InvalidRecord(fault)
    if report.record_count < 0:
        raise InvalidRecord("record_count must be non-negative")
    if SHA256.fullmatch(report.digest_sha256) is None:
        raise InvalidRecord("digest_sha256 must be lowercase hex")
    for fault in _utc_faults("computed_at", report.computed_at):
        raise InvalidRecord(fault)
    return report


def _utc_faults(name: str, text: str) -> Iterator[str]:
    yield from time_faults(name, text)
    if not text.endswith(("Z", "z")):
        yield f"{name} must be RFC3339"


def encode_ndjson(lines: list[bytes]) -> bytes:
    """Join canonical records to the body of an upload."""
    return b"\n".join(lines) + b"\n" if lines else b""
