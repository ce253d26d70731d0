"""Generated logs, with all their copies, add up to the totals that are known from making them."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest

from ai_usage.sources.base import Source, Unreadable
from ai_usage.sources.registry import SOURCES
from ai_usage.usage.record import UsageRecord, merge
from bench.corpus import SHAPES, write_corpus
from bench.truth import KINDS, Key, load
from scripts.sample_logs import MACHINES, write_sample

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MIXED = replace(SHAPES["mixed"].scaled(16 << 20), end_day=20_777)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(MIXED, folder)
    return folder


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_reading_a_corpus_gives_exactly_what_was_put_into_it(source: Source, corpus: Path) -> None:
    _, totals = load(corpus / "totals.json")
    expected = {key: counts for key, counts in totals.items() if key[0] == source.name}
    assert expected
    assert _sum(_read(source, corpus / "home")) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_sample_logs_end_before_now_and_add_up(machine: str, tmp_path: Path) -> None:
    truth = write_sample(tmp_path, machine, NOON)
    records = [record for source in SOURCES for record in _read(source, tmp_path)]
    expected = {
        (row[0], row[1], row[2]): row[3:]
        for row in truth.rows()
        if row[0] in {source.name for source in SOURCES}
    }
    assert _sum(records) == expected
    assert max(record.timestamp for record in records) < NOON.timestamp() * 1_000_000


def test_sample_logs_of_one_day_are_always_the_same(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_sample(tmp_path / name, "sample-laptop", NOON)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in _files(tmp_path / name)}
        for name in ("one", "two")
    )
    assert one == two


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _read(source: Source, home: Path) -> list[UsageRecord]:
    """Read all logs of an agent, copies merged."""
    best: dict[str, UsageRecord] = {}
    unreadable: list[Unreadable] = []
    for root in source.roots({}, home):
        for log in source.discover(str(root.path), unreadable):
            offset, state, finished = 0, b"", False
            while not finished:
                with FileIO(log.path) as file:
                    parsed = source.parse(file, log, offset, state)
                assert parsed.rejected == []
                offset, state, finished = parsed.offset, parsed.state, parsed.finished
                for record in parsed.records:
                    known = best.get(record.dedup_key)
                    best[record.dedup_key] = record if known is None else merge(known, record)
    assert unreadable == []
    return list(best.values())


def _sum(records: list[UsageRecord]) -> dict[Key, list[int]]:
    """Sum records by vendor, model and UTC day, as `bench.truth` does."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(KINDS))
    for record in records:
        day = datetime.fromtimestamp(record.timestamp // 1_000_000, UTC).date().isoformat()
        row = sums[record.vendor, record.model, day]
        for place, count in enumerate((1, *(getattr(record, kind) for kind in KINDS[1:]))):
            row[place] += count or 0  # unknown reasoning adds nothing
    return dict(sums)
