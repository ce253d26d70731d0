import os
from pathlib import Path

import pytest

from ai_usage.cli.status_memory import StatusMemory
from ai_usage.config.paths import Paths, find_paths

NOON = 1_778_000_400.0
MIDNIGHT = NOON + 7 * 3600


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = find_paths({}, tmp_path)
    for path in (paths.ledger, paths.remote / "laptop.bin", paths.models):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("as it was")
    StatusMemory(paths, {}, NOON).keep("s1", None, "today $1.00", MIDNIGHT)
    return paths


def test_a_line_is_remembered_for_its_session_and_model(paths: Paths) -> None:
    memory = StatusMemory(paths, {}, NOON + 1)
    assert memory.recall("s1", None) == "today $1.00"
    assert [memory.recall("s2", None), memory.recall("s1", "Opus 4.6"), memory.recall(None, None)] == [
        None
    ] * 3
    memory.keep("s2", None, "today $2.00", MIDNIGHT)
    assert StatusMemory(paths, {}, NOON + 1).recall("s1", None) == "today $1.00"


@pytest.mark.parametrize(
    "name",
    ["data/ledger.db", "data/ledger.db-wal", "cache/remote/laptop.bin", "cache/remote/new.bin", "models"],
)
def test_a_line_is_forgotten_when_a_file_changed_that_it_was_made_from(paths: Paths, name: str) -> None:
    path = {
        "data/ledger.db": paths.ledger,
        "data/ledger.db-wal": Path(f"{paths.ledger}-wal"),
        "cache/remote/laptop.bin": paths.remote / "laptop.bin",
        "cache/remote/new.bin": paths.remote / "new.bin",
        "models": paths.models,
    }[name]
    path.write_text("as it is now")
    assert StatusMemory(paths, {}, NOON + 1).recall("s1", None) is None


def test_a_line_is_forgotten_in_another_zone(paths: Paths) -> None:
    assert StatusMemory(paths, {"TZ": "Asia/Tokyo"}, NOON + 1).recall("s1", None) is None


@pytest.mark.parametrize(
    "later_s", [-1, 3600, 86_400], ids=["the clock went back", "an hour later", "tomorrow"]
)
def test_a_line_lasts_an_hour_at_most(paths: Paths, later_s: float) -> None:
    assert StatusMemory(paths, {}, NOON + later_s).recall("s1", None) is None


def test_a_line_lasts_to_the_end_of_its_day_at_most(paths: Paths) -> None:
    StatusMemory(paths, {}, NOON).keep("s1", None, "today $1.00", NOON + 60)
    assert StatusMemory(paths, {}, NOON + 59).recall("s1", None) == "today $1.00"
    assert StatusMemory(paths, {}, NOON + 60).recall("s1", None) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"made_from": 1}', '{"lines": {"s1\\n": 5}}', "\x00"])
def test_a_damaged_memory_is_ignored(paths: Paths, text: str) -> None:
    (paths.cache / "statusline.json").write_text(text)
    memory = StatusMemory(paths, {}, NOON + 1)
    assert memory.recall("s1", None) is None
    memory.keep("s1", None, "today $3.00", MIDNIGHT)
    assert StatusMemory(paths, {}, NOON + 1).recall("s1", None) == "today $3.00"


def test_only_the_last_sessions_are_remembered_in_a_private_file(paths: Paths) -> None:
    memory = StatusMemory(paths, {}, NOON)
    for number in range(100):
        memory.keep(f"s{number}", None, "line", MIDNIGHT)
    again = StatusMemory(paths, {}, NOON)
    assert [again.recall(f"s{number}", None) for number in (67, 68, 99)] == [None, "line", "line"]
    assert os.stat(paths.cache / "statusline.json").st_mode & 0o777 == 0o600
