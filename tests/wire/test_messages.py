"""Messages besides records."""

import json

import msgspec
import pytest

from ai_usage.wire.messages import Health, RawPage, Report, decode_report
from ai_usage.wire.record import InvalidRecord

REPORT = {
    "host_id": "laptop",
    "algorithm": "usage-record-sha256-v1",
    "range_end_utc": "2026-05-19T00:00:00Z",
    "record_count": 1,
    "digest_sha256": "a" * 64,
    "computed_at": "2026-05-19T08:00:00Z",
}


def test_a_report_is_read_and_written_with_the_keys_of_the_contract() -> None:
    report = decode_report(json.dumps(REPORT).encode())
    assert json.loads(msgspec.json.encode(report)) == REPORT


def test_a_stale_report_says_so() -> None:
    report = msgspec.structs.replace(decode_report(json.dumps(REPORT).encode()), stale=True)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"host_id": "X"}, "invalid host_id"),
        ({"algorithm": "md5"}, "invalid integrity algorithm"),
        ({"range_end_utc": ""}, "range_end_utc must not be empty"),
        ({"range_end_utc": "2026-05-19"}, "range_end_utc must be RFC3339"),
        ({"range_end_utc": "2026-05-19T02:00:00+02:00"}, "range_end_utc must be RFC3339"),
        ({"range_end_utc": "2026-05-19T00:00:00+00:00"}, "range_end_utc must be RFC3339"),
        ({"computed_at": "2026-05-19T08:00:00-00:00"}, "computed_at must be RFC3339"),
        ({"record_count": -1}, "record_count must be non-negative"),
        ({"record_count": 1.0}, "invalid JSON: record_count must be a 64-bit integer"),
        ({"digest_sha256": "A" * 64}, "digest_sha256 must be lowercase hex"),
        ({"computed_at": "now"}, "computed_at must be RFC3339"),
        ({"computed_at": None}, "invalid JSON: computed_at must be text"),
    ],
)
def test_a_broken_report_is_named(changes: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        decode_report(json.dumps(REPORT | changes).encode())
    assert str(caught.value) == fault


def test_the_health_of_an_older_server_has_no_features() -> None:
    answer = {
        "ok": True,
        "version": "3.9.0",
        "schema_version": 1,
        "uptime_seconds": 5,
        "instance_id": "b" * 64,
        "later": 1,
    }
    assert msgspec.json.decode(json.dumps(answer).encode(), type=Health) == Health(
        True, "3.9.0", 1, 5, "b" * 64, features=(), limits=None
    )


def test_a_page_keeps_its_records_apart() -> None:
    page = msgspec.json.decode(
        b'{"records":[{"seq":1},{"bad":tru}],"max_seq":2,"truncated":false}'.replace(b"tru}", b"true}"),
        type=RawPage,
    )
    assert [bytes(raw) for raw in page.records] == [b'{"seq":1}', b'{"bad":true}']
