import sqlite3
import stat
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.errors import LedgerDamaged, LedgerReadOnly, LedgerTooNew
from ai_usage.ledger.connection import is_whole, set_aside
from ai_usage.ledger.flags import QUARTER_US
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.migrate import LATEST
from ai_usage.ledger.names import Project
from ai_usage.usage.group import NO_COST, POSITIVE_COST, ZERO_COST, Doubts
from ai_usage.usage.prompt_class import prompt_class
from ai_usage.usage.record import UsageRecord, key_hash, key_hashes, merge

NOON = 1_778_000_400_000_000
DAY = 86_400_000_000


def project_of(folder: str | None) -> Project:
    return Project(folder and folder.rpartition("/")[2], folder and folder * 8)


def write(ledger: Ledger, *records: UsageRecord) -> None:
    with ledger.writing(project_of) as writing:
        hashes = key_hashes(records)
        writing.records.write(list(records), hashes, 1)


def record(key: str = "k", time: int = NOON, **fields: Any) -> UsageRecord:
    plain = UsageRecord("claude", key, time, time, time, "claude-opus-4-6", input_tokens=10, output_tokens=5)
    return plain._replace(**fields)


@st.composite
def records(draw: st.DrawFn) -> UsageRecord:
    time = NOON + draw(st.integers(-2 * DAY, 2 * DAY))
    cost = draw(st.sampled_from([None, 0.0, 0.25]))
    return record(
        f"k{draw(st.integers(0, 12))}",
        time,
        session_end_time=time + draw(st.integers(0, DAY)),
        vendor=draw(st.sampled_from(["claude", "codex"])),
        model=draw(st.sampled_from(["a", "b"])),
        effort=draw(st.sampled_from([None, "high"])),
        fast_tier=draw(st.sampled_from([-1, 0, 1])),
        input_tokens=draw(st.sampled_from([0, 1, 150_000, 300_000])),
        cache_read_input_tokens=draw(st.sampled_from([0, 7, 60_000])),
        output_tokens=draw(st.integers(0, 9)),
        reasoning_output_tokens=draw(st.sampled_from([None, 0, 2])),
        cost_input=None if cost is None else 0.0,
        cost_output=cost,
        cost_cache_read=None if cost is None else 0.0,
        cost_cache_creation=None if cost is None else 0.0,
        cwd=draw(st.sampled_from([None, "/home/u/app", "/home/u/lib"])),
        session_id=draw(st.sampled_from(["s1", "s2"])),
        service_tier=draw(st.sampled_from([None, "batch"])),
        web_searches=draw(st.integers(0, 1)),
        undated=draw(st.integers(0, 1)),
    )


def expected(held: list[UsageRecord], spans: list[tuple[int, int]]) -> dict[tuple[object, ...], list[int]]:
    """Sum without a database."""
    totals: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0] * 10)
    for each in held:
        for bucket, (start, end) in enumerate(spans):
            if start <= each.timestamp < end and not each.retracted:
                cost = each.cost_output
                key = (
                    bucket, each.timestamp // DAY, each.vendor, each.model,
                    *(project_of(each.cwd)), each.fast_tier, each.service_tier, each.region,
                    prompt_class(each.prompt_tokens),
                    NO_COST if cost is None else POSITIVE_COST if cost > 0 else ZERO_COST,
                )  # fmt: skip
                reasoning = each.reasoning_output_tokens
                counts = (
                    1, *each[8:13], reasoning or 0, each.web_searches, round((cost or 0.0) * 1e12), reasoning is None
                )  # fmt: skip
                totals[key] = [a + b for a, b in zip(totals[key], counts, strict=True)]
    return totals


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    batches=st.lists(st.lists(records(), max_size=12), max_size=4),
    cuts=st.lists(st.integers(NOON - 3 * DAY, NOON + 3 * DAY), min_size=2, max_size=6, unique=True),
)
def test_sums_equal_those_of_the_merged_records(batches: list[list[UsageRecord]], cuts: list[int]) -> None:
    spans = list(zip(sorted(cuts), sorted(cuts)[1:], strict=False))
    held: dict[tuple[str, str], UsageRecord] = {}
    with Ledger.in_memory() as ledger:
        for batch in batches:
            write(ledger, *batch)
            for each in batch:
                key = (each.vendor, each.dedup_key)
                held[key] = merge(held[key], each) if key in held else each
        for made in ("while writing", "never", "at once"):
            if made == "never":
                with ledger.transaction() as connection:
                    connection.execute("DELETE FROM rollups")
                    connection.execute("DELETE FROM meta WHERE key = 'rollups'")
            elif made == "at once":
                ledger.complete_rollups()
            sums: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0] * 10)
            for group in ledger.sums(spans):
                sums[group[:11]] = [
                    a + b for a, b in zip(sums[group[:11]], (*group[11:20], group[-1]), strict=True)
                ]
            assert sums == expected(list(held.values()), spans), f"rollups made {made}"
        sessions = ledger.session_sums(spans[0][0], spans[-1][1])
        counted = [
            each
            for each in held.values()
            if spans[0][0] <= each.timestamp < spans[-1][1] and not each.retracted
        ]
        assert sum(group.requests for group in sessions) == len(counted)
        assert ledger.record_count() == len(held)
        times = [each.timestamp for each in held.values()]
        assert ledger.extent() == ((min(times), max(times)) if times else None)


