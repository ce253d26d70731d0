"""The storage where a running server cannot be brought easily: hashes that collide, a disk that is full."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_usage.errors import LedgerError
from ai_usage.server.storage.database import Database
from ai_usage.server.storage.plan import HashTaken, plan
from ai_usage.server.storage.reading import PullQuery
from ai_usage.server.storage.rows import COLUMNS
from ai_usage.server.storage.writing import Writer
from ai_usage.wire.messages import UploadAnswer
from ai_usage.wire.record import check

from .uploads import record

EVERYTHING = PullQuery(after_seq=0, limit=5000, vendors=None)


def clumsy_hash(vendor: str, dedup_key: str, probe: int) -> int:
    """Hash so badly that every second record collides."""
    return (len(vendor) + sum(dedup_key.encode())) % 2 + probe


def held(database: Database) -> dict[str, tuple[int, int]]:
    """Return seq and output tokens by key."""
    with database.reader() as reader:
        page = reader.pull(EVERYTHING, "")
    return {each.dedup_key: (each.seq, each.output_tokens) for each in page.records}


@settings(max_examples=40, deadline=None)  # each makes a database
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 2)), max_size=8), min_size=1, max_size=5
    )
)
def test_records_whose_hashes_collide_stay_apart(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[str, int]]]
) -> None:
    database = Database(tmp_path_factory.mktemp("collide") / "data.db", 0)
    writer = Writer(database._db, clumsy_hash)
    expected: dict[str, tuple[int, int]] = {}
    seq = 0
    for batch in batches:
        accepted = 0
        for key, output in batch:
            if expected.get(key, (0, -1))[1] != output:
                seq, accepted = seq + 1, accepted + 1
                expected[key] = (seq, output)
        made = [check(record(key, output_tokens=output)) for key, output in batch]
        highest = max((at for at, _ in expected.values()), default=0)
        assert writer.upload(made, None, 0) == UploadAnswer(accepted, len(batch) - accepted, highest)
    assert held(database) == expected
    database.close()


def test_a_plan_refuses_two_records_under_one_hash() -> None:
    one: tuple[object, ...] = (7, 1, 1, "one", *[0] * (len(COLUMNS) - 4))
    two: tuple[object, ...] = (7, 1, 1, "two", *[0] * (len(COLUMNS) - 4))
    for rows, stored in (([one, two], {}), ([one], {7: (1, two)})):
        with pytest.raises(HashTaken):
            plan(rows, stored, 0)


def test_a_batch_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    database = Database(tmp_path / "data.db", 0)
    pages = database._db.execute("PRAGMA page_count").fetchone()[0]
    database._db.execute(f"PRAGMA max_page_count = {pages + 4}")
    small = [check(record("small", model="before"))]
    large = [check(record(str(number), model="after" + "x" * 200)) for number in range(1000)]
    with database.writing() as writer:
        writer.upload(small, None, 0)
    with pytest.raises(LedgerError, match="the disk is full"), database.writing() as writer:
        writer.upload(large, None, 0)
    database._db.execute("PRAGMA max_page_count = 1000000")
    with database.writing() as writer:
        assert writer.upload(large, None, 0) == UploadAnswer(1000, 0, 1001)
    with database.reader() as reader:
        models = {each.model for each in reader.pull(EVERYTHING, "").records}
    assert models == {"before", "after" + "x" * 200}
    database.close()
