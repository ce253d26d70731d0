"""Clean: fetch the other machines' files again, each beside the old one, which stays in use until then."""

from typing import NamedTuple

from ai_usage.sync.refetch import refetch
from ai_usage.sync.session import Session


class Cleaned(NamedTuple):
    """The result of a clean."""

    hosts: int
    received: int
    kept: int
    """Records that only the old files had, or had more completely."""


def clean(session: Session) -> Cleaned:
    """Fetch every machine's file again; records that the server lacks stay unless the owner's report excludes them."""
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
