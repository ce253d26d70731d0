"""Decide what a batch changes, from the stored rows, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from ai_usage.server.storage.rows import HOST, KEY_HASH, TIMESTAMP, Row, identity
from ai_usage.wire.rfc3339 import day_of

_moment = itemgetter(HOST, TIMESTAMP)


class HashTaken(Exception):
    """Another record has the hash of this one; the caller tries again with probes."""


@dataclass(slots=True)
class Plan:
    """The writes for a batch."""

    written: dict[int, tuple[int, Row]] = field(default_factory=dict)
    """Rows to insert with their new seqs, by key hash; of two records with the same key in a batch, the last counts."""
    replaced: list[int] = field(default_factory=list)
    """The seqs under which changed records are stored."""
    accepted: int = 0
    ignored: int = 0
    days: Counter[tuple[int, int]] = field(default_factory=Counter)
    """The change in the number of records of each touched (host, UTC day); 0 if only contents change."""
    earliest: dict[int, int] = field(default_factory=dict)
    """The earliest instant, old or new, among the changed records of each host."""
    last_seq: int = 0
    last_seqs: dict[int, int] = field(default_factory=dict)
    """The highest new seq of each host."""


def plan(rows: Iterable[Row], stored: Mapping[int, tuple[int, Row]], last_seq: int) -> Plan:
    """Decide what to write.

    Args:
        rows: the batch, in order.
        stored: the stored seq and row, by key hash.
        last_seq: the highest seq ever given; the next record gets the following one.

    Raises:
        HashTaken: two records of different identity have one hash.
    """
    made = Plan(last_seq=last_seq)
    written = made.written
    came: list[Row] = []
    went: list[Row] = []
    for row in rows:
        key_hash = row[KEY_HASH]
        known = written.get(key_hash) or stored.get(key_hash)
        if known is not None:
            seq, old = known
            if old == row:
                made.ignored += 1
                continue
            if identity(old) != identity(row):
                raise HashTaken
            if key_hash not in written:
                made.replaced.append(seq)
            went.append(old)
        last_seq += 1
        written[key_hash] = (last_seq, row)
        came.append(row)
        made.last_seqs[row[HOST]] = last_seq
    made.accepted, made.last_seq = len(came), last_seq
    made.days = Counter(map(_day, came))
    made.days.subtract(map(_day, went))
    for host, timestamp in map(_moment, came + went):
        if timestamp < made.earliest.get(host, timestamp + 1):
            made.earliest[host] = timestamp
    return made


def _day(row: Row) -> tuple[int, int]:
    return row[HOST], day_of(row[TIMESTAMP])
