"""Several machines and a server under every fault that we know: at rest all agree, nothing is lost, nothing double."""

import contextlib
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from ai_usage.errors import LedgerReadOnly, ServerError
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_records import to_usage
from ai_usage.sync.cycle import Cycled
from ai_usage.sync.state import Status
from ai_usage.usage.instant import DAY, MINUTE, SECOND
from ai_usage.usage.record import UsageRecord, merge, order_of_machines
from tests.flaky import Relay
from tests.machines import TestMachine, at, usage
from tests.servers import RunningServer, start_server, write_config
from tests.unit.sync.masks import masked
from tests.unit.sync.swallowers import SWALLOWED, swallowing

NAMES = ("ant", "bee", "cat")
FOREVER = [(-(2**62), 2**62)]
Key = tuple[str, str]

machines = st.sampled_from(NAMES)
batches = st.lists(
    st.tuples(st.integers(0, 25), st.integers(1, 4), st.integers(-3, 3), st.integers(0, 3)),
    min_size=1,
    max_size=6,
)
"""Records: key, day, minutes from midnight, output in sevens (nothing at all: a retraction)."""


def counted_again(key: str) -> str:
    """Return another key for the same request."""
    return key.removesuffix("-again") if key.endswith("-again") else f"{key}-again"


class Fleet(RuleBasedStateMachine):
    """The model: each machine's records as merging makes them, whatever happens to files and networks."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="fleet-"))
        self.known: dict[str, dict[Key, UsageRecord]] = {name: {} for name in NAMES}
        self.now = at(3, 12 * 3600)
        self.lost_ledgers: set[str] = set()
        """Machines whose ledger has less than the server: nothing may happen to the server until they are restored."""
        self.backup: Path | None = None
        self.recounted = False
        """Whether an owner counted again: its old records leave once a report covers their days."""
        self.server: RunningServer
        self.relay: Relay

    @initialize()
    def start(self) -> None:
        folder = self.folder / "server"
        folder.mkdir()
        # Small batches, so that most pushes have several of them, two on their way at once.
        self.server = start_server(folder, write_config(folder, max_batch_records=2))
        self.relay = Relay(self.server.address)
        self.machines = {
            name: TestMachine(self.folder / name, name, self.relay.url, self.now) for name in NAMES
        }

    def teardown(self) -> None:
        try:
            if hasattr(self, "server"):
                self.rest()
        finally:
            if hasattr(self, "server"):
                self.relay.close()
                self.server.stop(signal.SIGKILL)
            shutil.rmtree(self.folder, ignore_errors=True)

    # What people do.

    @rule(name=machines, batch=batches)
    def ingest(self, name: str, batch: list[tuple[int, int, int, int]]) -> None:
        records = []
        for key, day, minutes, output in batch:
            record = usage(f"shared-{key:04}" if key < 8 else f"{name}-{key:04}", at(day) + minutes * MINUTE)
            if output == 0:
                record = record._replace(input_tokens=0, cache_read_input_tokens=0, output_tokens=0)
            else:
                record = record._replace(output_tokens=7 * output)
            records.append(record)
        self.machines[name].write(records)
        self.learn(name, records)

    @rule(name=machines)
    def cycle(self, name: str) -> None:
        with contextlib.suppress(ServerError):
            self.machines[name].cycle()

    @rule(name=machines)
    def push(self, name: str) -> None:
        with contextlib.suppress(ServerError):
            self.machines[name].cycle(pulling=False)

    @rule(name=machines)
    def pull(self, name: str) -> None:
        with contextlib.suppress(ServerError):
            self.machines[name].cycle(pushing=False)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.now += hours * 3600 * SECOND
        for machine in self.machines.values():
            machine.clock += hours * 3600 * SECOND

    # What goes wrong. What was lost depends on the moment of a kill, so rules look at it themselves: as preconditions
    # it would decide what Hypothesis draws, which must be the same each time.

    @rule(name=machines, hours=st.sampled_from([-1, 1]))
    def set_clock_wrong(self, name: str, hours: int) -> None:
        self.machines[name].clock = self.now + hours * 3600 * SECOND

    @rule(name=machines, answers=st.integers(1, 6), good=st.integers(0, 6))
    def lose_answers(self, name: str, answers: int, good: int) -> None:
        self.relay.lose = answers
        with contextlib.suppress(ServerError):
            self.machines[name].cycle()
        self.relay.lose = 0

    @rule(name=machines, how=st.sampled_from(sorted(SWALLOWED)), honest=st.integers(0, 2))
    def swallow(self, name: str, how: str, honest: int) -> None:
        """A proxy answers for the server after some uploads; a push then says checked only if all is there."""
        machine = self.machines[name]
        with masked(swallowing(lambda: self.server.url, how, honest)) as mask:
            machine.server_url = mask.url
            try:
                done = machine.cycle()
            except ServerError:
                done = None
            machine.server_url = self.relay.url
        checked = done is not None and done.pushed is not None and done.pushed.status is Status.CHECKED
        if checked and name not in self.lost_ledgers:
            assert self.count_on_server(name) == len(self.known[name])

    @rule(name=machines)
    def recount(self, name: str) -> None:
        """An owner replaces its records by others, as the older program does after a change of its counting."""
        if self.lost_ledgers or not self.settled(name):
            return
        host = f"(SELECT id FROM texts WHERE text = '{name}')"
        self.execute(self.server.database, f"DELETE FROM records WHERE host = {host}")
        self.backup = None
        self.recounted = True
        records = [
            record._replace(dedup_key=counted_again(record.dedup_key)) for record in self.known[name].values()
        ]
        shutil.rmtree(self.machines[name].paths.data)
        self.machines[name].write(records)
        self.known[name] = {}
        self.learn(name, records)
        assert self.machines[name].restore().received == 0

    @rule(name=machines, after_ms=st.integers(0, 150))
    def kill(self, name: str, after_ms: int) -> None:
        machine = self.machines[name]
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                machine.cycle()
            os._exit(0)
        time.sleep(after_ms / 1000)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    @rule(number=st.sampled_from([signal.SIGTERM, signal.SIGKILL]))
    def restart_server(self, number: int) -> None:
        self.server.stop(number)
        self.start_server_again()

    @rule()
    def back_up_server(self) -> None:
        self.backup = self.folder / "backup.db"
        with (
            contextlib.closing(sqlite3.connect(self.server.database)) as source,
            contextlib.closing(sqlite3.connect(self.backup)) as target,
        ):
            source.backup(target)

    @rule()
    def put_server_back(self) -> None:
        if self.backup is None or self.lost_ledgers:
            return
        self.server.stop()
        self.remove_database()
        shutil.copy(self.backup, self.server.database)
        self.start_server_again()

    @rule()
    def replace_server(self) -> None:
        if self.lost_ledgers:
            return
        self.server.stop()
        self.remove_database()
        self.backup = None
        self.start_server_again()

    @rule(name=machines)
    def wipe_cache(self, name: str) -> None:
        shutil.rmtree(self.machines[name].paths.cache, ignore_errors=True)

    @rule(name=machines, other=machines)
    def wipe_remote_file(self, name: str, other: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            (self.machines[name].paths.remote / f"{other}.bin{suffix}").unlink(missing_ok=True)

    @rule(name=machines)
    def wipe_ledger(self, name: str) -> None:
        if not self.lost_ledgers and self.settled(name):
            shutil.rmtree(self.machines[name].paths.data)
            self.lost_ledgers.add(name)

    @rule(name=machines, batch=batches)
    def put_ledger_back(self, name: str, batch: list[tuple[int, int, int, int]]) -> None:
        machine = self.machines[name]
        if self.lost_ledgers or not machine.paths.ledger.exists():
            return
        copy = self.folder / "copy.db"
        with Ledger.open(machine.paths.ledger) as ledger:
            ledger.checkpoint()
        shutil.copy(machine.paths.ledger, copy)
        self.ingest(name, batch)
        if self.settled(name):
            for suffix in ("-wal", "-shm"):
                machine.paths.ledger.with_name("ledger.db" + suffix).unlink(missing_ok=True)
            shutil.copy(copy, machine.paths.ledger)
            self.lost_ledgers.add(name)

    @rule(
        name=machines,
        other=machines,
        how=st.sampled_from(["UPDATE", "DELETE", "MOVE"]),
        row=st.integers(0, 9),
    )
    def tamper_with_remote_file(self, name: str, other: str, how: str, row: int) -> None:
        path = self.machines[name].paths.remote / f"{other}.bin"
        if has_records(path):
            where = f"change_number = (SELECT change_number FROM records ORDER BY 1 LIMIT 1 OFFSET {row})"
            self.execute(path, _TAMPERING[how].format(where=where))

    @rule(row=st.integers(0, 30), how=st.sampled_from(["UPDATE", "DELETE"]))
    def tamper_with_server(self, row: int, how: str) -> None:
        if not self.lost_ledgers:
            where = f"seq = (SELECT seq FROM records ORDER BY 1 LIMIT 1 OFFSET {row})"
            self.execute(self.server.database, _TAMPERING[how].format(where=where))

    @rule(name=machines)
    def copy_home(self, name: str) -> None:
        """A second machine with the same name is told so, and changes nothing."""
        machine = self.machines[name]
        if name in self.lost_ledgers or not self.settled(name):
            return
        twin = TestMachine(self.folder / "twin", name, self.relay.url, self.now, system_identity="another")
        twin.write([usage("twin", at(2))])
        try:
            twin.cycle()
        except ServerError as error:
            assert "another installation already writes as" in str(error)  # noqa: PT017  # need not be raised
        else:
            assert not self.known[name], "a second machine was let in"
            self.learn(name, [usage("twin", at(2))])
            shutil.rmtree(machine.paths.data, ignore_errors=True)
            self.lost_ledgers.add(name)
        shutil.rmtree(self.folder / "twin", ignore_errors=True)

    # What must hold.

    def rest(self) -> None:
        """Let every machine work without faults until nothing moves, then compare everything with the model."""
        if self.recounted:  # no report covers the records of today
            self.wait(24 * 10)
        for machine in self.machines.values():
            machine.clock = self.now
        for _ in range(3):
            for name in NAMES:
                self.work(name)
        for name in NAMES:
            done = self.machines[name].cycle()
            assert done.pushed is not None
            assert done.pulled is not None
            assert (done.pushed.sent, done.pushed.resent_days, done.pushed.only_there) == (0, (), 0)
            assert (done.pulled.received, done.pulled.invalid) == (0, 0)
            assert done.pushed.status is Status.CHECKED
            assert done.requests == 6
            for host, verdict in done.verdicts.items():
                assert verdict.status is Status.CHECKED, (name, host, verdict)
        for name in NAMES:
            for host in NAMES:
                self.compare(name, host)
            self.compare_merged(name)

    def work(self, name: str) -> Cycled | None:
        try:
            done = self.machines[name].cycle()
        except ServerError as error:
            assert "sync restore" in str(error)  # noqa: PT017  # need not be raised
            assert name in self.lost_ledgers
        else:
            if not any("sync restore" in warning for warning in done.warnings):
                self.lost_ledgers.discard(name)
                return done
        self.machines[name].restore()
        self.lost_ledgers.discard(name)
        return self.machines[name].cycle()

    def compare(self, name: str, host: str) -> None:
        seen = {(row.vendor, row.dedup_key): to_usage(row) for row in self.machines[name].view(host)}
        # What travelled does not say whether 0 reasoning tokens are known.
        known = {
            key: record._replace(reasoning_output_tokens=record.reasoning_output_tokens or None)
            for key, record in self.known[host].items()
        }
        assert seen == known, (name, host)

    def compare_merged(self, name: str) -> None:
        """Each request counts once, with the copy that every machine chooses."""
        best: dict[Key, UsageRecord] = {}
        for host in NAMES:
            for key, record in self.known[host].items():
                if key not in best or order_of_machines(record) < order_of_machines(best[key]):
                    best[key] = record
        expected = [record for record in best.values() if not record.retracted]
        machine = self.machines[name]
        requests = output = 0
        for path in [machine.paths.ledger, *machine.paths.remote.glob("*.bin")]:
            with Ledger.open(path, write=False) as ledger:
                for group in ledger.sums(FOREVER, copies=False):
                    requests += group.requests
                    output += group.output_tokens
        assert (requests, output) == (len(expected), sum(record.output_tokens for record in expected)), name

    def count_on_server(self, name: str) -> int:
        """Return how many records of a machine the server has, by its own count."""
        with self.server.client() as client:
            machines = client.get("/v1/machines").json()["machines"]
        return sum(each["record_count"] for each in machines if each["host_id"] == name)

    # Hands.

    def settled(self, name: str) -> bool:
        """Say whether the server has all of a machine's records."""
        try:
            done = self.machines[name].cycle(pulling=False)
        except ServerError:
            return False
        return done.pushed is not None and done.pushed.status is Status.CHECKED

    def learn(self, name: str, records: list[UsageRecord]) -> None:
        known = self.known[name]
        for record in records:
            key = record.vendor, record.dedup_key
            known[key] = merge(known[key], record) if key in known else record

    def start_server_again(self) -> None:
        started = start_server(self.server.folder, self.server.config)
        self.server.process, self.server.address = started.process, started.address
        self.relay.upstream = started.address

    def remove_database(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            self.server.database.with_name(self.server.database.name + suffix).unlink(missing_ok=True)

    def execute(self, path: Path, statement: str) -> None:
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            connection.execute(statement)


def has_records(path: Path) -> bool:
    """Say whether a file is there and was made whole: a kill may have come while it was made."""
    try:
        Ledger.open(path, write=False).close()
    except LedgerReadOnly:
        return False
    return True


_TAMPERING = {
    "UPDATE": "UPDATE records SET output_tokens = output_tokens + 1 WHERE {where}",
    "DELETE": "DELETE FROM records WHERE {where}",
    "MOVE": f"UPDATE records SET timestamp = timestamp + {DAY} WHERE {{where}}",
}
