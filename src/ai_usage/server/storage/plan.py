"""What a batch changes: decided from the rows that are stored, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ai_usage.server.storage.rows import HOST, KEY_HASH, TIMESTAMP, Row, identity
from ai_usage.wire.rfc3339 import day_of


class HashTaken(Exception):
    """Another record holds the hash of this one; the caller tries again with probes."""


@dataclass(slots=True)
class Plan:
    """The writes that bring a batch into the table."""

    written: dict[int, tuple[int, Row]] = field(default_factory=dict)
    """Rows to insert with their new seqs, by key hash: of two records with one key in a batch the last remains."""
    replaced: list[int] = field(default_factory=list)
    """The seqs under which changed records are stored."""
    accepted: int = 0
    ignored: int = 0
    days: Counter[tuple[int, int]] = field(default_factory=Counter)
    """By how much the number of records of a touched (host, UTC day) changes; 0 where only contents change."""
    earliest: dict[int, int] = field(default_factory=dict)
    """The earliest instant, old or new, among the changed records of each host."""
    last_seq: int = 0
    last_seqs: dict[int, int] = field(default_factory=dict)
    """The highest new seq of each host."""


def plan(rows: Iterable[Row], stored: Mapping[int, tuple[int, Row]], last_seq: int) -> Plan:
    """Decide what to write.

    Args:
        rows: the batch, in order.
        stored: by key hash, what the table holds: seq and row.
        last_seq: the highest seq ever given; the next record gets the one after it.

    Raises:
        HashTaken: two records of different identity have one hash.
    """
    made = Plan(last_seq=last_seq)
    written = made.written
    for row in rows:
        key_hash = row[KEY_HASH]
        seq, old = written.get(key_hash) or stored.get(key_hash) or (0, None)
        if old is not None:
            if old == row:
                made.ignored += 1
                continue
            if identity(old) != identity(row):
                raise HashTaken
            if key_hash not in written:
                made.replaced.append(seq)
            _touch(made, old, -1)
        made.accepted += 1
        made.last_seq += 1
        written[key_hash] = (made.last_seq, row)
        _touch(made, row, 1)
        made.last_seqs[row[HOST]] = made.last_seq
    return made


def _touch(made: Plan, row: Row, change: int) -> None:
    host, timestamp = row[HOST], row[TIMESTAMP]
    made.days[host, day_of(timestamp)] += change
    if timestamp < made.earliest.get(host, timestamp + 1):
        made.earliest[host] = timestamp
