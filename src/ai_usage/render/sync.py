"""The output of sync: lines for people, documents for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from ai_usage.config.secrets import Secrets
from ai_usage.render.as_json import SCHEMA_VERSION
from ai_usage.render.figures import counted
from ai_usage.render.harmless import harmless
from ai_usage.sync.clean import Cleaned
from ai_usage.sync.integrity import Verdict
from ai_usage.sync.pull import Pulled
from ai_usage.sync.push import Pushed
from ai_usage.sync.restore import Restored
from ai_usage.sync.state import State
from ai_usage.sync.verify import HostProof
from ai_usage.wire.messages import Health
from ai_usage.wire.rfc3339 import day_text


def told_pushed(pushed: Pushed) -> list[str]:
    """Describe the result of a push."""
    lines = [f"pushed {counted(pushed.sent, 'record')}" if pushed.sent else "nothing new to push"]
    if pushed.resent_days:
        lines.append(f"sent {counted(len(pushed.resent_days), 'day')} again that differed on the server")
    reason = f" ({harmless(pushed.reason)})" if pushed.reason else ""
    lines.append(f"integrity of this machine: {pushed.status}{reason}")
    return lines


def told_pulled(pulled: Pulled) -> list[str]:
    """Describe the result of a pull."""
    return [f"pulled {counted(pulled.received, 'record')}" if pulled.received else "nothing new to pull"]


def told_verdicts(verdicts: Mapping[str, Verdict]) -> list[str]:
    """Describe the integrity of each machine's records."""
    return [
        f"integrity of {host}: {verdict.status}"
        + (f" ({harmless(verdict.reason)})" if verdict.reason else "")
        for host, verdict in verdicts.items()
    ]


def told_restored(restored: Restored) -> list[str]:
    """Describe the result of a restore."""
    if not restored.received:
        first = "the server has no records of this machine"
    elif not restored.added and not restored.changed:
        first = (
            f"nothing to restore: all that the server has is here ({counted(restored.received, 'record')})"
        )
    else:
        first = f"restored {counted(restored.added, 'record')} of {restored.received:,} that the server has"
    replaced = (
        [f"replaced {counted(restored.changed, 'record')} with more complete copies from the server"]
        if restored.changed
        else []
    )
    return [first, *replaced, *told_pushed(restored.pushed)]


def told_cleaned(cleaned: Cleaned) -> list[str]:
    """Describe the result of a clean."""
    lines = [f"fetched {counted(cleaned.received, 'record')} of {counted(cleaned.hosts, 'machine')} again"]
    if cleaned.kept:
        lines.append(f"kept {counted(cleaned.kept, 'record')} that the server does not have so")
    return lines


def status_document(secrets: Secrets, machine: str, state: State, hidden: set[str]) -> dict[str, Any]:
    """Return the state of sync as a document."""
    counts = {each.host_id: each for each in state.machines}
    hosts = sorted({machine, *counts, *state.hosts} - hidden)
    return {
        "schema_version": SCHEMA_VERSION,
        "enabled": secrets.sync is not None,
        "reason": secrets.off_because,
        "server_url": secrets.sync.server_url if secrets.sync else None,
        "server_version": state.server_version or None,
        "machine_id": machine,
        "last_success": state.last_success or None,
        "last_push": state.last_push or None,
        "last_pull": state.last_pull or None,
        "last_error": state.last_error or None,
        "last_error_at": state.last_error_at or None,
        "warnings": state.warnings,
        "machines": [
            {
                "host_id": host,
                "record_count": counts[host].record_count if host in counts else None,
                "last_seen": counts[host].last_seen if host in counts else None,
                "integrity": state.hosts[host].status if host in state.hosts else None,
                "reason": state.hosts[host].reason or None if host in state.hosts else None,
                "proved_until": state.hosts[host].range_end or None if host in state.hosts else None,
            }
            for host in hosts
        ],
        "hidden": sorted(hidden),
    }


def status_lines(document: Mapping[str, Any]) -> list[str]:
    """Format the document of `sync status` as lines for people."""
    if not document["enabled"]:
        return ["sync: disabled", f"reason: {harmless(document['reason'])}"]
    version = f" (version {harmless(document['server_version'])})" if document["server_version"] else ""
    lines = [
        "sync: enabled",
        f"server: {document['server_url']}{version}",
        f"machine: {document['machine_id']}",
        f"last success: {document['last_success'] or 'never'}",
    ]
    if document["last_error"]:
        lines.append(f"last error: {harmless(document['last_error'])} ({document['last_error_at']})")
    lines += [f"warning: {harmless(warning)}" for warning in document["warnings"]]
    machines = document["machines"]
    counts = [
        "no records" if each["record_count"] is None else counted(each["record_count"], "record")
        for each in machines
    ]
    width = max([len(machine["host_id"]) for machine in machines], default=0)
    count_width = max(map(len, counts), default=0)
    for machine, count in zip(machines, counts, strict=True):
        seen = f", last contact {harmless(machine['last_seen'][:19])}Z" if machine["last_seen"] else ""
        integrity = f", integrity {machine['integrity']}" if machine["integrity"] else ""
        reason = f" ({harmless(machine['reason'])})" if machine["reason"] else ""
        lines.append(f"  {machine['host_id']:{width}}  {count:>{count_width}}{seen}{integrity}{reason}")
    if document["hidden"]:
        lines.append(f"hidden: {', '.join(document['hidden'])}")
    return lines


def verify_document(health: Health, proofs: Sequence[HostProof], *, repair: bool) -> dict[str, Any]:
    """Return the results of `sync verify` as a document."""
    return {
        "schema_version": SCHEMA_VERSION,
        "server_version": health.version,
        "repair": repair,
        "agrees": all(proof.agrees for proof in proofs),
        "machines": [
            {
                "host_id": proof.host_id,
                "local": proof.local,
                "integrity": str(proof.status),
                "reason": proof.reason or None,
                "record_count": proof.record_count,
                "moved_days": proof.moved_days,
                "differing_days": [
                    {
                        "day": day_text(each.day),
                        "records_here": each.our_count,
                        "digest_here": each.ours or None,
                        "records_on_server": each.their_count,
                        "digest_on_server": each.theirs or None,
                    }
                    for each in proof.differences
                ],
            }
            for proof in proofs
        ],
    }


def verify_lines(document: Mapping[str, Any]) -> list[str]:
    """Format the document of `sync verify` as lines for people."""
    lines = []
    for machine in document["machines"]:
        reason = f" ({harmless(machine['reason'])})" if machine["reason"] else ""
        moved = f", {counted(machine['moved_days'], 'day')} moved" if machine["moved_days"] else ""
        records = counted(machine["record_count"], "record")
        lines.append(f"{machine['host_id']}: {machine['integrity']}, {records}{moved}{reason}")
        lines += [
            f"  {day['day']} differs: {day['records_here']:,} here, {day['records_on_server']:,} on the server"
            for day in machine["differing_days"]
        ]
    if document["agrees"]:
        lines.append("everything that was compared agrees")
    return lines
