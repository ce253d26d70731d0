"""Copies of a request in main transcripts and side chains: a ledger says what the rule says, whatever came first."""

import functools
import itertools
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_usage.ledger.copies import settle_copies
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.usage.record import UsageRecord, key_hashes, merge

FOREVER = [(-(2**62), 2**62)]
PARENT = UsageRecord(
    "claude",
    "claude:message:msg_01AbcdefghijklmnopqrstuA",
    100,
    100,
    100,
    "claude-sonnet-4-6",
    input_tokens=3,
    cache_read_input_tokens=101_479,
    cache_creation_5m_input_tokens=200,
    output_tokens=37,
    session_id="main",
    cwd="/w/a",
    request=7,
)
FULLER = PARENT._replace(side_chain=1, output_tokens=2872, session_id="aside")
INFLATED = FULLER._replace(cache_read_input_tokens=150_000, output_tokens=5000, request=8)
LOWER = FULLER._replace(output_tokens=12, request=9)
RESUMED = PARENT._replace(session_id="resumed", output_tokens=40)
EXPECTED = (1, 3, 101_479, 200, 2872)


def read(ledger: Ledger, *records: UsageRecord) -> None:
    """Write what one reading of a log gives."""
    with ledger.writing(lambda cwd: Project(cwd, None)) as writing:
        writing.records.write(records, key_hashes(records), 1)


def counted(ledger: Ledger) -> tuple[int, int, int, int, int]:
    """Requests, input, cache read, cache write, output of all that counts."""
    groups = ledger.sums(FOREVER, copies=False)
    return (
        sum(each.requests for each in groups),
        sum(each.input_tokens for each in groups),
        sum(each.cache_read_input_tokens for each in groups),
        sum(each.cache_creation_5m_input_tokens for each in groups),
        sum(each.output_tokens for each in groups),
    )


def test_the_fuller_copy_counts_at_the_parents_place_in_any_order_with_restarts_between(
    tmp_path: Path,
) -> None:
    for number, order in enumerate(itertools.permutations([PARENT, FULLER, INFLATED, LOWER])):
        path = tmp_path / str(number) / "ledger.db"
        for record in order:
            with Ledger.open(path) as ledger:
                read(ledger, record)
        with Ledger.open(path) as ledger:
            assert counted(ledger) == EXPECTED
            ends = ledger.change_number()
            (group,) = ledger.session_sums(*FOREVER[0])
            assert (group.session_id, group.project) == ("main", "/w/a")
            read(ledger, *order)  # a second reading of all logs changes nothing
            assert ledger.change_number() == ends


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(st.sampled_from([PARENT, FULLER, INFLATED, LOWER, RESUMED]), min_size=1, max_size=7), st.data()
)
def test_a_ledger_says_what_merging_all_copies_says(copies: list[UsageRecord], data: st.DataObject) -> None:
    said = functools.reduce(merge, copies)
    with Ledger.in_memory() as ledger:
        while copies:
            some = data.draw(st.integers(1, len(copies)))
            read(ledger, *copies[:some])
            copies = copies[some:]
        assert counted(ledger) == (1, *said[8:11], said[12])


def test_a_copy_that_only_names_the_request_changes_nothing_that_travels(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        read(ledger, PARENT._replace(request=0))
        ends = ledger.change_number()
        read(ledger, PARENT)
        assert ledger.change_number() == ends
        other_counts = FULLER._replace(cache_read_input_tokens=101_480)
        read(ledger, other_counts)
        assert counted(ledger) == (1, 3, 101_480, 200, 2872)


def test_a_retraction_ends_what_was_kept_apart(tmp_path: Path) -> None:
    gone = PARENT._replace(
        input_tokens=0, cache_read_input_tokens=0, cache_creation_5m_input_tokens=0, output_tokens=0
    )
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        read(ledger, FULLER, INFLATED)
        read(ledger, gone)
        read(ledger, PARENT, FULLER)
        assert counted(ledger) == (0, 0, 0, 0, 0)
        with ledger.reading() as connection:
            assert connection.execute("SELECT count(*) FROM apart").fetchone() == (0,)


def test_the_fuller_copy_of_another_machine_counts_once(tmp_path: Path) -> None:
    for fuller_host, other_host in (("ant", "bee"), ("bee", "ant")):
        folder = tmp_path / fuller_host
        with Ledger.open(folder / "ant.db") as ant, Ledger.open(folder / "bee.db") as bee:
            ledgers = {"ant": ant, "bee": bee}
            read(ledgers[fuller_host], FULLER, PARENT)
            read(ledgers[other_host], PARENT)
            settle_copies(ledgers)
            assert counted(ledgers[fuller_host]) == EXPECTED
            assert counted(ledgers[other_host])[0] == 0
