"""One run of sync: the lock, the ledger, the server and the state, opened together and closed together."""

import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ai_usage.config.paths import Paths
from ai_usage.config.secrets import SyncSettings
from ai_usage.errors import AiUsageError, LedgerBusy, LedgerDamaged, LedgerReadOnly
from ai_usage.ledger.confirmations import Account, Confirmations
from ai_usage.ledger.connection import is_whole, set_aside
from ai_usage.ledger.copies import settle_copies
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.known import hidden_hosts, stored_hosts
from ai_usage.sync.plan import Abilities, abilities
from ai_usage.sync.progress import Progress, silent
from ai_usage.sync.remote import Remote
from ai_usage.sync.state import State, log
from ai_usage.sync.translate import Spelling
from ai_usage.sync.transport import Identity, Patience
from ai_usage.usage.instant import MINUTE, to_text
from ai_usage.wire.messages import Health, Machine, Report

CLOCK_TOLERANCE_US: Final = 5 * MINUTE


@dataclass(frozen=True)
class ThisMachine:
    """This machine, as sync sees it."""

    paths: Paths
    settings: SyncSettings
    machine_id: str
    system_identity: str
    """The operating system's own id."""
    now: Callable[[], int] = lambda: time.time_ns() // 1000
    patience: Patience = field(default_factory=Patience)
    progress: Progress = silent


@dataclass
class Session:
    """What the steps of one run share."""

    machine: ThisMachine
    ledger: Ledger
    """This machine's, open for writing."""
    remote: Remote
    health: Health
    state: State
    warnings: list[str] = field(default_factory=list)
    invalid: dict[str, int] = field(default_factory=dict)
    """Pulled records that were set aside: how many, by what is wrong with them."""
    _reports: dict[str, Report] | None = None
    _machines: list[Machine] | None = None

    @property
    def machine_id(self) -> str:
        """The name under which this machine's records are on the server."""
        return self.machine.machine_id

    @property
    def can(self) -> Abilities:
        """What the server can."""
        return abilities(self.health)

    @property
    def spelling(self) -> Spelling:
        """How this machine's records are spelled."""
        return Spelling(self.machine_id, self.machine.settings.upload_project_hash, rounded=True)

    @property
    def confirmations(self) -> Confirmations:
        """What the server holds of this machine's ledger."""
        policy = self.machine.settings.upload_project_hash
        return Confirmations(self.ledger, Account(self.health.instance_id, self.machine_id, policy))

    def progress(self, what: str, done: int, total: int) -> None:
        """Say how far a step is."""
        self.machine.progress(what, done, total)

    def warn(self, text: str) -> None:
        """Tell the person something that stops nothing."""
        if text not in self.warnings:
            self.warnings.append(text)

    def set_aside_pulled(self, reason: str) -> None:
        """Count a pulled record that is none."""
        self.invalid[reason] = self.invalid.get(reason, 0) + 1

    def save(self) -> None:
        """Write the state as it is now."""
        self.state.write(self.machine.paths.sync_state)

    def peer_path(self, host_id: str) -> Path:
        """Return where another machine's records are."""
        return self.machine.paths.remote / f"{host_id}.bin"

    def peers(self) -> list[str]:
        """Name the other machines whose records are here."""
        return [host for host in stored_hosts(self.machine.paths.remote) if host != self.machine_id]

    def reports(self, *, again: bool = False) -> dict[str, Report]:
        """Return what the machines report of themselves; asked once, or again.

        Raises:
            NotSupported: the server is older than reports.
        """
        if again or self._reports is None:
            self._reports = self.remote.reports()
        return self._reports

    def machines(self, *, again: bool = False) -> list[Machine]:
        """Return the machines that the server knows; asked once, or again."""
        if again or self._machines is None:
            self._machines = self.remote.machines()
        return self._machines

    def settle_copies(self, *, anew: bool = False) -> None:
        """Decide which of several machines' copies of a request counts, where something changed."""
        hidden = hidden_hosts(self.ledger)
        with contextlib.ExitStack() as stack:
            ledgers = {self.machine_id: self.ledger}
            for host in self.peers():
                if host not in hidden:
                    ledgers[host] = stack.enter_context(PeerFile.take(self.peer_path(host)))
            settle_copies(ledgers, anew=anew)


