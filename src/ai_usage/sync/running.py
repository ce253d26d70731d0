"""One run of sync: open the lock, the ledger, the server and the state together, and close them together."""

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ai_usage.config.paths import Paths
from ai_usage.errors import UNEXPECTED, AiUsageError, LedgerBusy, LedgerDamaged, LedgerReadOnly
from ai_usage.ledger.healing import put_right
from ai_usage.ledger.ledger import Ledger
from ai_usage.sync.known import stored_hosts
from ai_usage.sync.remote import Remote
from ai_usage.sync.session import Session, ThisMachine
from ai_usage.sync.state import State, log
from ai_usage.sync.transport import Identity
from ai_usage.usage.instant import MINUTE, to_text

CLOCK_TOLERANCE_US: Final = 5 * MINUTE


@contextmanager
def alone(paths: Paths) -> Iterator[None]:
    """Hold the lock that keeps two runs of sync from overlapping.

    Raises:
        LedgerBusy: another sync runs.
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
    """Run sync in a block, under the lock and after asking for the server's health; errors are stored and logged.

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
                    Remote(identity, machine.patience, machine.now, machine.progress, machine.tell)
                )
                session = Session(machine, ledger, remote, remote.health(), state)
                _begin(session)
                yield session
                _end(session)
        except (AiUsageError, *UNEXPECTED) as error:
            damaged = isinstance(error, (LedgerDamaged, *UNEXPECTED))
            told = (put_right_all(paths) if damaged else None) or error
            if not isinstance(told, AiUsageError):
                raise
            state.last_error, state.last_error_at = str(told), _stamp(machine.now())
            log(paths.sync_log, machine.now(), f"error: {told}")
            with contextlib.suppress(LedgerReadOnly):
                state.write(paths.sync_state)
            if told is error:
                raise
            raise told from error


def installation(ledger: Ledger, system_identity: str) -> str:
    """Return an id of this ledger on this machine: unique, and a hash that reveals nothing about either."""
    return hashlib.sha256(f"{ledger.note('installation')}\n{system_identity}".encode()).hexdigest()


def put_right_all(paths: Paths) -> LedgerDamaged | None:
    """Repair or set aside all damaged files, and say what to run; return None if no file is damaged.

    SQLite's error may name a file that was attached to the damaged one, so all files are checked.
    """
    told: list[str] = []
    others = [paths.remote / f"{host}.bin" for host in stored_hosts(paths.remote)]
    for path in (paths.ledger, *others):
        done = put_right(path, own=path == paths.ledger)
        if done is not None:
            remedy = (
                "ai-usage sync restore, which brings back what the server has of it"
                if path == paths.ledger
                else "ai-usage sync pull, which fetches it again"
            )
            what = f"{done.damage} and now lies in {done.kept}" if done.whole else str(done)
            told.append(f"{path} {what}; run: {remedy}")
    return LedgerDamaged("; ".join(told)) if told else None


def _begin(session: Session) -> None:
    state, ledger, health = session.state, session.ledger, session.health
    state.server_url, state.instance_id = session.machine.settings.server_url, health.instance_id
    state.server_version = health.version
    offset = session.remote.clock_offset_us
    if abs(offset) > CLOCK_TOLERANCE_US:
        side = "behind" if offset > 0 else "ahead of"
        session.warn(f"this machine's clock is {abs(offset) // MINUTE} minutes {side} the server's")
    if state.ledger_mark and state.ledger_mark != _ledger_mark(ledger):
        # This is not the ledger of the last sync: it is new, or was put back from a copy.
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
