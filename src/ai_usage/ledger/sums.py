"""Sums for reports, from rollups; from records only where a span begins or ends inside a quarter of an hour."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from ai_usage.ledger import rollups
from ai_usage.ledger.clamped import fetch_sums
from ai_usage.ledger.flags import (
    OVERSIZED,
    QUARTER_US,
    RETRACTED,
    SHADOWED,
    UNDATED,
    UNRECONCILED,
)
from ai_usage.usage.group import Counts, Doubts, Group

Span = tuple[int, int]
"""Half-open, in instants."""

_FOREVER: Final = (-(2**62), 2**62)
_SUMS: Final = rollups.SUMS.split(", ")
_ADDED: Final = ", ".join(f"sum({name}) AS {name}" for name in _SUMS)
_KEYS_WITHOUT_PROJECT: Final = rollups.KEYS.replace("project_id, ", "")
_ANSWER: Final = (
    "g.bucket, g.day, m.vendor, m.model, p.project, p.project_path_sha256, g.fast_tier, t.service_tier, t.region,"
    f" g.prompt_class, g.cost_class, {', '.join(f'g.{name}' for name in _SUMS[:-1])}"
)
_NAMES: Final = (
    "JOIN models m USING (model_id) LEFT JOIN projects p USING (project_id) LEFT JOIN tiers t USING (tier_id)"
)
_IN_SPAN: Final = (
    f"timestamp / {QUARTER_US} BETWEEN first / {QUARTER_US} AND (after - 1) / {QUARTER_US}"
    " AND timestamp >= first AND timestamp < after"
)


def sums(
    connection: sqlite3.Connection, spans: Sequence[Span], *, copies: bool, projects: bool
) -> list[Group]:
    """Answer `Ledger.sums`."""
    parts = list(_parts(spans, from_rollups=rollups.are_complete(connection)))
    for table in ("whole", "cut"):
        connection.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {table} (bucket INTEGER, first INTEGER, after INTEGER)"
        )
        connection.execute(f"DELETE FROM temp.{table}")
        connection.executemany(
            f"INSERT INTO temp.{table} VALUES (?, ?, ?)", [part[1:] for part in parts if part[0] == table]
        )
    return [
        Group._make(row)
        for question in (_from_rollups(connection, copies, projects), _from_records(copies, projects))
        for row in fetch_sums(
            connection, f"SELECT {_ANSWER}, NULL, 0, 0, g.{_SUMS[-1]} FROM ({question}) g {_NAMES}"
        )
    ]


def _from_rollups(connection: sqlite3.Connection, copies: bool, projects: bool) -> str:
    """Return the query for the sums of `temp.whole`, spans of whole quarters."""
    kind, kinds = "kind_id", ""
    if not (projects and copies):
        kind, kinds = "stand", "JOIN temp.stands USING (kind_id)"
        # Without grouping by project, one kind represents all kinds that differ only in the project.
        alike = rollups.KEYS if projects else _KEYS_WITHOUT_PROJECT
        connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS stands (kind_id INTEGER PRIMARY KEY, stand INTEGER)"
        )
        connection.execute("DELETE FROM temp.stands")
        connection.execute(
            "INSERT INTO temp.stands SELECT kind_id, min(kind_id) OVER alike FROM kinds"
            f" {'' if copies else 'WHERE shadowed = 0'} WINDOW alike AS (PARTITION BY {alike})"
        )
    # Bucket, day and kind in one number: grouping by one column takes half the time of grouping by three.
    bits = int(connection.execute("SELECT ifnull(max(kind_id), 0) FROM kinds").fetchone()[0]).bit_length()
    day = f"max(min(quarter / {rollups.QUARTERS_PER_DAY}, {2**20 - 1}), 0)"  # a peer may claim any year
    packed = f"(((bucket << 20) + {day}) << {bits}) + {kind}"
    return (
        f"SELECT packed >> {bits + 20} AS bucket, (packed >> {bits}) & {2**20 - 1} AS day, {_KEYS_WITHOUT_PROJECT},"
        f" {'project_id' if projects else '0 AS project_id'}, {', '.join(_SUMS)}"
        f" FROM (SELECT {packed} AS packed, {_ADDED} FROM temp.whole CROSS JOIN rollups"
        f" {kinds} WHERE quarter >= first AND quarter < after GROUP BY packed)"
        f" JOIN kinds ON kind_id = packed & {2**bits - 1}"
    )


def _from_records(copies: bool, projects: bool) -> str:
    """Return the query for the sums of `temp.cut`, spans of instants."""
    project = "project_id" if projects else "0 AS project_id"
    return (
        f"SELECT bucket, timestamp / 86400000000 AS day, {project}, {rollups.SUMMED.replace('project_id, ', '')}"
        f" FROM temp.cut CROSS JOIN {rollups.RECORDS} WHERE {_IN_SPAN} AND {rollups.COUNTED} {_unshadowed(copies)}"
        f" GROUP BY bucket, day, {rollups.KEYS if projects else _KEYS_WITHOUT_PROJECT}"
    )


def _unshadowed(copies: bool) -> str:
    return "" if copies else f"AND flags & {SHADOWED} = 0"


def session_sums(
    connection: sqlite3.Connection, start: int, end: int, *, copies: bool, session_id: str | None
) -> list[Group]:
    """Answer `Ledger.session_sums`; rollups have no sessions, so this reads records."""
    one = (
        ""
        if session_id is None
        else "AND session_ref IN (SELECT session_ref FROM sessions WHERE session_id = ?)"
    )
    question = (
        "SELECT 0 AS bucket, session_ref, timestamp / 86400000000 AS day, min(timestamp) AS first_seen,"
        f" max(timestamp + session_end_offset) AS last_seen, {rollups.SUMMED}"
        f" FROM (SELECT ? AS first, ? AS after) CROSS JOIN {rollups.RECORDS}"
        f" WHERE {_IN_SPAN} AND {rollups.COUNTED} {_unshadowed(copies)} {one}"
        f" GROUP BY session_ref, day, {rollups.KEYS}"
    )
    rows = fetch_sums(
        connection,
        f"SELECT {_ANSWER}, s.session_id, g.first_seen, g.last_seen, g.{_SUMS[-1]} FROM ({question}) g {_NAMES}"
        " LEFT JOIN sessions s USING (session_ref)",
        (max(start, _FOREVER[0]), min(end, _FOREVER[1]), *([] if session_id is None else [session_id])),
    )
    return [Group._make(row) for row in rows]


def counts(connection: sqlite3.Connection) -> dict[str, Counts]:
    """Answer `Ledger.counts`."""
    rows = connection.execute(
        f"SELECT vendor, sum({rollups.COUNTED}), count(*) FROM {rollups.RECORDS} GROUP BY vendor"
    )
    return {vendor: Counts(requests, records) for vendor, requests, records in rows}


def project_names(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Answer `Ledger.project_names`."""
    return connection.execute(
        "SELECT project, project_path_sha256 FROM projects"
        " WHERE project <> '' AND project_path_sha256 IS NOT NULL ORDER BY project_id"
    ).fetchall()


