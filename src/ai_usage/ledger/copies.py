"""Decide which copy of a request counts in merged reports when the files of several machines have it.

The copy that counts is the best by `usage.record.order_of_machines`; between equal copies, the smallest host's. All
others are flagged SHADOWED, so that reports need not compare copies. Each file stores up to which of its changes it was
compared with each other file, so only later changes are looked up. Any step may be interrupted: flags are set before
marks, and setting them again changes nothing. Flags are cleared before others are set, so that an interruption leaves a
request counted twice for a moment rather than not at all.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from ai_usage.ledger import rollups
from ai_usage.ledger.flags import SHADOWED, quarter_of
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_records import to_usage
from ai_usage.ledger.snapshot import TRAVEL_QUESTION, TravelRow
from ai_usage.usage.record import order_of_machines

_CHUNK: Final = 5_000
"""Keys decided in one step."""


class _Mark(NamedTuple):
    """The change number up to which a file was compared with another one."""

    generation: str
    change_number: int


class _Copy(NamedTuple):
    """One machine's copy of a request."""

    host: str
    row: TravelRow
    shadowed: bool


def settle_copies(ledgers: Mapping[str, Ledger], *, ignore_marks: bool = False) -> int:
    """Decide which copies count, for records that changed since the last time.

    Args:
        ledgers: by host, open for writing; this machine's own among them.
        ignore_marks: whether to compare all records.

    Returns:
        How many flags changed.
    """
    ends = {host: ledger.change_number() for host, ledger in ledgers.items()}
    generations = {host: ledger.note("generation") or "" for host, ledger in ledgers.items()}
    if ignore_marks:
        for ledger in ledgers.values():
            _keep_marks(
                ledger, {"": _Mark("", 0)}
            )  # a mark of no existing file: all shadowed records are checked
    known = {host: _marks(ledger) for host, ledger in ledgers.items()}
    changed = 0
    for host, ledger in ledgers.items():
        begins = {
            other: mark.change_number
            for other, mark in known[host].items()
            if generations.get(other) == mark.generation
        }
        if len(begins) < len(known[host]):  # a file that this one was compared with is gone or was replaced
            for keys in _shadowed_keys(ledger, 0):
                changed += _settle(ledgers, keys)
        for other in ledgers:
            begin = begins.get(other, 0)
            if other == host or begin >= ends[host]:
                continue
            if begin == 0 and host > other and known[other].get(host) is None and ends[other]:
                continue  # the loop over the other file compares all records
            for keys in _common_keys(ledger, ledgers[other], begin):
                changed += _settle(ledgers, keys)
            if begin:
                for keys in _shadowed_keys(ledger, begin):
                    changed += _settle(ledgers, keys)
    for host, ledger in ledgers.items():
        marks = {other: _Mark(generations[other], ends[host]) for other in ledgers if other != host}
        if marks != known[host]:
            _keep_marks(ledger, marks)
    return changed


def _marks(ledger: Ledger) -> dict[str, _Mark]:
    with ledger.reading() as connection:
        rows = connection.execute("SELECT host_id, generation, change_number FROM compared").fetchall()
    return {host: _Mark(generation, number) for host, generation, number in rows}


def _keep_marks(ledger: Ledger, marks: Mapping[str, _Mark]) -> None:
    with ledger.transaction() as connection:
        connection.execute("DELETE FROM compared")
        connection.executemany(
            "INSERT INTO compared VALUES (?, ?, ?)", [(host, *mark) for host, mark in marks.items()]
        )


@contextmanager
def _beside(ledger: Ledger, other: Ledger) -> Iterator[None]:
    """Attach another file to the connection, as `other`."""
    with ledger.reading() as connection:
        connection.execute("ATTACH DATABASE ? AS other", (str(other.path),))
        try:
            yield
        finally:
            connection.execute("DETACH DATABASE other")


def _common_keys(ledger: Ledger, other: Ledger, begin: int) -> Iterator[list[int]]:
    """Yield in chunks the keys of records that changed after `begin` and are in another file too."""
    while True:
        with _beside(ledger, other), ledger.reading() as connection:
            rows = connection.execute(
                "SELECT mine.key_hash, mine.change_number FROM main.records mine"
                " CROSS JOIN other.records theirs ON theirs.key_hash = mine.key_hash"
                " WHERE mine.change_number > ? ORDER BY mine.change_number LIMIT ?",
                (begin, _CHUNK),
            ).fetchall()
        if not rows:
            return
        yield [key for key, _ in rows]
        begin = rows[-1][1]


def _shadowed_keys(ledger: Ledger, begin: int) -> Iterator[list[int]]:
    """Yield in chunks the keys of shadowed records that changed after `begin`."""
    while True:
        with ledger.reading() as connection:
            rows = connection.execute(
                f"SELECT key_hash, change_number FROM records WHERE change_number > ? AND flags & {SHADOWED}"
                " ORDER BY change_number LIMIT ?",
                (begin, _CHUNK),
            ).fetchall()
        if not rows:
            return
        yield [key for key, _ in rows]
        begin = rows[-1][1]


def _settle(ledgers: Mapping[str, Ledger], keys: Sequence[int]) -> int:
    """Flag all copies of some requests except the one that counts; return how many flags changed."""
    copies: dict[tuple[str, str], list[_Copy]] = {}
    for host, ledger in ledgers.items():
        for copy in _copies(host, ledger, keys):
            copies.setdefault(copy.row[1:3], []).append(copy)
    cleared: dict[str, list[TravelRow]] = {}
    shadowed: dict[str, list[TravelRow]] = {}
    for several in copies.values():
        best = (
            several[0]
            if len(several) == 1
            else min(several, key=lambda copy: (order_of_machines(to_usage(copy.row)), copy.host))
        )
        for copy in several:
            if copy.shadowed and copy is best:
                cleared.setdefault(copy.host, []).append(copy.row)
            elif not copy.shadowed and copy is not best:
                shadowed.setdefault(copy.host, []).append(copy.row)
    for host, rows in cleared.items():
        _flag(ledgers[host], rows, "flags & ~")
    for host, rows in shadowed.items():
        _flag(ledgers[host], rows, "flags | ")
    return sum(map(len, (*cleared.values(), *shadowed.values())))


def _copies(host: str, ledger: Ledger, keys: Sequence[int]) -> Iterator[_Copy]:
    question = TRAVEL_QUESTION.replace(" FROM", ", r.flags FROM", 1)
    with ledger.reading() as connection:
        rows = connection.execute(
            f"{question} WHERE r.key_hash IN (SELECT value FROM json_each(?))", (json.dumps(keys),)
        ).fetchall()
    for row in rows:
        yield _Copy(host, TravelRow._make(row[:-1]), bool(row[-1] & SHADOWED))


def _flag(ledger: Ledger, rows: Sequence[TravelRow], change: str) -> None:
    """Change the flag of records that have not changed meanwhile, and sum their quarters again."""
    with ledger.transaction() as connection:
        connection.executemany(
            f"UPDATE records SET flags = {change}{SHADOWED} WHERE change_number = ?",
            [(row.number,) for row in rows],
        )
        quarters = {quarter_of(row.timestamp) for row in rows}
        rollups.refresh_if_complete(connection, quarters)
