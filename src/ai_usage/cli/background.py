"""Sync as the monitor runs it in the background: a cycle, a verification, and the outcome of each."""

from collections.abc import Callable, Mapping
from typing import Final

from ai_usage.cli.context import Context
from ai_usage.config.machine import system_identity
from ai_usage.config.secrets import SyncSettings
from ai_usage.monitor.events import Integrity, SyncState
from ai_usage.monitor.syncing import Outcome, Work
from ai_usage.sync.cycle import run_cycle
from ai_usage.sync.retrying import Patience
from ai_usage.sync.running import running
from ai_usage.sync.session import ThisMachine
from ai_usage.sync.state import State, Status
from ai_usage.sync.verify import verify
from ai_usage.wire.rfc3339 import read_instant

_BRIEF: Final = Patience(retries=1, longest_wait_s=2.0)
"""In the background a failed cycle is reported at once and repeated on the monitor's own schedule."""


def sync_work(context: Context, settings: SyncSettings) -> Work:
    """Return the sync operations that the monitor may start."""

    def machine(step: Callable[[], None]) -> ThisMachine:
        def progress(what: str, done: int, total: int) -> None:  # noqa: ARG001  # only the moment matters
            step()

        return ThisMachine(
            context.paths, settings, context.machine, system_identity(),
            patience=_BRIEF, progress=progress, by_hand=False,
        )  # fmt: skip

    def cycle(step: Callable[[], None]) -> Outcome:
        done = run_cycle(machine(step))
        statuses = {host: verdict.status for host, verdict in done.verdicts.items()}
        if done.pushed is not None and done.pushed.status is not Status.UNSUPPORTED:
            statuses[context.machine] = done.pushed.status
        received = done.pulled is not None and done.pulled.received > 0
        return Outcome(*integrity_of(statuses), brought=received, warnings=done.warnings)

    def verification(step: Callable[[], None]) -> Outcome:
        with running(machine(step)) as session:
            proofs = verify(session, repair=False)
            warnings = tuple(session.warnings)
        statuses = {
            proof.host_id: proof.status if proof.agrees else Status.FAILED
            for proof in proofs
            if not (proof.local and proof.agrees)
        }
        return Outcome(*integrity_of(statuses), brought=True, warnings=warnings)

    return Work(cycle, verification)


def last_state(context: Context) -> SyncState:
    """Return the state of sync after its last run, in any process."""
    state = State.read(context.paths.sync_state)
    if not state.last_success:
        return SyncState(enabled=True, integrity=Integrity.PENDING, error=state.last_error)
    known = {host: Status(kept.status) for host, kept in state.hosts.items() if kept.status in set(Status)}
    integrity, failed = integrity_of(known)
    return SyncState(
        enabled=True,
        integrity=integrity,
        failed=failed,
        last_success=read_instant(state.last_success),
        error=state.last_error,
    )


def integrity_of(statuses: Mapping[str, Status]) -> tuple[Integrity | None, tuple[str, ...]]:
    """Sum up the integrity of all machines: failed if one failed, pending if one is not checked yet.

    Returns:
        None where the server is too old to tell; and the machines that failed.
    """
    failed = tuple(sorted(host for host, status in statuses.items() if status is Status.FAILED))
    if failed:
        return Integrity.FAILED, failed
    if Status.PENDING in statuses.values():
        return Integrity.PENDING, ()
    if Status.UNSUPPORTED in statuses.values():
        return None, ()
    return Integrity.CHECKED, ()
