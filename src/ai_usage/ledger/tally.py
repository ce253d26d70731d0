"""Sums that new records add to the rollups, computed while they are written, so that no record is read again."""

import sqlite3
from collections.abc import Container, Iterable, Sequence
from itertools import chain
from typing import Any, Final

from ai_usage.ledger import rollups
from ai_usage.ledger.clamped import LARGEST
from ai_usage.ledger.flags import NO_REASONING, QUARTER_US, RETRACTED
from ai_usage.ledger.insertion import Insertion
from ai_usage.usage.group import NO_COST, POSITIVE_COST, ZERO_COST
from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS, prompt_class

PLAUSIBLE_TOKENS: Final = 2**40
"""Far above any real request; a record with more is summed by SQL, which handles overflow."""

Place = tuple[int, int, int, int, int, int, int]
"""Quarter, and the kind: model, project, speed, tier, prompt class, cost class."""

_SUMS: Final = rollups.SUMS.split(", ")
_ADD: Final = Insertion(
    "INSERT INTO rollups",
    f"quarter, kind_id, {rollups.SUMS}",
    "ON CONFLICT DO UPDATE SET "
    + ", ".join(f"{name} = min({name} + excluded.{name}, {LARGEST})" for name in _SUMS),
)
_KIND: Final = f"({', '.join('?' * len(rollups.KEYS.split(', ')))})"
_ADD_KIND: Final = f"INSERT OR IGNORE INTO kinds ({rollups.KEYS}) VALUES {_KIND}"
_FIND_KIND: Final = f"SELECT kind_id FROM kinds WHERE ({rollups.KEYS}) = {_KIND}"


def pico_usd(costs: Sequence[float]) -> int:
    """Sum the four costs of a request in pico-USD, as in rollups."""
    return round(sum(costs) * 1e12)


class Tally:
    """Sums by quarter and kind of the records that one transaction added."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.sums: dict[Place, list[int]] = {}
        """Sums in the order of `rollups.SUMS`; the loop that writes records adds to them."""
        self._connection = connection
        self._classes: dict[int, list[int]] = {}

    def classes(self, model_id: int) -> list[int]:
        """The prompt class that represents each class of a model."""
        known = self._classes.get(model_id)
        if known is None:
            (packed,) = self._connection.execute(
                "SELECT class_map FROM models WHERE model_id = ?", (model_id,)
            ).fetchone()
            known = [packed >> 3 * index & 7 for index in range(len(PROMPT_CLASS_BOUNDS) + 1)]
            self._classes[model_id] = known
        return known

    def take_back(self, rows: Iterable[Sequence[Any]]) -> None:
        """Subtract rows of `records` that are not new after all; costs may follow the columns of a row."""
        for row in rows:
            _, _, time, _, _, model, _, fast, fresh, read, short, long, output, reasoning = row[:14]
            project, _, tier, searches, flags = row[14:19]
            if flags & RETRACTED:
                continue
            cost, cost_class = 0, NO_COST
            if len(row) > 20:
                cost = pico_usd(row[20:24])
                cost_class = POSITIVE_COST if cost > 0 else ZERO_COST
            stands = self.classes(model)[prompt_class(fresh + read + short + long)]
            sums = self.sums[time // QUARTER_US, model, project, fast, tier, stands, cost_class]
            unknown = not (reasoning or flags & NO_REASONING)
            amounts = (1, fresh, read, short, long, output, reasoning, searches, cost, unknown)
            for index, amount in enumerate(amounts):
                sums[index] -= amount

    def store(self, but_not: Container[int]) -> None:
        """Add the sums to the rollups, except quarters that are summed again from their records."""
        kinds: dict[tuple[int, ...], int] = {}
        rows: list[tuple[int, ...]] = []
        for place, sums in self.sums.items():
            quarter, key = place[0], place[1:]
            if quarter in but_not or not sums[0]:
                continue
            kind = kinds.get(key)
            if kind is None:
                kind = kinds[key] = self._kind(key)
            if sums[8] > LARGEST:  # counts below `PLAUSIBLE_TOKENS` cannot add up to more than SQLite holds
                sums[8] = LARGEST
            rows.append((quarter, kind, *sums))
        rows.sort()  # the table then grows at its end
        _ADD.insert(self._connection, list(chain.from_iterable(rows)))

    def _kind(self, key: tuple[int, ...]) -> int:
        shadowed = 0  # a record is flagged later, by the comparison with other machines
        kind = (*key, shadowed)
        added = self._connection.execute(_ADD_KIND, kind)
        if added.rowcount == 1:
            return int(added.lastrowid or 0)
        return int(self._connection.execute(_FIND_KIND, kind).fetchone()[0])
