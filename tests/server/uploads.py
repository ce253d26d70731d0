"""Records for uploads, and short ways to send and fetch them."""

import json
from typing import Any

import httpx2
import msgspec

from ai_usage.wire.canonical import canonical_bytes
from ai_usage.wire.record import WireRecord, normalise

NOON = "2026-05-18T12:00:00Z"


def record(key: str = "one", **changes: object) -> WireRecord:
    """Make a valid record of the laptop."""
    made = WireRecord(
        schema_version=1,
        host_id="laptop",
        vendor="claude",
        dedup_key=key,
        timestamp=NOON,
        session_start_time=NOON,
        session_end_time="2026-05-18T12:05:00Z",
        model="claude-opus-4-6",
        effort=None,
        fast_tier=0,
        input_tokens=10,
        output_tokens=2,
        cache_read_input_tokens=3,
        cache_creation_input_tokens=4,
        cache_creation_5m_input_tokens=4,
        cache_creation_1h_input_tokens=0,
        reasoning_output_tokens=1,
        cost_input=None,
        cost_output=None,
        cost_cache_read=None,
        cost_cache_creation=None,
        project_path_sha256=None,
    )
    return msgspec.structs.replace(made, **changes)


def ndjson(*records: WireRecord) -> bytes:
    """Spell records as the body of an upload."""
    return b"".join(canonical_bytes(normalise(each)) + b"\n" for each in records)


def upload(client: httpx2.Client, *records: WireRecord, **headers: str) -> dict[str, Any]:
    """Upload records and return the answer."""
    answer = client.post("/v1/upload", content=ndjson(*records), headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def pull(client: httpx2.Client, after_seq: int = 0, **query: Any) -> dict[str, Any]:
    """Fetch one page of all vendors."""
    params: dict[str, Any] = {"after_seq": after_seq, "supported_vendors": "*"} | query
    answer = client.get("/v1/pull", params=params)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def keys(page: dict[str, Any]) -> list[tuple[int, str]]:
    """Return seq and key of the records of a page."""
    return [(each["seq"], each["dedup_key"]) for each in page["records"]]


def days(client: httpx2.Client, host_id: str = "laptop", **query: Any) -> list[dict[str, Any]]:
    """Fetch the days of a machine."""
    answer = client.get("/v1/integrity/days", params={"host_id": host_id} | query)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["days"]
    return listed


def report(**changes: object) -> bytes:
    """Spell a report of the laptop."""
    made = {
        "host_id": "laptop",
        "algorithm": "usage-record-sha256-v1",
        "range_end_utc": "2026-05-19T00:00:00Z",
        "record_count": 1,
        "digest_sha256": "a" * 64,
        "computed_at": "2026-05-19T08:00:00Z",
    }
    return json.dumps(made | changes).encode()
