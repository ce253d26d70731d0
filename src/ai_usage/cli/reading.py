"""Bring the ledger up to date before a report; handle a ledger that cannot be written or read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from ai_usage.cli.asked import Asked
from ai_usage.cli.context import Context
from ai_usage.cli.door import complain
from ai_usage.cli.newer_prices import fetch_newer_prices
from ai_usage.config.zone import find_zone, tell_wrong_zone
from ai_usage.errors import (
    UNEXPECTED,
    LedgerBusy,
    LedgerDamaged,
    LedgerError,
    LedgerReadOnly,
    LedgerUnreadable,
)
from ai_usage.ingest.pipeline import ingest
from ai_usage.ingest.scout import Scout
from ai_usage.ingest.summary import IngestSummary
from ai_usage.ledger.connection import is_being_filled
from ai_usage.ledger.ledger import Ledger
from ai_usage.report.gather import HostView
from ai_usage.sync.known import hidden_hosts, stored_hosts
from ai_usage.usage.instant import SECOND

WAIT_S: Final = 2.0


class Reading(NamedTuple):
    """The open ledgers of all machines, and notes on how they were read."""

    views: list[HostView]
    notes: tuple[str, ...]
    complete: bool
    """Whether this machine's ledger and all its logs were read, up to now."""
    summary: IngestSummary

    @property
    def caveats(self) -> tuple[str, ...]:
        """The notes, and a note on logs that could not be read."""
        count = len(set(self.summary.unreadable))
        if not count:
            return self.notes
        which = "1 log or folder" if count == 1 else f"{count:,} logs or folders"
        told = f"{which} could not be read, so usage may be missing: run `ai-usage sources`."
        return (*self.notes, told)


@contextmanager
def reading(
    context: Context,
    asked: Asked,
    wait_s: float = WAIT_S,
    *,
    to_keep: bool = False,
    scout: Scout | None = None,
) -> Iterator[Reading]:
    """Read new log lines, unless the options forbid it, and open the ledgers of all machines; close them at the end.

    If the ledger cannot be written, the logs are read into a copy of it in memory.

    Args:
        context: the environment and the files.
        asked: the options of the command line.
        wait_s: how long to wait for another process that reads logs.
        to_keep: whether to fail when the records cannot be stored, instead of reading them into memory.
        scout: a child process that already looks for logs.

    Raises:
        LedgerReadOnly: records cannot be stored, and `to_keep` asks for that.
        LedgerError: this machine's ledger cannot be read; a damaged one is set aside.
    """
    notes: list[str] = []
    summary = IngestSummary()
    try:
        ledger = _open(context, asked, notes, to_keep=to_keep)
    except LedgerBusy:
        if not is_being_filled(context.paths.ledger):
            raise
        ledger, summary = Ledger.in_memory(), IngestSummary(busy=True)  # the ledger does not exist yet
    lost = bool(notes)  # records that only the ledger held
    others: list[HostView] = []
    try:
        if not (asked.no_ingest or summary.busy):
            if to_keep:
                summary = _ingest(context, ledger, wait_s, scout)
            else:
                ledger, summary = _up_to_date(context, asked, ledger, wait_s, notes, scout)
            if summary.new_records or summary.changed_records:
                settle_copies(context, ledger)
        others = context.others(ledger, notes)
        views = [HostView(context.machine, ledger, local=True), *others]
        if summary.busy:
            notes.append("Another process is reading logs; what it has not read yet is missing.")
        wrong_zone = tell_wrong_zone(find_zone(asked.tz, context.env))
        if wrong_zone is not None:
            notes.append(wrong_zone)
        complete = not (lost or asked.no_ingest or summary.busy or summary.unreadable)
        yield Reading(views, tuple(notes), complete, summary)
        sys.stdout.flush()
        _complete_rollups(ledger)
        if not asked.offline:
            fetch_newer_prices(context.paths.price_overlay, context.now / SECOND)
    except (LedgerDamaged, *UNEXPECTED) as error:
        for view in (HostView(context.machine, ledger, local=True), *others):
            view.ledger.close()
            told = _put_right(view.ledger.path, error, own=view.local)
            if told is not None:
                raise LedgerDamaged(f"{told.text}; {_remedy(view, told)}") from error
        raise
    finally:
        for each in (ledger, *(view.ledger for view in others)):
            each.close()


