"""Reports and days: what the server keeps, and what it computes from its own rows."""

import itertools
import sqlite3
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.wire.digest import day_digest, record_hash
from ai_usage.wire.record import WireRecord, normalise

from ..servers import RunningServer
from .uploads import days, record, report, upload

NUMBERS = itertools.count()


def expected(*records: WireRecord) -> dict[str, object]:
    """Compute one day's entry on our own."""
    ordered = sorted(map(normalise, records), key=lambda each: (each.vendor, each.dedup_key))
    return {
        "day": records[0].timestamp[:10],
        "record_count": len(records),
        "digest_sha256": day_digest(map(record_hash, ordered)),
    }


def change(server: RunningServer, statement: str) -> None:
    """Change the database with another program than the server."""
    with closing(sqlite3.connect(server.database)) as db, db:
        db.execute(statement)


def test_days_are_computed_from_the_rows(server: RunningServer) -> None:
    a, b = record("a"), record("b", vendor="Codex".lower())
    late = record("c", timestamp="2026-05-19T00:00:00+00:00")
    with server.client("laptop") as client:
        upload(client, b, late, a)
        assert days(client) == [expected(a, b), expected(late)]


def test_days_follow_changes(server: RunningServer) -> None:
    a, b = record("a"), record("b")
    moved = record("b", timestamp="2026-05-17T12:00:00Z")
    changed = record("a", output_tokens=77)
    with server.client("laptop") as client:
        upload(client, a, b)
        assert days(client) == [expected(a, b)]
        upload(client, moved)
        assert days(client) == [expected(moved), expected(a)]
        upload(client, changed)
        assert days(client) == [expected(moved), expected(changed)]
        server.restart()
        assert days(client) == [expected(moved), expected(changed)]


def test_days_before_an_instant_may_cut_a_day(server: RunningServer) -> None:
    early, late = record("a", timestamp="2026-05-18T00:00:00Z"), record("b")
    with server.client("laptop") as client:
        upload(client, early, late)
        assert days(client, before="2026-05-18T12:00:00Z") == [expected(early)]
        assert days(client, before="2026-05-18T12:00:00.000001Z") == [expected(early, late)]
        assert days(client, before="2026-05-18T00:00:00Z") == []
        assert days(client, before="2026-05-19T01:00:00+01:00") == [expected(early, late)]


def test_a_host_without_records_has_no_days(shared_server: RunningServer) -> None:
    with shared_server.client() as client:
        answer = client.get("/v1/integrity/days?host_id=stranger")
        assert answer.json() == {"host_id": "stranger", "algorithm": "usage-day-sha256-v1", "days": []}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "host_id is required"),
        ("host_id=../x", "invalid host_id"),
        ("host_id=laptop&before=2026-05-18", "before must be RFC3339"),
    ],
)
def test_a_bad_question_for_days_is_named(shared_server: RunningServer, query: str, text: str) -> None:
    with shared_server.client() as client:
        answer = client.get(f"/v1/integrity/days?{query}")
        assert (answer.status_code, answer.text) == (400, text)


@pytest.mark.parametrize("restarted", [False, True], ids=["while it runs", "while it is stopped"])
def test_a_row_changed_by_other_hands_shows_in_its_day_and_no_other(
    server: RunningServer, restarted: bool
) -> None:
    a, b = record("a"), record("b", timestamp="2026-05-19T12:00:00Z")
    with server.client("laptop") as client:
        upload(client, a, b)
        assert days(client) == [expected(a), expected(b)]
        if restarted:
            server.stop()
        change(server, "UPDATE records SET output_tokens = output_tokens + 1 WHERE dedup_key = 'a'")
        if restarted:
            server.restart()
        assert days(client) == [expected(record("a", output_tokens=3)), expected(b)]
        assert upload(client, a)["accepted"] == 1
        assert days(client) == [expected(a), expected(b)]


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("DELETE FROM records WHERE dedup_key = 'a'", [expected(record("b"))]),
        (
            "UPDATE records SET timestamp = timestamp - 86400000000 WHERE dedup_key = 'a'",
            [
                expected(
                    record(
                        "a",
                        timestamp="2026-05-17T12:00:00Z",
                        session_start_time="2026-05-17T12:00:00Z",
                        session_end_time="2026-05-17T12:05:00Z",
                    )
                ),
                expected(record("b")),
            ],
        ),
        (
            "UPDATE texts SET text = 'claude-opus-4-7' WHERE text = 'claude-opus-4-6'",
            [expected(record("a", model="claude-opus-4-7"), record("b", model="claude-opus-4-7"))],
        ),
    ],
    ids=["a row deleted", "a row moved", "a text changed"],
)
def test_whatever_other_hands_do_is_noticed(
    server: RunningServer, statement: str, left: list[dict[str, object]]
) -> None:
    with server.client("laptop") as client:
        upload(client, record("a"), record("b"))
        days(client)
        change(server, statement)
        assert days(client) == left
        counts = [each["record_count"] for each in client.get("/v1/machines").json()["machines"]]
        assert counts == [sum(int(str(each["record_count"])) for each in left)]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("abcdef"), st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=6
        ),
        min_size=1,
        max_size=6,
    )
)
def test_days_equal_the_rows_after_any_uploads(
    shared_server: RunningServer, batches: list[list[tuple[str, int, int]]]
) -> None:
    host = f"random-{next(NUMBERS)}"  # each example has a machine of its own
    held: dict[str, WireRecord] = {}
    with shared_server.client(host) as client:
        for batch in batches:
            made = [
                record(key, host_id=host, timestamp=f"2026-05-{10 + day}T12:00:00Z", output_tokens=output)
                for key, day, output in batch
            ]
            held |= {each.dedup_key: each for each in made}
            upload(client, *made)
            by_day: dict[str, list[WireRecord]] = {}
            for each in held.values():
                by_day.setdefault(each.timestamp[:10], []).append(each)
            if len(held) % 2:
                assert days(client, host) == [expected(*by_day[day]) for day in sorted(by_day)]
        listed = {each["host_id"]: each for each in client.get("/v1/machines").json()["machines"]}
        assert listed[host]["record_count"] == len(held)
        assert days(client, host) == [expected(*by_day[day]) for day in sorted(by_day)]


