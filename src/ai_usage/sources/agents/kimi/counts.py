"""Shared by both generations of Kimi: disjoint counts, and the record from them."""

from ai_usage.sources.fields import count
from ai_usage.usage.record import MAX_STORABLE, UsageRecord, new_record

Counts = tuple[int, int, int, int]
"""Input, cache read, cache write and output of one request, disjoint."""


def read_counts(fresh: int | None, read: int | None, written: int | None, output: int | None) -> Counts:
    """Read the counts of a line."""
    fresh, read, written, output = fresh or 0, read or 0, written or 0, output or 0
    if 0 <= fresh | read | written | output <= MAX_STORABLE:
        return fresh, read, written, output
    return count(fresh), count(read), count(written), count(output)


def build_record(
    key: str,
    time: int,
    undated: int,
    model: str,
    effort: str | None,
    counts: Counts,
    session: str,
    agent: str,
    cwd: str | None,
) -> UsageRecord:
    """Build the record of a request that one agent of a session made."""
    fresh, read, written, output = counts
    return new_record(
        (
            "kimi",
            key,
            time,
            time,
            time,
            model,
            effort,
            -1,
            fresh,
            read,
            written,
            0,
            output,
            None,
            None,
            None,
            None,
            None,
            session,
            cwd,
            None,
            None,
            None,
            0,
            int(agent != "main"),
            undated,
            0,
            0,
            (),
        )
    )