def test_a_copy_that_changes_nothing_takes_no_change_number() -> None:
    with Ledger.in_memory() as ledger:
        write(ledger, record("a"), record("b"))
        write(ledger, record("a"))
        assert ledger.change_number() == 2
        write(ledger, record("a", output_tokens=6))
        # Row 3 held the place of the copy that changed nothing.
        assert ledger.change_number() == 3
        write(ledger, record("a", output_tokens=6))
        assert (ledger.change_number(), ledger.record_count()) == (3, 2)


def test_two_identities_with_one_hash_are_two_records() -> None:
    with Ledger.in_memory() as ledger:
        for key in ("a", "b", "a"):
            with ledger.writing(project_of) as writing:
                writing.records.write([record(key)], [77], 1)
        assert ledger.record_count() == 2
        assert sum(group.requests for group in ledger.sums([(NOON, NOON + 1)])) == 2


def test_identities_with_one_hash_may_come_at_once() -> None:
    keys = ("a", "b", "a", "c", "b", "d")
    with Ledger.in_memory() as ledger:
        with ledger.writing(project_of) as writing:
            copies = [record(key, output_tokens=index) for index, key in enumerate(keys)]
            writing.records.write(copies, [77] * len(keys), 1)
            assert (writing.records.added, writing.records.changed) == (4, 2)
        (group,) = ledger.sums([(NOON, NOON + 1)])
        assert (group.requests, group.output_tokens) == (4, 2 + 3 + 4 + 5)


@pytest.mark.parametrize("count", [1, 3, 4, 16, 21, 63, 64, 85, 300])
def test_records_that_come_at_once_are_stored_as_one_by_one(count: int) -> None:
    costs = {"cost_input": 0.0, "cost_output": 0.25, "cost_cache_read": 0.0, "cost_cache_creation": 0.0}
    given = [
        record(
            f"k{number * 7 % 250}",
            NOON + number * DAY // 8,
            output_tokens=number,
            **costs if number % 3 else {},
        )
        for number in range(count)
    ]
    with Ledger.in_memory() as at_once, Ledger.in_memory() as one_by_one:
        write(at_once, *given)
        for each in given:
            write(one_by_one, each)
        spans = [(NOON, NOON + 60 * DAY)]
        assert sorted(at_once.sums(spans)) == sorted(one_by_one.sums(spans))
        assert at_once.record_count() == one_by_one.record_count() == min(count, 250)


def test_a_count_above_2_to_the_53_is_kept_but_in_no_sum() -> None:
    with Ledger.in_memory() as ledger:
        write(ledger, record("a", input_tokens=2**53 + 1), record("b", input_tokens=2**63 - 1), record("c"))
        ledger.complete_rollups()
        (group,) = [group for group in ledger.sums([(NOON, NOON + 1)]) if group.prompt_class == 0]
        assert (group.requests, group.input_tokens) == (1, 10)
        assert sum(group.input_tokens for group in ledger.sums([(NOON, NOON + 1)])) == 10
        assert ledger.doubts(NOON, NOON + 1) == Doubts(oversized=2)


@pytest.mark.parametrize("at_once", [True, False], ids=["in one transaction", "in many"])
def test_sums_that_no_integer_can_hold_stop_at_the_largest(at_once: bool) -> None:
    most = 2**53
    absurd = [record(f"k{number}", input_tokens=most, output_tokens=most) for number in range(1200)]
    with Ledger.in_memory() as ledger:
        for some in [absurd] if at_once else [absurd[:1100], absurd[1100:]]:
            write(ledger, *some)
        write(ledger, record("plain"))
        for groups in (ledger.sums([(0, 2**62)]), ledger.session_sums(0, 2**62)):
            assert max(group.output_tokens for group in groups) == 2**63 - 1
            assert sum(group.requests for group in groups) == 1201