def test_the_last_report_of_each_machine_is_kept(server: RunningServer) -> None:
    with server.client() as client:
        for host, count in (("laptop", 1), ("desk", 2), ("laptop", 3)):
            answer = client.post("/v1/integrity/report", content=report(host_id=host, record_count=count))
            assert (answer.status_code, answer.json()) == (200, {"accepted": True})
        listed = client.get("/v1/integrity/reports").json()["reports"]
        assert [(each["host_id"], each["record_count"], "stale" in each) for each in listed] == [
            ("desk", 2, False),
            ("laptop", 3, False),
        ]


@pytest.mark.parametrize(
    ("before", "after", "stale"),
    [
        (None, record("new"), True),
        (None, record("new", timestamp="2026-05-19T00:00:00Z"), False),
        (record("a"), record("a"), False),
        (record("a"), record("a", output_tokens=9), True),
        (record("a"), record("a", timestamp="2026-05-20T00:00:00Z"), True),
        (record("a", timestamp="2026-05-20T00:00:00Z"), record("a"), True),
        (
            record("a", timestamp="2026-05-20T00:00:00Z"),
            record("a", timestamp="2026-05-20T00:00:00Z", output_tokens=9),
            False,
        ),
        (None, record("other", host_id="desk"), False),
    ],
    ids=[
        "new",
        "new after it",
        "equal",
        "changed",
        "moved out",
        "moved in",
        "changed after it",
        "other host",
    ],
)
def test_a_report_is_stale_when_a_row_before_its_end_was_written_after_it(
    server: RunningServer, before: WireRecord | None, after: WireRecord, stale: bool
) -> None:
    with server.client() as client:
        upload(client, *([before] if before else []))
        client.post("/v1/integrity/report", content=report())
        upload(client, after)
        (listed,) = client.get("/v1/integrity/reports").json()["reports"]
        assert listed.get("stale", False) is stale
        client.post("/v1/integrity/report", content=report())
        (listed,) = client.get("/v1/integrity/reports").json()["reports"]
        assert "stale" not in listed


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "invalid JSON: Expecting property name enclosed in double quotes at column 2"),
        (report(host_id="X"), "invalid host_id"),
        (report(algorithm="md5"), "invalid integrity algorithm"),
        (report(range_end_utc="2026-05-19"), "range_end_utc must be RFC3339"),
        (report(record_count=-1), "record_count must be non-negative"),
        (report(digest_sha256="A" * 64), "digest_sha256 must be lowercase hex"),
        (report(computed_at=""), "computed_at must not be empty"),
    ],
)
def test_a_bad_report_is_named(shared_server: RunningServer, body: bytes, text: str) -> None:
    with shared_server.client() as client:
        answer = client.post("/v1/integrity/report", content=body)
        assert (answer.status_code, answer.text) == (400, text)


def test_machines_say_when_and_how_much(server: RunningServer) -> None:
    with server.client() as client:
        upload(client, record("a"), record("b"), record("a", host_id="desk"))
        upload(client, record("a", output_tokens=9))
        client.post("/v1/integrity/report", content=report(host_id="phone"))
        listed = client.get("/v1/machines").json()["machines"]
        assert [(each["host_id"], each["record_count"], each["content_revision"]) for each in listed] == [
            ("desk", 1, 3),
            ("laptop", 2, 4),
            ("phone", 0, 0),
        ]
        seen = [each["last_seen"] for each in listed]
        assert sorted(seen) == seen
        client.post("/v1/integrity/report", content=report(host_id="desk"))
        moved = {each["host_id"]: each["last_seen"] for each in client.get("/v1/machines").json()["machines"]}
        assert moved["desk"] > max(seen)
