import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ai_usage.ingest.pipeline import ingest
from ai_usage.ingest.summary import IngestSummary
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.lock import ingest_lock
from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.base import LogFile, Source, Unreadable
from ai_usage.sources.repair import INVALID_LOST

ALWAYS = [(0, 2**62)]


def line(number: int, **fields: Any) -> str:
    """One assistant line of a transcript; its message is its own."""
    usage = {"input_tokens": number, "output_tokens": 1}
    message = {"id": f"msg_{number:012}", "model": "claude-opus-4-6", "usage": usage}
    entry = {
        "type": "assistant",
        "timestamp": f"2026-05-05T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "sessionId": "s1",
        "requestId": f"req_{number}",
        "cwd": "/nowhere/app",
        "message": message,
    }
    return json.dumps(entry | fields) + "\n"


class Home:
    """A home with Claude transcripts and a ledger."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "data" / "ledger.db"
        self.projects = folder / ".claude" / "projects" / "-nowhere-app"
        self.projects.mkdir(parents=True)

    def ingest(self, source: Source | None = None, wait_s: float = 0.2) -> IngestSummary:
        source = source or Claude()
        with Ledger.open(self.ledger) as ledger:
            return ingest(ledger, [source], {source.name: source.roots({}, self.folder)}, wait_s=wait_s)

    def totals(self) -> tuple[int, int]:
        """Requests and input tokens."""
        with Ledger.open(self.ledger, write=False) as ledger:
            groups = ledger.sums(ALWAYS)
        return sum(group.requests for group in groups), sum(group.input_tokens for group in groups)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_only_what_grew_is_read_again(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1) + line(2))
    (home.projects / "s2.jsonl").write_text(line(3))
    first = home.ingest()
    assert (first.files_found, first.files_read, first.new_records) == (2, 2, 3)
    assert home.ingest() == IngestSummary(files_found=2)
    with log.open("a") as file:
        file.write(line(4))
    second = home.ingest()
    assert (second.files_read, second.bytes_read, second.new_records) == (1, len(line(4)), 1)
    assert home.totals() == (4, 10)


def test_records_outlive_their_log(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1) + line(2))
    home.ingest()
    log.unlink()
    assert home.ingest() == IngestSummary()
    assert home.totals() == (2, 3)


def test_a_log_rewritten_shorter_in_place_is_read_from_its_start(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1) + line(2) + line(3))
    home.ingest()
    log.write_text(line(9))
    assert home.ingest().new_records == 1
    assert home.totals() == (4, 15)


def test_a_log_rewritten_longer_in_place_is_read_from_its_start(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1) + line(2))
    home.ingest()
    log.write_text(line(7) + line(8) + line(9))
    assert home.ingest().new_records == 3
    assert home.totals() == (5, 27)


def test_a_log_rewritten_to_the_same_size_is_read_from_its_start(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1))
    home.ingest()
    log.write_text(line(2))
    os.utime(log, ns=(0, log.stat().st_mtime_ns + 1_000_000))
    assert home.ingest().new_records == 1
    assert home.totals() == (2, 3)


def test_a_half_written_line_is_read_when_it_is_whole(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1) + line(2)[:80])
    summary = home.ingest()
    assert (summary.new_records, summary.rejected) == (1, 0)
    with log.open("a") as file:
        file.write(line(2)[80:])
    assert home.ingest().new_records == 1
    assert home.totals() == (2, 3)


def test_a_last_line_without_a_line_end_counts_already(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1) + line(2).rstrip("\n"))
    assert home.ingest().new_records == 2
    with log.open("a") as file:
        file.write("\n" + line(3))
    assert home.ingest().new_records == 1
    assert home.totals() == (3, 6)


def test_an_answer_that_goes_on_after_a_reading_is_the_same_record(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1))
    home.ingest()
    grown = json.loads(line(1))
    grown["message"]["usage"]["output_tokens"] = 90
    with log.open("a") as file:
        file.write(json.dumps(grown) + "\n")
    summary = home.ingest()
    assert (summary.new_records, summary.changed_records) == (0, 1)
    assert home.totals() == (1, 1)


def test_a_file_that_two_paths_lead_to_is_read_once(home: Home) -> None:
    log = home.projects / "s1.jsonl"
    log.write_text(line(1))
    os.link(log, home.projects / "s1-again.jsonl")
    (home.folder / "elsewhere").symlink_to(home.projects.parent)
    (home.projects / "loop").symlink_to(home.projects.parent)
    assert home.ingest().files_read == 1
    assert home.totals() == (1, 1)


def test_a_copied_log_adds_nothing(home: Home) -> None:
    (home.projects / "s1.jsonl").write_text(line(1) + line(2))
    (home.projects / "s1 (1).jsonl").write_text(line(1) + line(2))
    assert home.ingest().files_read == 2
    assert home.totals() == (2, 3)


def test_a_better_parser_reads_everything_again_and_doubles_nothing(home: Home) -> None:
    class Better(Claude):
        parser_version = Claude.parser_version + 1

    (home.projects / "s1.jsonl").write_text(line(1) + line(2))
    home.ingest()
    summary = home.ingest(Better())
    assert (summary.files_read, summary.new_records, summary.changed_records) == (1, 0, 0)
    assert home.ingest(Better()).files_read == 0


def test_what_cannot_be_read_is_named_and_tried_again(home: Home) -> None:
    class Failing(Claude):
        failing = True

        def parse(self, *args: Any) -> Any:
            if self.failing:
                raise OSError(5, "Input/output error")
            return super().parse(*args)

    (home.projects / "s1.jsonl").write_text(line(1))
    os.mkfifo(home.projects / "pipe.jsonl")
    (home.projects / "folder.jsonl").mkdir()
    source = Failing()
    summary = home.ingest(source)
    assert sorted((Path(bad.path).name, bad.reason) for bad in summary.unreadable) == [
        ("pipe.jsonl", "not a regular file"),
        ("s1.jsonl", "Input/output error"),
    ]
    with Ledger.open(home.ledger, write=False) as ledger:
        assert [file.problem for file in ledger.log_files()] == ["Input/output error"]
    source.failing = False
    assert home.ingest(source).new_records == 1


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
def test_a_log_whose_place_another_takes_before_it_is_read_is_not_lost(home: Home, known: bool) -> None:
    log, moved = home.projects / "s1.jsonl", home.projects / "moved.jsonl"

    class Rotating(Claude):
        def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
            yield from list(super().discover(root, unreadable))
            if root == str(home.projects.parent) and not moved.exists():
                log.rename(moved)
                log.write_text(line(8))

    log.write_text(line(1))
    if known:
        home.ingest()
        with log.open("a") as file:
            file.write(line(2) + line(4))
    first = home.ingest(Rotating())
    assert [(each.path, each.reason) for each in first.unreadable] == [
        (str(log), "another file took its place while logs were looked for")
    ]
    assert home.totals() == ((2, 9) if known else (1, 8))
    assert home.ingest().unreadable == ()
    assert home.totals() == ((4, 15) if known else (2, 9))
    assert home.ingest() == IngestSummary(files_found=2)


def test_rejected_lines_are_counted_with_their_place(home: Home) -> None:
    (home.projects / "s1.jsonl").write_text(line(1) + '{"usage" broken\n' + line(2))
    assert home.ingest().rejected == 1
    with Ledger.open(home.ledger, write=False) as ledger:
        (file,) = ledger.log_files()
    assert (file.rejected_count, file.rejections(), file.records) == (1, [(INVALID_LOST, len(line(1)))], 2)
    assert home.totals() == (2, 3)


def test_while_another_process_reads_the_ledger_stays_as_it_is(home: Home) -> None:
    (home.projects / "s1.jsonl").write_text(line(1))
    home.ledger.parent.mkdir()
    with ingest_lock(home.ledger.with_name("ingest.lock"), 0):
        assert home.ingest(wait_s=0.05).busy
    assert not home.ingest().busy
    assert home.totals() == (1, 1)


@pytest.fixture
def large_home(home: Home) -> Home:
    """About 24 MB in 60 logs, so that several processes read them."""
    for log in range(60):
        numbers = range(log * 1000, log * 1000 + 1000)
        (home.projects / f"s{log}.jsonl").write_text(
            "".join(line(number, padding="x" * 100) for number in numbers)
        )
    return home


LARGE = (60_000, sum(range(60_000)))


INGEST = """
import sys
from pathlib import Path
from ai_usage.ingest.pipeline import ingest
from ai_usage.ledger.ledger import Ledger
from ai_usage.sources.agents.claude import Claude
import ai_usage.ingest.storing as storing
storing.TRANSACTION_S = 0.05
home = Path(sys.argv[1])
with Ledger.open(home / "data" / "ledger.db") as ledger:
    ledger.complete_rollups()
    print(ingest(ledger, [Claude()], {"claude": Claude().roots({}, home)}, wait_s=60).new_records)
"""


def test_several_processes_read_the_same_as_one(large_home: Home) -> None:
    # A process of its own: beside the threads of a test runner nothing is forked.
    done = subprocess.run(
        [sys.executable, "-c", INGEST, str(large_home.folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "60000\n"
    assert large_home.totals() == LARGE


def test_killed_at_any_moment_nothing_is_lost_or_double(large_home: Home) -> None:
    for round_ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", INGEST, str(large_home.folder)], stdout=subprocess.DEVNULL
        )
        time.sleep(0.12 + 0.09 * round_)
        child.send_signal(signal.SIGKILL)
        child.wait()
    large_home.ingest(wait_s=60)
    assert large_home.totals() == LARGE


def test_two_processes_at_once_read_everything_once(large_home: Home) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", INGEST, str(large_home.folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    added = [int(child.communicate()[0]) for child in children]
    assert sum(added) == 60_000
    assert large_home.totals() == LARGE
