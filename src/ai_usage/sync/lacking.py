"""Find records that only one side has: the server after the ledger was put back from a copy, or the ledger."""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Final

from ai_usage.ledger.peer_records import to_usage
from ai_usage.ledger.snapshot import Snapshot, TravelRow
from ai_usage.sync.pages import fetch_day, fetch_host
from ai_usage.sync.plan import Difference
from ai_usage.sync.sending import Sending
from ai_usage.sync.session import Session
from ai_usage.sync.translate import as_if_local
from ai_usage.sync.upload import Key
from ai_usage.usage.record import merge

_MOST_DAYS: Final = 300
"""At most so many days are compared record by record; one record found is enough to ask for a restore."""


def better_there(session: Session, snapshot: Snapshot) -> frozenset[Key]:
    """Name the records that the server has more completely, as after the ledger was put back from an old copy.

    Such records have a sequence number above the last one confirmed to this ledger. So do records whose answer got
    lost, but their copies here are as complete.
    """
    seen = session.confirmations.confirmed().seen_seq
    newest = [each for each in session.machines() if each.host_id == session.machine_id]
    if not newest or newest[0].content_revision <= seen or not session.can.filtered_pull:
        return frozenset()
    better: set[Key] = set()
    highest = seen
    for page in fetch_host(session, session.machine_id, seen):
        for row in page.by_host.get(session.machine_id, []):
            highest = max(highest, row[0])
            if not _covers(snapshot.find(*row[1:3]), row):
                better.add(row[1:3])
    if not better:
        session.confirmations.confirm(0, seen_seq=highest)
    return frozenset(better)


def count_only_there(session: Session, snapshot: Snapshot, differences: Iterable[Difference]) -> int:
    """Count the records of some days that only the server has; looks at the first `_MOST_DAYS` days."""
    if not session.can.filtered_pull:
        return 0
    count = 0
    for each in islice(differences, _MOST_DAYS):
        if each.their_count:
            ours = snapshot.keys_of_day(each.day)
            rows = fetch_day(session, session.machine_id, each.day)
            count += sum(row[1:3] not in ours and not snapshot.has(*row[1:3]) for row in rows)
    return count


def lacks_by_count(session: Session, sending: Sending, snapshot: Snapshot, refused: Collection[int]) -> str:
    """Count this machine's records on a server without day digests, and send all again if some are missing.

    Returns:
        The remaining problem; empty if both sides agree.
    """
    wanted = snapshot.count_after(0) - len(refused)
    there = _count_there(session)
    if there < wanted:
        own = session.state.host(session.machine_id)
        tried = {"all": [str(wanted), str(there)]}
        if session.machine.by_hand or own.tried != tried:
            own.tried = tried
            sending.send_everything(refused)
            there = _count_there(session)
    if there >= wanted:
        return ""
    return sending.unaccounted or f"the server has {there:,} records of this machine, {wanted:,} were sent"


def _count_there(session: Session) -> int:
    machines = session.machines(again=True)
    return next((each.record_count for each in machines if each.host_id == session.machine_id), 0)


def _covers(ours: TravelRow | None, theirs: TravelRow) -> bool:
    """Tell whether this ledger's copy of a record contains everything that the server's copy does."""
    if ours is None:
        return False
    known = to_usage(ours)
    return merge(known, as_if_local(theirs, known)) == known
