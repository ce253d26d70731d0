"""What rollups cost when little changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ai_usage.ledger import rollups
from ai_usage.ledger.ledger import Ledger


def test_summing_a_few_quarters_again_looks_at_their_records_only(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger.db").close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("CREATE TEMP TABLE touched (touched_quarter INTEGER PRIMARY KEY)")
        plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {rollups.TOUCHED}").fetchall()
    assert [row[3] for row in plan] == [
        "SCAN temp.touched",
        "SEARCH records USING INDEX records_by_quarter (<expr>=?)",
        "SEARCH models USING INTEGER PRIMARY KEY (rowid=?)",
    ]
