"""Rollups: sums by quarter of an hour, kept in the same transaction as the records they sum."""

import sqlite3
from collections.abc import Collection
from typing import Final

from ai_usage.ledger.records import RETRACTED, SHADOWED
from ai_usage.usage.prompt_class import PROMPT_CLASS_BOUNDS
from ai_usage.usage.record import MAX_SUMMABLE

QUARTERS_PER_DAY: Final = 96

KEYS: Final = "model_id, project_id, fast_tier, tier_id, prompt_class, cost_class, shadowed"
COUNTS: Final = (
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)
SUMS: Final = f"requests, {', '.join(COUNTS)}, web_searches, recorded_cost"

_PROMPT: Final = f"({' + '.join(COUNTS[:4])})"
_CLASS: Final = (
    "CASE "
    + " ".join(f"WHEN {_PROMPT} <= {bound} THEN {index}" for index, bound in enumerate(PROMPT_CLASS_BOUNDS))
    + f" ELSE {len(PROMPT_CLASS_BOUNDS)} END"
)
_COST: Final = "(cost_input + cost_output + cost_cache_read + cost_cache_creation)"
_PICO: Final = f"CAST(round({_COST} * 1e12) AS INTEGER)"

SUMMED: Final = (
    f"model_id, project_id, fast_tier, tier_id, {_CLASS} AS prompt_class,"
    f" CASE WHEN cost_output IS NULL THEN 0 WHEN {_COST} > 0 THEN 1 ELSE 2 END AS cost_class,"
    f" (flags & {SHADOWED}) <> 0 AS shadowed, count(*) AS requests,"
    + ", ".join(
        f" sum(CASE WHEN {count} <= {MAX_SUMMABLE} THEN {count} ELSE 0 END) AS {count}" for count in COUNTS
    )
    + f", sum(web_searches) AS web_searches, ifnull(sum({_PICO}), 0) AS recorded_cost"
)
"""What a rollup row is made of, over `records`."""
COUNTED: Final = f"flags & {RETRACTED} = 0"

_FILL: Final = (
    f"INSERT INTO rollups (quarter, {KEYS}, {SUMS}) SELECT timestamp / 900000000, {SUMMED} FROM records"
)
_GROUPED: Final = f"GROUP BY 1, {KEYS}"


def build(connection: sqlite3.Connection) -> None:
    """Sum all records; the caller holds a write transaction."""
    connection.execute("DELETE FROM rollups")
    connection.execute(f"{_FILL} WHERE {COUNTED} {_GROUPED}")
    _remember(connection)


def refresh(connection: sqlite3.Connection, quarters: Collection[int]) -> None:
    """Sum the records of some quarters again; the caller holds a write transaction."""
    several = [(quarter,) for quarter in quarters]
    connection.executemany("DELETE FROM rollups WHERE quarter = ?", several)
    connection.executemany(f"{_FILL} WHERE timestamp / 900000000 = ? AND {COUNTED} {_GROUPED}", several)


def are_complete(connection: sqlite3.Connection) -> bool:
    """Whether the rollups sum all records, by the prompt classes that prices know today."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'rollups'").fetchone()
    return row is not None and row[0] == _mark()


def _remember(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('rollups', ?)", (_mark(),))


def _mark() -> str:
    return ",".join(map(str, PROMPT_CLASS_BOUNDS))
