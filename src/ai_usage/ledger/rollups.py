"""Rollups: sums by quarter of an hour, kept in the same transaction as the records they sum."""

import sqlite3
from collections.abc import Collection
from typing import Final

from ai_usage.ledger.clamped import fetch_sums
from ai_usage.ledger.flags import NO_REASONING, RETRACTED, SHADOWED
from ai_usage.usage.group import MAX_SUMMABLE, MAX_SUMMABLE_USD
from ai_usage.usage.prompt_class import CLASS_FAMILIES, PROMPT_CLASS_BOUNDS, class_map

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
SUMS: Final = f"requests, {', '.join(COUNTS)}, web_searches, recorded_cost, reasoning_unknown_requests"

_PROMPT: Final = f"({' + '.join(COUNTS[:4])})"
_CLASS: Final = (
    "CASE "
    + " ".join(f"WHEN {_PROMPT} <= {bound} THEN {index}" for index, bound in enumerate(PROMPT_CLASS_BOUNDS))
    + f" ELSE {len(PROMPT_CLASS_BOUNDS)} END"
)
_STANDS_FOR: Final = f"class_map >> 3 * ({_CLASS}) & 7"
_COST: Final = "(cost_input + cost_output + cost_cache_read + cost_cache_creation)"
_PICO: Final = (
    f"CASE WHEN max(cost_input, cost_output, cost_cache_read, cost_cache_creation) <= {MAX_SUMMABLE_USD}"
    f" THEN CAST(round({_COST} * 1e12) AS INTEGER) ELSE 0 END"
)

SUMMED: Final = (
    f"model_id, project_id, fast_tier, tier_id, {_STANDS_FOR} AS prompt_class,"
    f" CASE WHEN cost_output IS NULL THEN 0 WHEN {_COST} > 0 THEN 1 ELSE 2 END AS cost_class,"
    f" (flags & {SHADOWED}) <> 0 AS shadowed, count(*) AS requests,"
    + ", ".join(
        f" sum(CASE WHEN {count} <= {MAX_SUMMABLE} THEN {count} ELSE 0 END) AS {count}" for count in COUNTS
    )
    + f", sum(web_searches) AS web_searches, ifnull(sum({_PICO}), 0) AS recorded_cost"
    + f", sum(reasoning_output_tokens = 0 AND flags & {NO_REASONING} = 0) AS reasoning_unknown_requests"
)
"""The columns of a rollup row, computed over `RECORDS`."""
RECORDS: Final = "records JOIN models USING (model_id)"
COUNTED: Final = f"flags & {RETRACTED} = 0"

TOUCHED: Final = (
    f"temp.touched CROSS JOIN {RECORDS} WHERE timestamp / 900000000 = +touched_quarter AND {COUNTED}"
)
"""The records of some quarters. Without the plus, the column's affinity would prevent the use of the index."""


def build(connection: sqlite3.Connection) -> None:
    """Sum all records; the caller holds a write transaction."""
    connection.execute("DELETE FROM rollups")
    models = connection.execute("SELECT model_id, model FROM models").fetchall()
    connection.executemany(
        "UPDATE models SET class_map = ? WHERE model_id = ?",
        [(class_map(model), model_id) for model_id, model in models],
    )
    _fill(connection, f"{RECORDS} WHERE {COUNTED}")
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('rollups', ?)", (_mark(),))


def refresh(connection: sqlite3.Connection, quarters: Collection[int]) -> None:
    """Sum the records of some quarters again; the caller holds a write transaction."""
    if not quarters:
        return
    connection.execute("DROP TABLE IF EXISTS temp.touched")
    connection.execute("CREATE TEMP TABLE touched (touched_quarter INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO temp.touched VALUES (?)", [(quarter,) for quarter in quarters])
    connection.execute("DELETE FROM rollups WHERE quarter IN (SELECT touched_quarter FROM temp.touched)")
    _fill(connection, TOUCHED)


def refresh_if_complete(connection: sqlite3.Connection, quarters: Collection[int]) -> None:
    """Sum some quarters again if the file has rollups; if they are missing, `build` sums everything later."""
    if are_complete(connection):
        refresh(connection, quarters)


def are_wrong(connection: sqlite3.Connection) -> bool:
    """Whether complete rollups differ from the sums of the records."""
    if not are_complete(connection):
        return False
    _sum(connection, f"{RECORDS} WHERE {COUNTED}")
    # The order of additions may change a cost by one pico-USD per request.
    exact = ", ".join(name for name in SUMS.split(", ") if name != "recorded_cost")
    stored = f"SELECT quarter, {KEYS}, {exact} FROM rollups JOIN kinds USING (kind_id)"
    summed = f"SELECT quarter, {KEYS}, {exact} FROM temp.summed"
    (wrong,) = connection.execute(
        f"SELECT EXISTS (SELECT * FROM ({stored} EXCEPT {summed})) OR EXISTS (SELECT * FROM ({summed} EXCEPT {stored}))"
        " OR (SELECT count(*) FROM rollups) <> (SELECT count(*) FROM temp.summed)"
        " OR abs((SELECT total(recorded_cost) FROM rollups) - (SELECT total(recorded_cost) FROM temp.summed))"
        " > (SELECT total(requests) FROM temp.summed)"
    ).fetchone()
    connection.execute("DROP TABLE temp.summed")
    return bool(wrong)


def _fill(connection: sqlite3.Connection, records: str) -> None:
    """Sum records into new rollups, and number new kinds."""
    _sum(connection, records)
    connection.execute(f"INSERT OR IGNORE INTO kinds ({KEYS}) SELECT DISTINCT {KEYS} FROM temp.summed")
    connection.execute(
        f"INSERT INTO rollups (quarter, kind_id, {SUMS}) SELECT quarter, kind_id, {SUMS}"
        f" FROM temp.summed JOIN kinds USING ({KEYS})"
    )
    connection.execute("DROP TABLE temp.summed")


def _sum(connection: sqlite3.Connection, records: str) -> None:
    """Sum records into `temp.summed`."""
    connection.execute("DROP TABLE IF EXISTS temp.summed")
    fetch_sums(
        connection,
        f"CREATE TEMP TABLE summed AS SELECT timestamp / 900000000 AS quarter, {SUMMED} FROM {records}"
        f" GROUP BY quarter, {KEYS}",
    )


def are_complete(connection: sqlite3.Connection) -> bool:
    """Whether the rollups sum all records, by the prompt classes of today's prices."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'rollups'").fetchone()
    return row is not None and row[0] == _mark()


def _mark() -> str:
    families = ",".join(str(class_map(family)) for family in ("", *CLASS_FAMILIES))
    return f"{','.join(map(str, PROMPT_CLASS_BOUNDS))} {families}"
