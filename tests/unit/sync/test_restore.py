"""Restore: a ledger that the server has checked is not changed by it, and a more complete copy keeps what is local."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.sync.state import Status
from ai_usage.usage.record import UsageRecord, merge
from tests.machines import TestMachine, at, usage
from tests.servers import RunningServer, running_server

SHOP = Project("shop", "ab" * 32)
LOCAL: dict[str, Any] = {"session_id": "s-1", "cwd": "/work/it's", "git_branch": "main"}
COSTS: dict[str, Any] = {
    "cost_input": 0.1 + 0.2,
    "cost_output": 2 / 3,
    "cost_cache_read": -0.0,
    "cost_cache_creation": 1.0000000000000002e-7,
}
HUGE = 2**63 - 1
RECORDS = [
    usage("plain", at(1)),
    usage("local", at(1), **LOCAL),
    usage("side-chain", at(1), side_chain=1, **LOCAL),
    usage("side-chain-without-session", at(1), side_chain=1),
    usage("undated", at(1), undated=1),
    usage("unreconciled", at(1), unreconciled=1),
    usage("unreconciled-in-a-session", at(1), unreconciled=1, **LOCAL),
    usage("web-searches", at(1), web_searches=3),
    usage("tier", at(1), service_tier="priority", region="eu"),
    usage("folder-only", at(1), cwd="/work"),
    usage("branch-only", at(1), git_branch="main"),
    usage("costs-of-17-digits", at(1), **COSTS),
    usage("costs-in-a-side-chain", at(1), side_chain=1, unreconciled=1, web_searches=2, **LOCAL, **COSTS),
    usage("costs-without-tokens", at(1), output=0, **COSTS)._replace(input_tokens=0, cache_read_input_tokens=0),
    usage("no-effort", at(1), effort=""),
    usage("effort", at(1), effort="high", reasoning_output_tokens=3, fast_tier=1),
    usage("retracted", at(1), output=0)._replace(input_tokens=0, cache_read_input_tokens=0),
    usage("retracted-aside", at(1), output=0, side_chain=1)._replace(input_tokens=0, cache_read_input_tokens=0),
    usage('é"\\\u2028\x07\U0001f600', at(1), **LOCAL),
    usage("microsecond", at(1, 0.000001), session_start_time=at(1) - 5, session_end_time=at(2)),
    usage("before-1970", -123_456_789_000_001),
    usage("huge", at(1), input_tokens=HUGE, cache_creation_5m_input_tokens=HUGE, cache_creation_1h_input_tokens=5),
    merge(usage("merged", at(1), output=9, **LOCAL), usage("merged", at(1, 5), side_chain=1, undated=1)),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for all tests here; each uses machine names of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def content(machine: TestMachine) -> list[tuple[object, ...]]:
    """Return all columns of all records of a machine's ledger."""
    with contextlib.closing(sqlite3.connect(machine.paths.ledger)) as connection:
        return connection.execute("SELECT * FROM records ORDER BY change_number").fetchall()


def test_a_restore_after_a_checked_push_changes_nothing(tmp_path: Path, server: RunningServer) -> None:
    ant = TestMachine(tmp_path / "ant", "checked", server.url, at(9))
    ant.write(RECORDS, SHOP)
    pushed = ant.cycle().pushed
    before = content(ant)
    restored = ant.restore()

    assert pushed is not None
    assert pushed.status is Status.CHECKED
    assert (restored.received, restored.added, restored.changed) == (len(RECORDS), 0, 0)
    assert (restored.pushed.sent, restored.pushed.accepted, restored.pushed.status) == (0, 0, Status.CHECKED)
    assert content(ant) == before


@pytest.mark.parametrize("local", [{}, LOCAL, LOCAL | {"side_chain": 1, "web_searches": 2}, COSTS], ids=str)
def test_a_more_complete_copy_from_the_server_keeps_what_is_local(
    tmp_path: Path, server: RunningServer, local: dict[str, Any]
) -> None:
    name = f"local-{abs(hash(str(local)))}"
    ant = TestMachine(tmp_path / "ant", name, server.url, at(9))
    ant.write([usage(name, at(1), **local)], SHOP)
    ant.cycle()
    with Ledger.open(ant.paths.ledger) as ledger:
        ledger.checkpoint()
    shutil.copy(ant.paths.ledger, tmp_path / "copy.db")
    ant.write([usage(name, at(1, 3), output=50, **local)], SHOP)
    ant.cycle()
    fuller = content(ant)
    shutil.copy(tmp_path / "copy.db", ant.paths.ledger)
    restored = ant.restore()

    assert (restored.added, restored.changed, restored.pushed.status) == (0, 1, Status.CHECKED)
    assert content(ant) == fuller


def test_an_answer_that_got_lost_does_not_make_the_server_know_more(
    tmp_path: Path, server: RunningServer
) -> None:
    """The records carry costs of 17 digits; the server has them rounded."""
    ant = TestMachine(tmp_path / "ant", "lost-costs", server.url, at(9))
    records: list[UsageRecord] = [usage(f"k{number}", at(1), **COSTS) for number in range(3)]
    ant.write(records)
    ant.cycle()
    with contextlib.closing(sqlite3.connect(ant.paths.ledger)) as connection, connection:
        connection.execute("UPDATE confirmations SET change_number = 0, seen_seq = 0")
    pushed = ant.cycle().pushed

    assert pushed is not None
    assert (pushed.only_there, pushed.status) == (0, Status.CHECKED)


def test_sums_by_project_are_right_after_a_restore_into_an_empty_ledger(
    tmp_path: Path, server: RunningServer
) -> None:
    ant = TestMachine(tmp_path / "ant", "empty", server.url, at(9))
    ant.write([usage("p", at(1)), usage("q", at(1, 60))], SHOP)
    ant.cycle()
    shutil.rmtree(ant.paths.data)
    assert ant.restore().added == 2

    with Ledger.open(ant.paths.ledger, write=False) as ledger:
        groups = ledger.sums([(at(1), at(2))])
    assert [(group.requests, group.project_key) for group in groups] == [(2, SHOP.sha256)]
