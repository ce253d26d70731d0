"""What new records add to the rollups: summed while they are written, so that nothing is read again."""

import sqlite3
from bisect import bisect_left
from collections.abc import Container, Iterable
from typing import Any, Final

from ai_usage.ledger import rollups
from ai_usage.ledger.clamped import LARGEST
from ai_usage.ledger.flags import QUARTER_US, RETRACTED
from ai_usage.usage.group import NO_COST, POSITIVE_COST, ZERO_COST
from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS

_SUMS: Final = rollups.SUMS.split(", ")
_ADD: Final = (
    f"INSERT INTO rollups (quarter, kind_id, {rollups.SUMS}) VALUES ({', '.join('?' * (len(_SUMS) + 2))})"
    f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = min({name} + excluded.{name}, {LARGEST})' for name in _SUMS)}"
)
_PLAUSIBLE_TOKENS: Final = 2**40
"""No request has come near this; one that claims more is left to SQL, which minds what sums can hold."""
_KIND: Final = f"({', '.join('?' * len(rollups.KEYS.split(', ')))})"


class Tally:
    """Sums by quarter and kind of the records that one transaction added."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._sums: dict[tuple[int, int], list[int]] = {}
        self._kinds: dict[tuple[int, ...], int] = {}
        self._class_maps: dict[int, int] = {}
        self.left_out: set[int] = set()
        """Quarters with a record that is not in the tally, which must be summed from their records."""

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Add new rows of `records`, in the order of `records.COLUMNS`, with costs behind them or not."""
        sums, kinds, class_maps = self._sums, self._kinds, self._class_maps
        for row in rows:
            _, _, time, _, _, model, _, fast, fresh, read, short, long, output, reasoning = row[:14]
            project, _, tier, searches, flags = row[14:19]
            if flags & RETRACTED:
                continue
            prompt = fresh + read + short + long
            if prompt + output + reasoning > _PLAUSIBLE_TOKENS:
                self.left_out.add(time // QUARTER_US)
                continue
            cost = 0
            cost_class = NO_COST
            if len(row) > 20:
                cost = round(sum(row[20:24]) * 1e12)
                cost_class = POSITIVE_COST if cost > 0 else ZERO_COST
            if model not in class_maps:
                class_maps[model] = self._class_map(model)
            prompt_class = class_maps[model] >> 3 * bisect_left(PROMPT_CLASS_BOUNDS, prompt) & 7
            key = (model, project, fast, tier, prompt_class, cost_class)
            kind = kinds.get(key)
            if kind is None:
                kind = kinds[key] = self._kind(key)
            place = (time // QUARTER_US, kind)
            known = sums.get(place)
            if known is None:
                sums[place] = [1, fresh, read, short, long, output, reasoning, searches, cost]
            else:
                known[0] += 1
                known[1] += fresh
                known[2] += read
                known[3] += short
                known[4] += long
                known[5] += output
                known[6] += reasoning
                known[7] += searches
                known[8] += cost

    def store(self, but_not: Container[int]) -> None:
        """Add the sums to the rollups, but for quarters that are summed again from their records."""
        self._connection.executemany(
            _ADD,
            [
                (*place, *(min(each, LARGEST) for each in sums))
                for place, sums in self._sums.items()
                if place[0] not in but_not
            ],
        )

    def _class_map(self, model_id: int) -> int:
        row = self._connection.execute(
            "SELECT class_map FROM models WHERE model_id = ?", (model_id,)
        ).fetchone()
        return int(row[0])

    def _kind(self, key: tuple[int, ...]) -> int:
        shadowed = 0  # a record is flagged only when it is compared with another machine's
        kind = (*key, shadowed)
        self._connection.execute(f"INSERT OR IGNORE INTO kinds ({rollups.KEYS}) VALUES {_KIND}", kind)
        row = self._connection.execute(
            f"SELECT kind_id FROM kinds WHERE ({rollups.KEYS}) = {_KIND}", kind
        ).fetchone()
        return int(row[0])