@contextmanager
def alone(paths: Paths) -> Iterator[None]:
    """Hold the lock that keeps two runs of sync from overlapping.

    Raises:
        LedgerBusy: another one runs.
        LedgerReadOnly: the lock's file cannot be made.
    """
    import filelock

    try:
        paths.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = filelock.FileLock(paths.sync_lock, timeout=0, mode=0o600)
        lock.acquire()
    except filelock.Timeout as error:
        raise LedgerBusy("another sync is already running") from error
    except OSError as error:
        raise LedgerReadOnly(f"{paths.sync_lock} cannot be written ({error.strerror})") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def running(machine: ThisMachine) -> Iterator[Session]:
    """Run sync in a block: alone, with the server's health known; what goes wrong is kept and logged.

    Raises:
        LedgerBusy: another sync runs.
        ServerError: the server cannot be reached or refuses.
    """
    paths = machine.paths
    with alone(paths):
        state = State.read(paths.sync_state)
        try:
            with contextlib.ExitStack() as stack:
                ledger = stack.enter_context(Ledger.open(paths.ledger))
                settings = machine.settings
                identity = Identity(
                    settings.server_url,
                    settings.token,
                    machine.machine_id,
                    installation(ledger, machine.system_identity),
                    settings.request_timeout_s,
                )
                remote = stack.enter_context(
                    Remote(identity, machine.patience, machine.now, machine.progress)
                )
                session = Session(machine, ledger, remote, remote.health(), state)
                _begin(session)
                yield session
                _end(session)
        except AiUsageError as error:
            told = _put_aside(paths, error) if isinstance(error, LedgerDamaged) else error
            state.last_error, state.last_error_at = str(told), _stamp(machine.now())
            log(paths.sync_log, machine.now(), f"error: {told}")
            with contextlib.suppress(LedgerReadOnly):
                state.write(paths.sync_state)
            if told is error:
                raise
            raise told from error


def installation(ledger: Ledger, system_identity: str) -> str:
    """Return what tells this ledger on this machine from every other: nothing can be learnt from it."""
    return hashlib.sha256(f"{ledger.note('installation')}\n{system_identity}".encode()).hexdigest()


def _put_aside(paths: Paths, error: LedgerDamaged) -> LedgerDamaged:
    """Move damaged files out of the way, which the next run makes anew, and say what to run.

    The error may name a file that was only asked together with the damaged one, so all are looked through.
    """
    told: list[str] = []
    others = [paths.remote / f"{host}.bin" for host in stored_hosts(paths.remote)]
    for path in filter(Path.exists, (paths.ledger, *others)):
        if not is_whole(path):
            remedy = (
                "ai-usage sync restore, which brings back what the server has of it"
                if path == paths.ledger
                else "ai-usage sync pull, which fetches it again"
            )
            told.append(f"{path} is damaged and now lies in {set_aside(path)}; run: {remedy}")
    return LedgerDamaged("; ".join(told)) if told else error


def _begin(session: Session) -> None:
    state, ledger, health = session.state, session.ledger, session.health
    state.server_url, state.instance_id = session.machine.settings.server_url, health.instance_id
    state.server_version = health.version
    offset = session.remote.clock_offset_us
    if abs(offset) > CLOCK_TOLERANCE_US:
        side = "behind" if offset > 0 else "ahead of"
        session.warn(f"this machine's clock is {abs(offset) // MINUTE} minutes {side} the server's")
    if state.ledger_mark and state.ledger_mark != _ledger_mark(ledger):
        # Another ledger lies here than the one that sync last saw: one made anew, or one put back from a copy.
        ledger.keep_note("generation", secrets.token_hex(16))
    session.confirmations.watch()


def _end(session: Session) -> None:
    state, ledger = session.state, session.ledger
    change = str(ledger.change_number())
    if (ledger.note("sync_mark") or "").partition(" ")[0] != change:
        ledger.keep_note("sync_mark", f"{change} {secrets.token_hex(8)}")
    state.ledger_mark = _ledger_mark(ledger)
    state.last_success = _stamp(session.machine.now())
    state.last_error = state.last_error_at = ""
    state.warnings = session.warnings
    session.save()
    for warning in session.warnings:
        log(session.machine.paths.sync_log, session.machine.now(), f"warning: {warning}")


def _ledger_mark(ledger: Ledger) -> str:
    return f"{ledger.note('generation')} {ledger.note('sync_mark')}"


def _stamp(now: int) -> str:
    return to_text(now)[:19] + "Z"
