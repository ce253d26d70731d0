"""Copies of one request in several machines' files: each of several files decides alike, whatever the order."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_usage.ledger.copies import settle_copies
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.ledger.peer_records import to_usage
from ai_usage.usage.record import UsageRecord, key_hashes, order_of_machines
from tests.machines import at, usage

HOSTS = ("ant", "bee", "cat")
FOREVER = [(-(2**62), 2**62)]


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[dict[str, Ledger]]:
    with contextlib.ExitStack() as stack:
        yield {host: stack.enter_context(Ledger.open(folder / host / "ledger.db")) for host in HOSTS}


def write(ledger: Ledger, *records: UsageRecord) -> None:
    with ledger.writing(lambda _: Project(None, None)) as writing:
        writing.records.write(records, key_hashes(records), 1)


def counted(ledgers: dict[str, Ledger], *, copies: bool) -> dict[str, tuple[int, int]]:
    """Return requests and output of each file."""
    return {
        host: (
            sum(group.requests for group in ledger.sums(FOREVER, copies=copies)),
            sum(group.output_tokens for group in ledger.sums(FOREVER, copies=copies)),
        )
        for host, ledger in ledgers.items()
    }


def test_the_fullest_copy_counts_and_then_the_first_host(tmp_path: Path) -> None:
    with opened(tmp_path) as ledgers:
        for ledger in ledgers.values():
            ledger.complete_rollups()
        write(ledgers["ant"], usage("equal", at(1)), usage("fuller-elsewhere", at(2), output=3))
        write(ledgers["bee"], usage("equal", at(1)), usage("fuller-elsewhere", at(2), output=9))
        write(ledgers["cat"], usage("alone", at(3), output=5))

        settle_copies(ledgers)

        assert counted(ledgers, copies=False) == {"ant": (1, 7), "bee": (1, 9), "cat": (1, 5)}
        assert counted(ledgers, copies=True) == {"ant": (2, 10), "bee": (2, 16), "cat": (1, 5)}


def test_a_retraction_anywhere_takes_a_request_out_of_the_merged_view(tmp_path: Path) -> None:
    gone = usage("gone", at(1), output=0)._replace(input_tokens=0, cache_read_input_tokens=0)
    with opened(tmp_path) as ledgers:
        write(ledgers["ant"], usage("gone", at(1)))
        write(ledgers["cat"], gone)

        settle_copies(ledgers)

        assert counted(ledgers, copies=False) == dict.fromkeys(HOSTS, (0, 0))
        assert counted(ledgers, copies=True)["ant"] == (1, 7)


def test_nothing_new_is_nothing_to_do(tmp_path: Path) -> None:
    with opened(tmp_path) as ledgers:
        for ledger in ledgers.values():
            write(ledger, usage("equal", at(1)))

        assert settle_copies(ledgers) == 2
        assert settle_copies(ledgers) == 0
        assert settle_copies(ledgers, ignore_marks=True) == 0


def test_a_copy_counts_again_when_the_better_one_is_out_of_sight(tmp_path: Path) -> None:
    with opened(tmp_path) as ledgers:
        for host in ("ant", "bee"):
            write(ledgers[host], usage("equal", at(1)))
        settle_copies(ledgers)
        seen = {host: ledger for host, ledger in ledgers.items() if host != "ant"}

        settle_copies(seen)
        assert counted(seen, copies=False)["bee"] == (1, 7)

        settle_copies(ledgers)
        assert counted(ledgers, copies=False) == {"ant": (1, 7), "bee": (0, 0), "cat": (0, 0)}


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(HOSTS), st.integers(0, 4), st.integers(0, 4), st.integers(1, 3)),
            st.frozensets(st.sampled_from(HOSTS)),
        ),
        max_size=25,
    )
)
def test_each_request_counts_once_after_any_writes_and_settlings(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int] | frozenset[str]]
) -> None:
    folder = tmp_path_factory.mktemp("copies")
    known: dict[str, dict[str, UsageRecord]] = {host: {} for host in HOSTS}
    with opened(folder) as ledgers:
        ledgers["bee"].complete_rollups()
        for step in steps:
            if isinstance(step, frozenset):
                settle_copies({host: ledgers[host] for host in step})
                continue
            host, key, output, day = step
            record = usage(f"k{key}", at(day), output=output)
            if output == 0:
                record = record._replace(input_tokens=0, cache_read_input_tokens=0)
            write(ledgers[host], record)
            with ledgers[host].snapshot() as snapshot:
                row = snapshot.find(record.vendor, record.dedup_key)
            assert row is not None
            known[host][record.dedup_key] = to_usage(row)
        settle_copies(ledgers)

        best: dict[str, tuple[object, str]] = {}
        for host, records in known.items():
            for key_text, record in records.items():
                rank = order_of_machines(record), host
                best[key_text] = min(best.get(key_text, rank), rank)
        expected = {
            host: (
                sum(1 for key, record in records.items() if best[key][1] == host and not record.retracted),
                sum(record.output_tokens for key, record in records.items() if best[key][1] == host),
            )
            for host, records in known.items()
        }
        assert counted(ledgers, copies=False) == expected
