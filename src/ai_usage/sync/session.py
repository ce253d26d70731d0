"""Shared data of the steps of one sync run: this machine, its ledger, the server and the state."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ai_usage.config.paths import Paths
from ai_usage.config.secrets import SyncSettings
from ai_usage.ledger.confirmations import Account, Confirmations
from ai_usage.ledger.copies import settle_copies
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.known import hidden_hosts, stored_hosts
from ai_usage.sync.plan import Abilities, abilities
from ai_usage.sync.progress import Progress, Tell, silent, tell_nobody
from ai_usage.sync.remote import Remote
from ai_usage.sync.retrying import Patience
from ai_usage.sync.state import State
from ai_usage.sync.translate import Spelling
from ai_usage.wire.messages import Health, Machine, Report


@dataclass(frozen=True)
class ThisMachine:
    """This machine's paths, settings and identity for sync."""

    paths: Paths
    settings: SyncSettings
    machine_id: str
    system_identity: str
    """The operating system's id of this machine."""
    now: Callable[[], int] = lambda: time.time_ns() // 1000
    patience: Patience = field(default_factory=Patience)
    progress: Progress = silent
    tell: Tell = tell_nobody
    by_hand: bool = True
    """Whether a person started this run: then days that were sent without success are sent again at once."""


@dataclass
class Session:
    """Shared data of the steps of one run."""

    machine: ThisMachine
    ledger: Ledger
    """This machine's ledger, open for writing."""
    remote: Remote
    health: Health
    state: State
    warnings: list[str] = field(default_factory=list)
    invalid: dict[str, int] = field(default_factory=dict)
    """The number of invalid pulled records, by reason."""
    handed_in: Report | None = None
    """The report that this machine sent in this run."""
    _reports: dict[str, Report] | None = None
    _machines: list[Machine] | None = None

    @property
    def machine_id(self) -> str:
        """The name under which this machine's records are on the server."""
        return self.machine.machine_id

    @property
    def can(self) -> Abilities:
        """The server's features."""
        return abilities(self.health)

    @property
    def spelling(self) -> Spelling:
        """How this machine's records are written on the wire."""
        return Spelling(self.machine_id, self.machine.settings.upload_project_hash, rounded=True)

    @property
    def confirmations(self) -> Confirmations:
        """The records of this ledger that the server has confirmed."""
        policy = self.machine.settings.upload_project_hash
        return Confirmations(self.ledger, Account(self.health.instance_id, self.machine_id, policy))

    def progress(self, what: str, done: int, total: int) -> None:
        """Report the progress of a step."""
        self.machine.progress(what, done, total)

    def warn(self, text: str) -> None:
        """Add a warning for the person, once per text; the run continues."""
        if text not in self.warnings:
            self.warnings.append(text)

    def set_aside_pulled(self, reason: str) -> None:
        """Count an invalid pulled record."""
        self.invalid[reason] = self.invalid.get(reason, 0) + 1

    def save(self) -> None:
        """Write the state as it is now."""
        self.state.write(self.machine.paths.sync_state)

    def peer_path(self, host_id: str) -> Path:
        """Return the path of another machine's file."""
        return self.machine.paths.remote / f"{host_id}.bin"

    def peers(self) -> list[str]:
        """Name the other machines whose files are stored here."""
        return [host for host in stored_hosts(self.machine.paths.remote) if host != self.machine_id]

    def reports(self, *, again: bool = False) -> dict[str, Report]:
        """Return the machines' own reports; requested once, and again with `again`.

        Raises:
            NotSupported: the server is too old for reports.
        """
        if again or self._reports is None:
            self._reports = self.remote.reports()
        return self._reports

    def machines(self, *, again: bool = False) -> list[Machine]:
        """Return the machines that the server knows; requested once, and again with `again`."""
        if again or self._machines is None:
            self._machines = self.remote.machines()
        return self._machines

    def settle_copies(self, *, ignore_marks: bool = False) -> None:
        """Decide which of several machines' copies of a request counts, for records that changed."""
        hidden = hidden_hosts(self.ledger)
        with contextlib.ExitStack() as stack:
            ledgers = {self.machine_id: self.ledger}
            for host in self.peers():
                if host not in hidden:
                    ledgers[host] = stack.enter_context(PeerFile.take(self.peer_path(host)))
            settle_copies(ledgers, ignore_marks=ignore_marks)
