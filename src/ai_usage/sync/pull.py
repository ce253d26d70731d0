"""Pull: fetch the other machines' records after a cursor, which moves only after the records are stored.

A missing file is filled separately, without moving the cursor. If the cursor belongs to another history of the server,
days are compared machine by machine, and only days that differ are fetched.
"""

import contextlib
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.ahead import quick_turns
from ai_usage.sync.mending import mend
from ai_usage.sync.pages import Page, begin_page, fetch_host
from ai_usage.sync.refusals import CursorLost
from ai_usage.sync.remote import MOST_MACHINES, too_many_machines
from ai_usage.sync.session import Session
from ai_usage.sync.state import Cursor, MachineState
from ai_usage.wire.messages import Machine


class Pulled(NamedTuple):
    """The result of a pull."""

    received: int
    """Records that the server sent."""
    written: int
    """Received records that were new or changed here."""
    invalid: int
    """Received records that are not valid."""


class _Files:
    """The open files of machines, each opened at its first record and kept open: closing it per page costs time."""

    def __init__(self, session: Session, stack: contextlib.ExitStack) -> None:
        self._session = session
        self._stack = stack
        self._open: dict[str, PeerFile] = {}

    def of(self, host: str) -> PeerFile:
        """Return the file of a machine."""
        if host not in self._open:
            known = self._session.peers()
            if host not in known and len(known) >= MOST_MACHINES:
                raise too_many_machines(self._session.remote.url, len(known) + 1)
            file = PeerFile.take(self._session.peer_path(host))
            self._open[host] = self._stack.enter_context(file)
        return self._open[host]


