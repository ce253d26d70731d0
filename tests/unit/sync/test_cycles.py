"""What cycles move and prove between machines, one situation a test; `fleet_machine.py` mixes them all."""

import contextlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_usage.errors import LedgerBusy, LedgerReadOnly, ServerError
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.sync.known import hide
from ai_usage.sync.running import alone
from ai_usage.sync.state import Cursor, HostState, MachineState, State, Status
from tests.flaky import relaying
from tests.machines import TestMachine, at, many, usage, warned
from tests.servers import RunningServer, running_server


class Pair:
    """Two machines with names of their own on a server that others use, too."""

    def __init__(self, folder: Path, server: RunningServer) -> None:
        self.server = server
        self.ant = TestMachine(folder / "ant", f"ant-{folder.name}"[:60].lower(), server.url, at(9, 3600))
        self.bee = TestMachine(folder / "bee", f"bee-{folder.name}"[:60].lower(), server.url, at(9, 3600))

    def bees_status(self) -> Status:
        """Run a cycle on bee and return what it says of ant."""
        return self.bee.cycle().verdicts[self.ant.machine_id].status


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two machines and a server of their own."""
    with running_server(tmp_path / "server") as server:
        yield Pair(tmp_path, server)


def execute(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        connection.execute(statement)


def test_records_arrive_as_they_are_and_are_proved(pair: Pair) -> None:
    costs: dict[str, Any] = {
        "cost_input": 0.25,
        "cost_output": 1e-06,
        "cost_cache_read": 0.0,
        "cost_cache_creation": 1.5,
    }
    pair.ant.write(
        [
            usage("plain", at(1)),
            usage("costly", at(2, 0.000001), **costs),
            usage("odd", at(3), effort="high", fast_tier=1, reasoning_output_tokens=3),
            usage('é"\\\u2028\x07', at(4)),
            usage("huge", at(5), input_tokens=2**63 - 1),
            usage("retracted", at(6), output=0)._replace(input_tokens=0, cache_read_input_tokens=0),
        ],
        Project("shop", "ab" * 32),
    )
    pair.ant.cycle()

    assert pair.bees_status() is Status.CHECKED
    seen = pair.bee.view(pair.ant.machine_id)
    assert seen == pair.ant.view(pair.ant.machine_id)
    assert {row.project_path_sha256 for row in seen} == {"ab" * 32}


def test_a_cycle_with_nothing_new_is_six_requests_and_moves_nothing(pair: Pair) -> None:
    for machine in (pair.ant, pair.bee, pair.ant):
        machine.write([usage(f"{machine.machine_id}-1", at(1))])
        machine.cycle()
    done = pair.ant.cycle()

    assert done.requests == 6
    assert done.pushed is not None
    assert done.pulled is not None
    assert (done.pushed.sent, done.pushed.resent_days, done.pulled.received) == (0, (), 0)


def test_only_what_changed_moves(pair: Pair) -> None:
    pair.ant.write(list(many("x", 6000, at(1), 100_000_000)))
    pair.ant.cycle()
    pair.bee.cycle()
    pair.ant.write([usage("late", at(2)), usage("x-00000017", at(1, 17), output=999)])
    pushed = pair.ant.cycle().pushed
    pulled = pair.bee.cycle().pulled

    assert pushed is not None
    assert pulled is not None
    assert (pushed.sent, pushed.accepted, pulled.received) == (2, 2, 2)


def test_a_large_first_push_proves_while_it_sends(pair: Pair) -> None:
    pair.ant.write(list(many("x", 25_000, at(1), 20_000_000)))
    pushed = pair.ant.cycle().pushed

    assert pushed is not None
    assert (pushed.sent, pushed.status) == (25_000, Status.CHECKED)
    assert pair.bees_status() is Status.CHECKED
    transcripts = sorted(path.name for path in pair.ant.paths.integrity.iterdir())
    assert transcripts == [f"local-{pair.ant.machine_id}.jsonl"]
    assert (pair.ant.paths.integrity / transcripts[0]).read_text().count("\n") == 25_001


def test_a_large_push_that_fails_in_the_middle_goes_on_where_it_was_and_leaves_no_draft(pair: Pair) -> None:
    pair.ant.write(list(many("x", 25_000, at(1), 20_000_000)))
    with relaying(pair.server.address) as relay:
        relay.lose_after(12)
        pair.ant.server_url = relay.url
        with pytest.raises(ServerError):
            pair.ant.cycle()
    drafts = [path.name for path in pair.ant.paths.integrity.glob(".*")]
    pair.ant.server_url = pair.server.url
    pushed = pair.ant.cycle().pushed

    assert drafts == []
    assert pushed is not None
    assert 0 < pushed.sent < 25_000
    assert pair.bees_status() is Status.CHECKED


def test_without_project_hashes_none_leaves_the_machine(pair: Pair) -> None:
    pair.ant.upload_project_hash = False
    pair.ant.write([usage("x", at(1))], Project("shop", "ab" * 32))
    pair.ant.cycle()

    assert pair.bees_status() is Status.CHECKED
    assert [row.project_path_sha256 for row in pair.bee.view(pair.ant.machine_id)] == [None]


def test_turning_project_hashes_off_takes_them_back(pair: Pair) -> None:
    pair.ant.write([usage("x", at(1))], Project("shop", "ab" * 32))
    pair.ant.cycle()
    pair.bee.cycle()
    pair.ant.upload_project_hash = False
    pair.ant.cycle()

    assert pair.bees_status() is Status.CHECKED
    assert [row.project_path_sha256 for row in pair.bee.view(pair.ant.machine_id)] == [None]


def test_records_of_today_travel_at_once_and_are_proved_tomorrow(pair: Pair) -> None:
    pair.ant.write([usage("today", at(9, 60))])
    pair.ant.cycle()

    assert pair.bees_status() is Status.CHECKED
    assert len(pair.bee.view(pair.ant.machine_id)) == 1
    assert State.read(pair.bee.paths.sync_state).hosts[pair.ant.machine_id].record_count == 0
    for machine in (pair.ant, pair.bee):
        machine.clock = at(10, 3600)
    pair.ant.cycle()
    assert pair.bees_status() is Status.CHECKED
    assert State.read(pair.bee.paths.sync_state).hosts[pair.ant.machine_id].record_count == 1


def test_a_report_that_is_older_than_late_rows_is_pending_until_the_next_one(pair: Pair) -> None:
    pair.ant.write([usage("a", at(1))])
    pair.ant.cycle()
    with pair.server.client(pair.ant.machine_id) as client:
        line = client.get("/v1/pull", params={"after_seq": 0}).json()["records"][0]
        del line["seq"], line["uploaded_at"]
        line["dedup_key"] = "claude:message:late"
        installation = {"x-ai-usage-installation": installation_of(pair.server)}
        assert client.post("/v1/upload", content=json.dumps(line), headers=installation).status_code == 200

    assert pair.bees_status() is Status.PENDING


def installation_of(server: RunningServer) -> str:
    with contextlib.closing(sqlite3.connect(server.database)) as connection:
        found: str = connection.execute("SELECT installation FROM machines").fetchone()[0]
        return found


def test_rows_that_the_server_lost_are_sent_again_by_their_owner(pair: Pair) -> None:
    pair.ant.write(list(many("x", 100, at(1), 3_600_000_000)))
    pair.ant.cycle()
    execute(pair.server.database, "DELETE FROM records WHERE seq BETWEEN 30 AND 40")
    pushed = pair.ant.cycle().pushed

    assert pushed is not None
    assert pushed.resent_days == ("2026-01-02",)
    assert pushed.differences == ()
    assert pair.bees_status() is Status.CHECKED


def test_a_row_that_was_changed_on_the_server_is_put_right_on_other_machines(pair: Pair) -> None:
    pair.ant.write([usage("a", at(1)), usage("b", at(2))])
    pair.ant.cycle()
    execute(pair.server.database, "UPDATE records SET output_tokens = 70 WHERE seq = 1")
    first = pair.bees_status()
    pair.ant.cycle()

    assert first is Status.FAILED
    assert pair.bees_status() is Status.CHECKED
    assert pair.bee.view(pair.ant.machine_id) == pair.ant.view(pair.ant.machine_id)


def test_an_invented_row_leaves_the_cache_when_the_owners_report_says_so(pair: Pair) -> None:
    pair.ant.write([usage("a", at(1)), usage("b", at(2))])
    pair.ant.cycle()
    pair.bee.cycle()
    execute(
        pair.bee.paths.remote / f"{pair.ant.machine_id}.bin",
        "UPDATE records SET dedup_key = 'claude:message:made-up', key_hash = 1 WHERE change_number = 1",
    )

    assert pair.bees_status() is Status.CHECKED
    assert pair.bee.view(pair.ant.machine_id) == pair.ant.view(pair.ant.machine_id)


def test_what_the_server_no_longer_has_stays(pair: Pair) -> None:
    pair.ant.write([usage("a", at(1)), usage("b", at(2))])
    pair.ant.cycle()
    pair.bee.cycle()
    before = pair.bee.view(pair.ant.machine_id)
    pair.server.stop()
    for suffix in ("", "-wal", "-shm"):
        pair.server.database.with_name("data.db" + suffix).unlink(missing_ok=True)
    pair.server.restart()
    pair.bee.server_url = pair.ant.server_url = pair.server.url
    pair.bee.cycle()

    assert pair.bee.view(pair.ant.machine_id) == before
    pair.ant.cycle()
    assert pair.bees_status() is Status.CHECKED
    assert pair.bee.view(pair.ant.machine_id) == before


def test_a_ledger_put_back_from_a_copy_overwrites_nothing_and_is_offered_a_restore(pair: Pair) -> None:
    ant, ledger = pair.ant, pair.ant.paths.ledger
    ant.write([usage("a", at(1))])
    ant.cycle()
    with Ledger.open(ledger) as opened:
        opened.checkpoint()
    copy = shutil.copy(ledger, ant.home / "copy.db")
    ant.write([usage("a", at(1), output=50), usage("b", at(2))])
    ant.cycle()
    expected = ant.view(ant.machine_id)
    shutil.copy(copy, ledger)
    shutil.rmtree(ant.paths.cache)
    ant.write([usage("c", at(3))])
    done = ant.cycle()

    assert warned(done) == [
        "the server has 2 records of this machine that this ledger lacks; run: ai-usage sync restore"
    ]
    assert pair.bees_status() is Status.PENDING
    ant.restore()
    assert [row for row in ant.view(ant.machine_id) if row.dedup_key != "claude:message:c"] == expected
    assert warned(ant.cycle()) == []
    assert pair.bees_status() is Status.CHECKED


def test_a_file_of_the_older_program_is_set_aside_and_fetched_again(pair: Pair) -> None:
    pair.ant.write([usage("a", at(1))])
    pair.ant.cycle()
    path = pair.bee.paths.remote / f"{pair.ant.machine_id}.bin"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"AIUREMT1" + b"\0" * 500)

    assert pair.bees_status() is Status.CHECKED
    assert path.with_name(path.name + ".damaged-1").read_bytes().startswith(b"AIUREMT1")
    assert len(pair.bee.view(pair.ant.machine_id)) == 1


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "something").write_text("kept")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(path.parent):
        listening.bind(path.name)


STRANGE = {
    "pipe": os.mkfifo,
    "folder": make_folder,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "null": lambda path: path.symlink_to("/dev/null"),
    "socket": make_socket,
}


@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_not_a_file_at_the_path_of_a_machines_file_is_set_aside(pair: Pair, kind: str) -> None:
    pair.ant.write([usage("a", at(1))])
    pair.ant.cycle()
    path = pair.bee.paths.remote / f"{pair.ant.machine_id}.bin"
    path.parent.mkdir(parents=True)
    STRANGE[kind](path)

    assert pair.bees_status() is Status.CHECKED
    assert path.is_file()
    assert os.path.lexists(path.with_name(path.name + ".damaged-1"))
    assert len(pair.bee.view(pair.ant.machine_id)) == 1


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("place", ["sync_state", "sync_log", "sync_lock", "transcript", "integrity", "draft"])
def test_what_is_not_a_file_at_any_other_path_of_sync_ends_or_passes_at_once(
    pair: Pair, place: str, kind: str
) -> None:
    """No place hangs; one that cannot be written is named."""
    pair.ant.write([usage("a", at(1))])
    paths = pair.ant.paths
    path = {
        "sync_state": paths.sync_state,
        "sync_log": paths.sync_log,
        "sync_lock": paths.sync_lock,
        "integrity": paths.integrity,
        "transcript": paths.integrity / f"local-{pair.ant.machine_id}.jsonl",
        "draft": paths.integrity / f".local-{pair.ant.machine_id}.jsonl.{os.getpid()}",
    }[place]
    path.parent.mkdir(parents=True, exist_ok=True)
    STRANGE[kind](path)

    try:
        done = pair.ant.cycle()
    except LedgerReadOnly as error:
        assert str(path) in str(error)  # noqa: PT017  # need not be raised
        assert kind not in ("pipe",) or place == "sync_lock"
    else:
        assert done.pushed is not None
        assert done.pushed.status is Status.CHECKED


def test_a_hidden_machine_is_neither_judged_nor_counted(pair: Pair) -> None:
    pair.ant.write([usage("shared", at(1), output=9)])
    pair.bee.write([usage("shared", at(1), output=8)])
    pair.ant.cycle()
    pair.bee.cycle()
    with Ledger.open(pair.bee.paths.ledger) as ledger:
        assert sum(group.requests for group in ledger.sums([(0, 2**62)], copies=False)) == 0
        hide(ledger, pair.ant.machine_id)
        verdicts = pair.bee.cycle().verdicts
        assert sum(group.requests for group in ledger.sums([(0, 2**62)], copies=False)) == 1

    assert verdicts == {}


def test_transcripts_differ_in_exactly_the_records_that_differ(pair: Pair) -> None:
    pair.ant.write([usage(f"k{number}", at(1, number), output=number + 1) for number in range(20)])
    pair.ant.cycle()
    execute(pair.server.database, "UPDATE records SET output_tokens = 4000 WHERE seq IN (3, 9)")
    pair.bee.cycle()
    name = pair.ant.machine_id
    local = pair.ant.paths.integrity / f"local-{name}.jsonl"
    remote = pair.bee.paths.integrity / f"remote-{name}.jsonl"

    told = subprocess.run(
        ["bash", "-c", f"diff <(tail -n +2 {local}) <(tail -n +2 {remote})"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert [line[0] for line in told.splitlines() if line[0] in "<>"] == ["<", ">", "<", ">"]
    assert json.loads(remote.read_text().splitlines()[0])["status"] == "failed"
    assert name not in told
    assert "claude:message" not in told


def test_one_sync_at_a_time(pair: Pair) -> None:
    with alone(pair.ant.paths), pytest.raises(LedgerBusy, match="another sync is already running"):
        pair.ant.cycle()


def test_a_failure_is_kept_in_the_state_and_the_log(pair: Pair) -> None:
    pair.ant.server_url = "http://127.0.0.1:9"
    with pytest.raises(ServerError):
        pair.ant.cycle()

    state = State.read(pair.ant.paths.sync_state)
    assert state.last_error == (
        "http://127.0.0.1:9 cannot be reached: Connection refused; "
        "is the server running, and is sync.server_url right?"
    )
    assert state.last_error in pair.ant.paths.sync_log.read_text()
    pair.ant.server_url = pair.server.url
    pair.ant.cycle()
    assert State.read(pair.ant.paths.sync_state).last_error == ""


def test_a_pipe_at_the_path_of_the_log_stops_no_sync(pair: Pair) -> None:
    pair.ant.paths.sync_log.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(pair.ant.paths.sync_log)
    pair.ant.cycle()


NONSENSE = [
    "", "[]", "{", "9" * 9999, "[" * 9999, "\ud800\udfff", '{"schema_version": 2}',
    '{"cursor": 3}', '{"machines": [1]}',
    '{"cursor": {"after_seq": 9223372036854775808}}', '{"cursor": {"after_seq": -1}}',
    '{"cursor": {"after_seq": 1e300}}', '{"cursor": {"after_seq": true}}', '{"cursor": {"epoch": 3}}',
    '{"machines": [{"host_id": "../x"}]}', '{"machines": [{"host_id": "a", "record_count": -1}]}',
    '{"hosts": {"a\\n": {}}}', '{"hosts": {"a": {"tried": {"2026-01-01": 3}}}}', '{"hosts": null}', '{"last_push": 3}',
]  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE)
def test_an_invalid_state_is_as_if_sync_had_never_run(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sync_state.json"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")

    assert State.read(path) == State()


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "sync_state.json"
    state = State(
        instance_id="ab" * 32,
        cursor=Cursor("ab" * 32, 2**63 - 1, "epoch", merging=True),
        machines=[MachineState("ant", "2026-01-01T00:00:00Z", 3, 9)],
        hosts={"bee": HostState(Status.FAILED, "why", tried={"2026-01-01": ["", "ab"]})},
        warnings=["w"],
    )
    state.write(path)

    assert State.read(path) == state


@pytest.mark.parametrize("number", ["18446744073709551616", "-7", "1e400"])
def test_a_cursor_outside_64_bits_ends_no_pull(pair: Pair, number: str) -> None:
    pair.ant.write([usage("a", at(1))])
    pair.ant.cycle()
    pair.bee.cycle()
    path = pair.bee.paths.sync_state
    path.write_text(re.sub(r'"after_seq": \d+', f'"after_seq": {number}', path.read_text()))

    assert pair.bees_status() is Status.CHECKED
    assert pair.bee.view(pair.ant.machine_id) == pair.ant.view(pair.ant.machine_id)


def test_files_of_sync_are_private(pair: Pair) -> None:
    pair.ant.write([usage("a", at(1))])
    pair.ant.cycle()
    pair.bee.cycle()

    for path in [*pair.bee.paths.cache.rglob("*"), *pair.ant.paths.data.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


@pytest.mark.parametrize(
    "costs",
    [
        pytest.param([1e16] * 4, id="absurd"),
        pytest.param([None, 2.5, None, None], id="not-all-four"),
        pytest.param([0.25, None, 0.0, 1.5], id="without-the-one-that-we-ask-for"),
    ],
)
def test_costs_that_another_program_sends_are_kept_as_they_came(
    pair: Pair, costs: list[float | None]
) -> None:
    names = ("cost_input", "cost_output", "cost_cache_read", "cost_cache_creation")
    pair.ant.write([usage(f"k{number}", at(1)) for number in range(3)])
    pair.ant.cycle()
    with pair.server.client(pair.ant.machine_id) as client:
        lines = client.get("/v1/pull", params={"after_seq": 0}).json()["records"]
        changed = dict(zip(names, costs, strict=True))
        body = "\n".join(json.dumps(line | changed) for line in lines)
        assert client.post("/v1/upload", content=body).status_code == 200
    pair.bee.cycle()

    seen = pair.bee.view(pair.ant.machine_id)
    assert [list(row[16:20]) for row in seen] == [costs] * 3
    with Ledger.open(pair.bee.paths.remote / f"{pair.ant.machine_id}.bin", write=False) as ledger:
        assert sum(group.requests for group in ledger.sums([(0, 2**62)])) == 3
    assert [proof.differences for proof in pair.bee.verify()] == [(), ()]