def doubts(connection: sqlite3.Connection, start: int, end: int) -> Doubts:
    """Answer `Ledger.doubts`."""
    row = connection.execute(
        f"SELECT ifnull(sum(flags & {UNDATED} > 0), 0), ifnull(sum(flags & {UNRECONCILED} > 0), 0),"
        f" ifnull(sum(flags & {OVERSIZED} > 0), 0) FROM records"
        f" WHERE flags & {UNDATED | UNRECONCILED | OVERSIZED} AND flags & {RETRACTED} = 0"
        " AND timestamp >= ? AND timestamp < ?",
        (start, end),
    ).fetchone()
    return Doubts._make(row)


def extent(connection: sqlite3.Connection) -> Span | None:
    """Answer `Ledger.extent`: by the index of quarters, then exactly inside the first and the last one."""
    by_quarter = f"timestamp / {QUARTER_US}"
    first = connection.execute(
        f"SELECT min(timestamp) FROM records WHERE {by_quarter} = (SELECT min({by_quarter}) FROM records)"
    ).fetchone()[0]
    last = connection.execute(
        f"SELECT max(timestamp) FROM records WHERE {by_quarter} = (SELECT max({by_quarter}) FROM records)"
    ).fetchone()[0]
    return None if first is None else (first, last)


def _parts(spans: Sequence[Span], *, from_rollups: bool) -> Iterator[tuple[str, int, int, int]]:
    """Split each span into whole quarters (table, bucket, quarter, quarter) and the rest (.., instant, instant)."""
    for bucket, (start, end) in enumerate(spans):
        start, end = max(start, _FOREVER[0]), min(end, _FOREVER[1])
        # SQL divides towards zero, so instants before 1970 are in other quarters.
        first, after = max(-(-start // QUARTER_US), 1), end // QUARTER_US
        if not from_rollups or first > after:
            yield "cut", bucket, start, end
            continue
        yield "whole", bucket, first, after
        yield "cut", bucket, start, first * QUARTER_US
        yield "cut", bucket, after * QUARTER_US, end