class Pull:
    """One pull; kept for the whole run, since the check of integrity may pull once more."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._received = 0
        self._written = 0
        self._began_anew = False
        self.machines: list[Machine] = []

    @property
    def outcome(self) -> Pulled:
        """The result so far."""
        return Pulled(self._received, self._written, sum(self._session.invalid.values()))

    def run(self) -> Pulled:
        """Update the other machines' files from the server."""
        session = self._session
        self.machines = session.machines()
        before = {each.host_id for each in session.state.machines if each.record_count}
        session.state.machines = [
            MachineState(each.host_id, each.last_seen, each.record_count, each.content_revision)
            for each in self.machines
        ]
        cursor = session.state.cursor
        if cursor.instance_id and cursor.instance_id != session.health.instance_id:
            self._begin_anew()
        elif not cursor.instance_id:
            session.state.cursor = Cursor(session.health.instance_id)
        self._fill_missing(before)
        self.follow()
        for host in self._hosts():
            with contextlib.suppress(FileNotFoundError), self._file(host) as file:
                file.complete_rollups()
        self._warn_of_invalid()
        return self.outcome

    def follow(self) -> set[str]:
        """Apply all records after the cursor; return the machines that they belong to."""
        with quick_turns(), contextlib.ExitStack() as stack:
            return self._follow(_Files(self._session, stack))

    def _follow(self, files: _Files) -> set[str]:
        touched: set[str] = set()
        wait = self._ask(self._session.state.cursor)
        while True:
            cursor = self._session.state.cursor
            try:
                page = wait()
            except CursorLost:
                if self._began_anew:
                    raise
                self._begin_anew()
                wait = self._ask(self._session.state.cursor)
                continue
            moved = Cursor(cursor.instance_id, page.max_seq, page.epoch, cursor.merging and page.truncated)
            more = page.truncated and page.max_seq > cursor.after_seq
            if more:
                wait = self._ask(moved)
            self._apply(page, files, merging=cursor.merging)
            touched |= page.by_host.keys()
            if moved != cursor:
                self._session.state.cursor = moved
                self._session.save()
            self._session.progress("pulling records", self._received, 0)
            if not more:
                return touched

    def _ask(self, cursor: Cursor) -> Callable[[], Page]:
        """Request the next page while the current one is being stored."""
        query = {"exclude_host": self._session.machine_id}
        if cursor.epoch is not None and self._session.can.epochs:
            query["epoch"] = cursor.epoch
        return begin_page(self._session, cursor.after_seq, **query)

    def _apply(self, page: Page, files: _Files, *, merging: bool) -> None:
        for host, rows in page.by_host.items():
            if host == self._session.machine_id:
                continue  # older servers send them although they are excluded
            notes = {"instance_id": self._session.health.instance_id, "latest": page.latest[host]}
            self._written += files.of(host).apply(rows, merging=merging, notes=notes)
            self._received += len(rows)

    def _fill_missing(self, before: Collection[str]) -> None:
        """Fetch the records before the cursor that are missing here, such as those of a deleted file.

        Args:
            before: machines that had records when the cursor last moved; the records of others come after the cursor.
        """
        session = self._session
        until = session.state.cursor.after_seq
        for machine in self.machines:
            host = machine.host_id
            if host == session.machine_id or not machine.record_count:
                continue
            path = session.peer_path(host)
            if not path.exists() and (until == 0 or host not in before):
                continue
            with self._file(host) as file:
                instance, begun = file.note("instance_id"), file.note("fill")
                if until == 0 and (instance is None or begun is not None):
                    file.forget_seqs(session.health.instance_id)  # all its records come after the cursor
                    file.keep_note("fill", None)
                elif instance is None or begun is not None:
                    self._fill(file, host, until, begun)
                elif instance != session.health.instance_id:
                    self._realign(file, host)

    def _fill(self, file: PeerFile, host: str, until: int, begun: str | None) -> None:
        session = self._session
        instance_id = session.health.instance_id
        after = 0
        with contextlib.suppress(ValueError, TypeError, KeyError):
            kept = json.loads(begun or "null")
            after = kept["after"] if kept["instance_id"] == instance_id else 0
        if after == 0:
            file.forget_seqs(instance_id)
            file.keep_note("fill", json.dumps({"instance_id": instance_id, "after": 0}))
        for page in fetch_host(session, host, after):
            rows = page.by_host.get(host, [])
            done = not page.truncated or page.max_seq >= until
            mark = None if done else json.dumps({"instance_id": instance_id, "after": page.max_seq})
            notes = {"fill": mark, "instance_id": instance_id} | (
                {"latest": page.latest[host]} if rows else {}
            )
            self._written += file.apply(rows, notes=notes)
            self._received += len(rows)
            session.progress(f"fetching {host}", self._received, 0)
            if done:
                return

    def _begin_anew(self) -> None:
        """Set the cursor for a server with another history: a new server, or one put back from a backup."""
        self._began_anew = True
        session = self._session
        instance_id = session.health.instance_id
        self.machines = session.machines(again=True)
        if not session.can.days or not session.can.filtered_pull:
            for host in self._hosts():
                with self._file(host) as file:
                    file.forget_seqs(instance_id)
            session.state.cursor = Cursor(instance_id, merging=True)
            session.save()
            return
        # Records written from here on come after this number, or in the days that are fetched below.
        highest = max((machine.content_revision for machine in self.machines), default=0)
        for host in self._hosts():
            with self._file(host) as file:
                self._realign(file, host)
        session.state.cursor = Cursor(instance_id, highest)
        session.save()
        self._fill_missing([machine.host_id for machine in self.machines])

    def _realign(self, file: PeerFile, host: str) -> None:
        """Compare a file with a server of another history by days, and fetch the days that differ."""
        session = self._session
        file.forget_seqs(session.health.instance_id)
        if session.can.days and session.can.filtered_pull:
            self._written += mend(session, file, host, session.reports().get(host)).written
            if file.note("fill"):
                file.keep_note("fill", None)

    def _hosts(self) -> list[str]:
        return self._session.peers()

    @contextmanager
    def _file(self, host: str) -> Iterator[PeerFile]:
        with PeerFile.take(self._session.peer_path(host)) as file:
            yield file

    def _warn_of_invalid(self) -> None:
        for reason, count in self._session.invalid.items():
            self._session.warn(
                f"{count} pulled {'record is' if count == 1 else 'records are'} set aside: {reason}"
            )
