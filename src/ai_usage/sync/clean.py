"""Clean: the other machines' files fetched anew beside the old ones, which serve until the new ones are whole."""

import contextlib
import json
from pathlib import Path
from typing import NamedTuple

from ai_usage.errors import LedgerDamaged, LedgerError
from ai_usage.ledger.connection import is_whole, set_aside
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_file import PeerFile
from ai_usage.sync.mending import days_of
from ai_usage.sync.pages import fetch_host
from ai_usage.sync.plan import differing
from ai_usage.sync.session import Session


class Cleaned(NamedTuple):
    """What a clean did."""

    hosts: int
    received: int
    kept: int
    """Records that only the old files had, or knew better."""


def clean(session: Session) -> Cleaned:
    """Fetch every machine's file anew; what the server no longer has is carried over, marked."""
    received = kept = 0
    hosts = [
        machine.host_id
        for machine in session.remote.machines()
        if machine.record_count and machine.host_id != session.machine_id
    ]
    for host in hosts:
        fresh = session.peer_path(host).with_name(f".{host}.new")
        received += _fetch(session, host, fresh)
        kept += _carry_over(session, host, fresh)
        _put_in_place(session, host, fresh)
        session.state.host(host).tried = {}
    session.save()
    return Cleaned(len(hosts), received, kept)


def _fetch(session: Session, host: str, fresh: Path) -> int:
    """Fetch all of a machine's records into a file that nobody reads yet; one that was begun goes on."""
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
    """Bring into the new file what only the old one has, day by day where they differ."""
    old_path = session.peer_path(host)
    if not old_path.exists():
        return 0
    kept = 0
    try:
        with PeerFile.take(old_path) as old, PeerFile.take(fresh) as file:
            for each in differing(days_of(session, old, host), days_of(session, file, host)):
                with old.snapshot() as snapshot:
                    rows = snapshot.of_day(each.day)
                kept += file.carry_over(rows)
    except LedgerDamaged:
        if is_whole(old_path):
            raise
        session.warn(
            f"{old_path} was damaged and now lies in {set_aside(old_path)}; "
            "what the server no longer has is in there only"
        )
    return kept


def _put_in_place(session: Session, host: str, fresh: Path) -> None:
    """Replace the old file's content in one transaction, so that who reads it sees the one or the other."""
    target = session.peer_path(host)
    with Ledger.open(fresh) as file:
        file.checkpoint()
        with PeerFile.take(target) as old:
            file.copy_into(old)
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(LedgerError, OSError):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)
