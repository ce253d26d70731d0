"""Clean: the other machines' files fetched again, each beside the old one, which serves until the new one is whole."""

from typing import NamedTuple

from ai_usage.sync.refetch import refetch
from ai_usage.sync.session import Session


class Cleaned(NamedTuple):
    """What a clean did."""

    hosts: int
    received: int
    kept: int
    """Records that only the old files had, or knew better."""


def clean(session: Session) -> Cleaned:
    """Fetch every machine's file again; what the server lacks stays unless the owner's report says otherwise."""
    hosts = [
        machine.host_id
        for machine in session.remote.machines()
        if machine.record_count and machine.host_id != session.machine_id
    ]
    received = kept = 0
    for host in hosts:
        refetched = refetch(session, host)
        received += refetched.received
        kept += refetched.kept
    session.save()
    return Cleaned(len(hosts), received, kept)
