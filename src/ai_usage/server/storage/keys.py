"""Find the stored rows of a batch's records without an index over all keys (ADR 11)."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from ai_usage.server.storage.rows import ALL_COLUMNS, HOST, KEY_HASH, TIMESTAMP, Row
from ai_usage.server.storage.schema import DAY_OF
from ai_usage.wire.rfc3339 import day_of

_FILTER_BYTES: Final = 1 << 24
"""16 MiB: with a million records, one new record in five thousand causes a look-up; with ten million, one in fifty."""
_MASK: Final = _FILTER_BYTES - 1

_IN_DAY: Final = (
    f"SELECT {ALL_COLUMNS} FROM records "
    f"WHERE host = ?1 AND {DAY_OF} = ?2 AND key_hash IN (SELECT value FROM json_each(?3))"
)
_IN_ANY_DAY: Final = (
    f"SELECT {ALL_COLUMNS} FROM (SELECT day FROM days WHERE host = ?1) CROSS JOIN records "
    f"WHERE host = ?1 AND {DAY_OF} = +day AND key_hash IN (SELECT value FROM json_each(?2))"
)
"""The plus removes the column's affinity from the comparison, which otherwise could not use the index."""


class Keys:
    """The keys in the table: a Bloom filter in memory in front of the index by day.

    A key that is not in the filter is new. A key that may be in it is searched in the day of its record, and only if it
    is not there, in all days of its host: a changed record seldom moves to another day.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._filter = bytearray()
        self._version = -1

    def refresh(self) -> None:
        """Read all keys again if another program has added some; call this at the start of a transaction."""
        version: int = self._db.execute("SELECT keys_version FROM server_writes").fetchone()[0]
        if version != self._version:
            self._filter = bytearray(_FILTER_BYTES)
            self.add(found for (found,) in self._db.execute("SELECT key_hash FROM records"))
            self._version = version

    def add(self, hashes: Iterable[int]) -> None:
        """Add written keys; after a roll back they only cause needless look-ups."""
        known = self._filter
        for each in hashes:
            known[each >> 3 & _MASK] |= 1 << (each & 7)
            known[each >> 30 & _MASK] |= 1 << (each >> 27 & 7)

    def stored(self, rows: Sequence[Row]) -> dict[int, tuple[int, Row]]:
        """Return the stored seq and row, by key hash, for the keys of these rows."""
        known = self._filter
        by_day: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        for row in rows:
            each = row[KEY_HASH]
            if (
                known[each >> 3 & _MASK] >> (each & 7) & 1
                and known[each >> 30 & _MASK] >> (each >> 27 & 7) & 1
            ):
                by_day[row[HOST], day_of(row[TIMESTAMP])].append(each)
        found: dict[int, tuple[int, Row]] = {}
        elsewhere: defaultdict[int, list[int]] = defaultdict(list)
        for (host, day), hashes in by_day.items():
            found |= self._ask(_IN_DAY, host, day, hashes)
            elsewhere[host] += [each for each in hashes if each not in found]
        for host, hashes in elsewhere.items():
            if hashes:
                found |= self._ask(_IN_ANY_DAY, host, hashes)
        return found

    def _ask(self, question: str, *values: int | list[int]) -> dict[int, tuple[int, Row]]:
        bound = [orjson.dumps(value).decode() if isinstance(value, list) else value for value in values]
        return {row[1]: (row[0], row[1:-1]) for row in self._db.execute(question, bound)}