def test_a_retracted_record_counts_nowhere() -> None:
    with Ledger.in_memory() as ledger:
        write(ledger, record("a"))
        write(ledger, record("a", input_tokens=0, output_tokens=0))
        assert ledger.sums([(0, 2**62)]) == []
        assert ledger.record_count() == 1


def test_records_from_before_1970_are_summed_and_merged() -> None:
    with Ledger.in_memory() as ledger:
        write(ledger, record("a", -1), record("b", -QUARTER_US), record("c", 0))
        write(ledger, record("a", -1, output_tokens=6), record("b", -QUARTER_US, output_tokens=7))
        for spans, outputs in (([(-(2**62), NOON)], 18), ([(-QUARTER_US, 0)], 13), ([(0, QUARTER_US)], 5)):
            assert sum(group.output_tokens for group in ledger.sums(spans)) == outputs


def test_a_copy_in_memory_needs_no_room_on_a_disk() -> None:
    script = """
import resource
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.usage.record import UsageRecord, key_hashes

resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
with Ledger.in_memory() as ledger:
    for output in (1, 2):
        records = [
            UsageRecord("claude", f"k{n}", *[n * 10**10] * 3, f"m{n % 7}", output_tokens=output)
            for n in range(60_000)
        ]
        with ledger.writing(lambda _: Project(None, None)) as writing:
            writing.records.write(records, key_hashes(records), 1)
    assert sum(group.output_tokens for group in ledger.sums([(0, 2**62)])) == 120_000
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_moment_inside_a_quarter_cuts_exactly() -> None:
    with Ledger.in_memory() as ledger:
        write(ledger, *(record(f"k{minute}", NOON + minute * 60_000_000) for minute in range(15)))
        ledger.complete_rollups()
        spans = [(NOON, NOON + 5 * 60_000_000), (NOON + 5 * 60_000_000, NOON + QUARTER_US)]
        assert [(group.bucket, group.requests) for group in ledger.sums(spans)] == [(0, 5), (1, 10)]


def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.db"
    with Ledger.open(path) as ledger:
        write(ledger, record())
        modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in path.parent.iterdir()}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}


def test_a_damaged_ledger_is_refused_and_set_aside_whole(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this was a database once" * 400)
    with pytest.raises(LedgerDamaged, match=r"ledger\.db is damaged"):
        Ledger.open(path)
    kept = set_aside(path)
    assert kept.read_bytes() == b"this was a database once" * 400
    with Ledger.open(path) as ledger:
        assert ledger.record_count() == 0
    path.write_bytes(b"again" * 1000)
    journal = path.with_name("ledger.db-journal")
    journal.write_bytes(b"what was there before")
    again = set_aside(path)
    assert again != kept
    assert again.with_name(again.name + "-journal").read_bytes() == b"what was there before"
    assert not journal.exists()


def test_a_ledger_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(LedgerTooNew, match=rf"\(schema 99, known here: {LATEST}\); run: ai-usage update"):
            Ledger.open(path, write=write)
    assert path.read_bytes() == before


def test_a_ledger_that_does_not_exist_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(LedgerReadOnly, match="does not exist"):
        Ledger.open(tmp_path / "ledger.db", write=False)


def test_a_ledger_whose_maker_was_killed_cannot_be_read_and_is_made_by_the_next(tmp_path: Path) -> None:
    for name, begin in (("nothing", "SELECT 1"), ("header", "PRAGMA journal_mode = WAL")):
        path = tmp_path / name
        path.touch()
        connection = sqlite3.connect(path)
        connection.execute(begin)
        connection.close()
        with pytest.raises(LedgerReadOnly, match="is not made yet"):
            Ledger.open(path, write=False)
        assert is_whole(path)
        Ledger.open(path).close()
        Ledger.open(path, write=False).close()


def test_what_a_reader_sees_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as writer:
        write(writer, record("a"))
        with writer.writing(project_of) as writing, Ledger.open(path, write=False) as reader:
            writing.records.write([record("b")], [key_hash("claude", "b")], 1)
            assert reader.record_count() == 1
        assert writer.record_count() == 2


def test_nothing_of_a_failed_transaction_stays(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.complete_rollups()
        with pytest.raises(OverflowError):
            write(ledger, record("a"), record("b", output_tokens=2**80))
        assert (ledger.record_count(), ledger.sums([(0, 2**62)])) == (0, [])


def test_a_copy_in_memory_can_be_written_where_the_file_cannot(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        write(ledger, record("a"))
    with Ledger.open(path, write=False) as stored, Ledger.in_memory(like=stored) as copy:
        write(copy, record("b"))
        assert (stored.record_count(), copy.record_count()) == (1, 2)
