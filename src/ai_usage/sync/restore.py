"""Restore: merge this machine's own records from the server into its ledger, and take over its name."""

from typing import NamedTuple

from ai_usage.ledger.restoring import bring_back
from ai_usage.sync.pages import fetch_host
from ai_usage.sync.push import Pushed, push
from ai_usage.sync.session import Session
from ai_usage.sync.translate import as_if_local


class Restored(NamedTuple):
    """The result of a restore."""

    received: int
    added: int
    """Records that the ledger did not have."""
    changed: int
    """Records that the server had more completely."""
    pushed: Pushed


def restore(session: Session) -> Restored:
    """Merge the server's records of this machine into the ledger, then take over its name on the server.

    It can be interrupted at any point and run again: merging a record twice changes nothing.
    """
    received = added = changed = 0
    for page in fetch_host(session, session.machine_id):
        rows = page.by_host.get(session.machine_id, [])
        if rows:
            brought = bring_back(session.ledger, rows, as_if_local)
            received += len(rows)
            added += brought.added
            changed += brought.changed
        session.progress("restoring records", received, 0)
    return Restored(received, added, changed, push(session, adopt=True))