def _open(context: Context, asked: Asked, notes: list[str], *, to_keep: bool) -> Ledger:
    path = context.paths.ledger
    try:
        return Ledger.open(path)
    except LedgerDamaged as error:
        told = _put_right(path, error, own=True)
        if told is None:
            raise
        complain(f"{told.text}; a new one is made from the logs that are still there")
        notes.append("The ledger was damaged and a new one was made: usage whose logs are gone is missing.")
        return Ledger.open(path)
    except LedgerReadOnly as error:
        if to_keep:
            raise
        return _not_kept(context, asked, notes, error)


class _PutRight(NamedTuple):
    """The repair of a damaged file, described for the user."""

    text: str
    whole: bool


def _remedy(damaged: HostView, done: _PutRight) -> str:
    if not damaged.local:
        return (
            f"reports go on without {damaged.host}; run: ai-usage sync pull, which fetches its records again"
        )
    return f"run this again {'to make a new one' if done.whole else 'to read all logs again'}"


def _put_right(path: Path | None, error: Exception, *, own: bool) -> _PutRight | None:
    """Repair a file or set it aside if it is damaged; the damaged file is never overwritten."""
    from ai_usage.ledger.healing import put_right

    done = None if path is None else put_right(path, own=own)
    if done is None:
        return None
    if done.whole and str(error).startswith(f"{path} "):
        return _PutRight(f"{error}; it now lies in {done.kept}", whole=True)
    return _PutRight(f"{path} {done}", done.whole)


def _not_kept(context: Context, asked: Asked, notes: list[str], error: LedgerReadOnly) -> Ledger:
    """Read logs into a copy of the ledger in memory, empty if there is no readable ledger to copy."""
    said = f"{error}; the report is complete, but nothing of it is saved"
    try:
        kept = Ledger.open(context.paths.ledger, write=False)
    except LedgerReadOnly:
        kept = Ledger.in_memory()
    except LedgerUnreadable as unreadable:
        if asked.no_ingest:
            raise
        remedy = "make it yours again, or set AI_USAGE_DATA_DIR"
        said = f"{unreadable}; {remedy}: the report is made from the logs alone, and nothing of it is saved"
        notes.append("The ledger cannot be read: usage whose logs are gone is missing.")
        kept = Ledger.in_memory()
    complain(said)
    if asked.no_ingest or kept.path is None:
        return kept
    with kept:
        return Ledger.in_memory(kept)


def _up_to_date(
    context: Context, asked: Asked, ledger: Ledger, wait_s: float, notes: list[str], scout: Scout | None
) -> tuple[Ledger, IngestSummary]:
    try:
        return ledger, _ingest(context, ledger, wait_s, scout)
    except LedgerReadOnly as error:
        if ledger.path is None:
            raise
        notes.append("The ledger could not be written; usage since its last change was read from the logs.")
        ledger.close()
        copy = _not_kept(context, asked, notes, error)
        return copy, _ingest(context, copy, wait_s, None)


def _ingest(context: Context, ledger: Ledger, wait_s: float, scout: Scout | None) -> IngestSummary:
    from ai_usage.cli.progress import Progress

    with Progress("reading logs", sys.stderr) as progress:
        return ingest(ledger, context.sources, context.roots, scout=scout, wait_s=wait_s, progress=progress)


def settle_copies(context: Context, ledger: Ledger) -> None:
    """Decide for new records whether another machine's copy counts; if writing fails now, sync does it later."""
    remote = context.paths.remote
    hosts: list[str] = []
    with suppress(LedgerUnreadable):  # reports show this error
        hosts = stored_hosts(remote)
    if ledger.path is None or not hosts:
        return
    from contextlib import ExitStack

    from ai_usage.ledger import copies

    hidden = hidden_hosts(ledger)
    with suppress(LedgerError), ExitStack() as stack:
        ledgers = {context.machine: ledger}
        for host in hosts:
            if host not in hidden and host != context.machine:
                ledgers[host] = stack.enter_context(Ledger.open(remote / f"{host}.bin"))
        copies.settle_copies(ledgers)


def _complete_rollups(ledger: Ledger) -> None:
    """Build the rollups that make reports fast; skip this while another process holds the ledger."""
    from ai_usage.ledger.sealing import seal_rows

    try:
        ledger.complete_rollups()
        seal_rows(ledger)
    except (LedgerBusy, LedgerReadOnly):
        return
