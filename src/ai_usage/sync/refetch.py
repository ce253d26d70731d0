"""Fetch a machine's whole file again: build the new file beside the old one, which stays in use until then."""

import contextlib
import json
from pathlib import Path
from typing import NamedTuple

from ai_usage.errors import LedgerError
from ai_usage.ledger.connection import set_aside
from ai_usage.ledger.damage import look_through
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.mending import days_of, proof_of
from ai_usage.sync.pages import fetch_host
from ai_usage.sync.plan import differing
from ai_usage.sync.refusals import NotSupported
from ai_usage.sync.session import Session
from ai_usage.usage.instant import DAY
from ai_usage.wire.messages import Report


class Refetched(NamedTuple):
    """The result of fetching a file again."""

    received: int
    kept: int
    """Records that only the old file had, or had more completely."""


def refetch(session: Session, host: str) -> Refetched:
    """Fetch all of a machine's records and replace its file.

    If the fetched records equal the owner's report, they replace the days that the report covers. Otherwise, and on
    later days, records that the server does not have are copied from the old file and marked.
    """
    fresh = session.peer_path(host).with_name(f".{host}.new")
    received = _fetch(session, host, fresh)
    kept = _carry_over(session, host, fresh)
    _put_in_place(session, host, fresh)
    session.state.host(host).tried = {}
    return Refetched(received, kept)


def _fetch(session: Session, host: str, fresh: Path) -> int:
    """Fetch all of a machine's records into a new file; an interrupted fetch is resumed."""
    instance_id = session.health.instance_id
    received = 0
    with PeerFile.take(fresh) as file:
        after = 0
        with contextlib.suppress(ValueError, TypeError, KeyError):
            begun = json.loads(file.note("fill") or "null")
            after = begun["after"] if begun["instance_id"] == instance_id else 0
        for page in fetch_host(session, host, after):
            rows = page.by_host.get(host, [])
            mark = json.dumps({"instance_id": instance_id, "after": page.max_seq})
            file.apply(rows, notes={"fill": mark, "instance_id": instance_id})
            received += len(rows)
            session.progress(f"fetching {host}", received, 0)
        file.keep_note("fill", None)
        file.complete_rollups()
    return received


def _carry_over(session: Session, host: str, fresh: Path) -> int:
    """Copy records that only the old file has into the new one, for each day that differs."""
    old_path = session.peer_path(host)
    if not old_path.exists():
        return 0
    if any(look_through(old_path)):
        say = session.machine.tell if session.machine.by_hand else session.warn
        say(
            f"{old_path} was damaged and now lies in {set_aside(old_path)}; "
            "what the server no longer has is in there only"
        )
        return 0
    kept = 0
    report = _report_of(session, host)
    with PeerFile.take(old_path) as old, PeerFile.take(fresh) as file:
        proved_before = _proved_before(file, host, report)
        for each in differing(days_of(session, old, host), days_of(session, file, host)):
            if proved_before is not None and (each.day + 1) * DAY <= proved_before:
                continue
            with old.snapshot() as snapshot:
                rows = snapshot.of_day(each.day)
            kept += file.carry_over(rows)
    return kept


def _report_of(session: Session, host: str) -> Report | None:
    with contextlib.suppress(NotSupported):
        return session.reports(again=True).get(host)
    return None


def _proved_before(file: PeerFile, host: str, report: Report | None) -> int | None:
    """Return the instant up to which a file equals its owner's report; None if it does not."""
    proof = proof_of(host, report, [])
    if proof is None:
        return None
    with file.snapshot() as snapshot:
        return proof.before if proof.holds(snapshot) else None


def _put_in_place(session: Session, host: str, fresh: Path) -> None:
    """Replace the old file's content atomically, in one transaction."""
    target = session.peer_path(host)
    with Ledger.open(fresh) as file:
        file.checkpoint()
        with PeerFile.take(target) as old:
            file.copy_into(old)
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(LedgerError, OSError):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
