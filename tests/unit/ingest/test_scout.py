"""A scout is forked, which is safe only where no other thread runs: each case is a process of its own."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HEAD = """
import os, select, signal, sys, threading, time
from pathlib import Path
from ai_usage.ingest import scout as scouts
from ai_usage.ingest.discovery import discover
from ai_usage.ingest.pipeline import ingest
from ai_usage.ingest.scout import Scout, scouting
from ai_usage.ledger.ledger import Ledger
from ai_usage.sources.agents.claude import Claude

home = Path(sys.argv[1])
sources = [Claude()]
roots = {"claude": Claude().roots({}, home)}

def read(scout):
    with Ledger.open(home / "data" / "ledger.db") as ledger:
        summary = ingest(ledger, sources, roots, scout=scout)
        return summary, [(each.requests, each.input_tokens) for each in ledger.sums([(0, 2**62)], projects=False)]

def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
"""


def run(home: Path, script: str) -> None:
    """Run a script that asserts; what went wrong is in its output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HEAD + textwrap.dedent(script), str(home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """About 24 MB in 60 logs, which is worth several processes."""
    projects = tmp_path / ".claude" / "projects" / "-app"
    projects.mkdir(parents=True)
    for log in range(60):
        (projects / f"s{log}.jsonl").write_text("".join(line(log * 1000 + number) for number in range(1000)))
    return tmp_path


def line(number: int) -> str:
    usage = {"input_tokens": number, "output_tokens": 1}
    message = {"id": f"msg_{number:012}", "model": "claude-opus-4-6", "usage": usage, "padding": "x" * 200}
    return json.dumps({"type": "assistant", "timestamp": "2026-05-05T10:00:00Z", "message": message}) + "\n"


LARGE = f"[(60_000, {sum(range(60_000))})]"


def test_a_scout_finds_what_is_found_without_one(home: Path) -> None:
    projects = home / ".claude" / "projects" / "-app"
    os.mkfifo(projects / "pipe.jsonl")
    (projects / os.fsdecode(b"not-\xff-utf-8.jsonl")).write_text(line(1))
    for number in range(2500):
        (projects / f"empty{number}.jsonl").touch()
    run(
        home,
        """
        scout = Scout(sources, roots, reads=False)
        problems = []
        found = list(scout.found(problems))
        own_problems = []
        assert found == list(discover(sources, roots, own_problems))
        assert len(found) == 2561
        assert [each.reason for each in problems] == ["not a regular file"]
        assert problems == own_problems
        scout.close()
        assert is_gone(scout.child.pid)
        """,
    )


@pytest.mark.parametrize("reads", [True, False])
def test_a_scout_reads_its_share(home: Path, reads: bool) -> None:
    run(
        home,
        f"""
        with scouting(sources, roots, reads={reads}) as scout:
            pass
        if scout is not None:  # one processor starts no scout
            assert is_gone(scout.child.pid)
        scout = Scout(sources, roots, reads={reads})
        summary, sums = read(scout)
        assert (summary.files_found, summary.files_read, summary.new_records) == (60, 60, 60_000), summary
        assert sums == {LARGE}
        scout.close()
        again = Scout(sources, roots, reads=False)
        assert read(again)[0] == type(summary)(files_found=60)
        again.close()
        """,
    )


def test_a_scout_that_is_killed_while_it_looks_is_not_missed(home: Path) -> None:
    run(
        home,
        f"""
        for delay in range(6):
            scout = Scout(sources, roots, reads=True)
            time.sleep(delay / 500)
            os.kill(scout.child.pid, signal.SIGKILL)
            summary, sums = read(scout)
            assert summary.files_found == 60
            assert sums == {LARGE}
            scout.close()
        """,
    )


@pytest.mark.parametrize("delay_s", [0.05, 0.1, 0.15, 0.2, 0.3])
def test_what_a_scout_leaves_unfinished_when_it_is_killed_is_read_by_its_parent(
    home: Path, delay_s: float
) -> None:
    run(
        home,
        f"""
        scout = Scout(sources, roots, reads=True)
        killer = os.fork()
        if killer == 0:
            time.sleep({delay_s})
            os.kill(scout.child.pid, signal.SIGKILL)
            os._exit(0)
        summary, sums = read(scout)
        os.waitpid(killer, 0)
        scout.close()
        assert (summary.files_found, summary.files_read, summary.new_records) == (60, 60, 60_000), summary
        assert sums == {LARGE}
        """,
    )


def test_no_scout_is_sent_out_beside_other_threads(home: Path) -> None:
    run(
        home,
        """
        done = threading.Event()
        thread = threading.Thread(target=done.wait)
        thread.start()
        with scouting(sources, roots, reads=True) as scout:
            assert scout is None
        done.set()
        thread.join()
        """,
    )


def test_a_scout_ends_when_its_parent_is_killed(home: Path) -> None:
    run(
        home,
        """
        reading, writing = os.pipe()
        parent = os.fork()
        if parent == 0:
            scout = Scout(sources, roots, reads=True)
            list(scout.found([]))
            os.write(writing, b"found")
            time.sleep(60)
        os.close(writing)
        assert os.read(reading, 5) == b"found"
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
        assert select.select([reading], [], [], 20)[0], "somebody still holds the pipe"
        assert os.read(reading, 1) == b""
        """,
    )


def test_messages_of_any_size_arrive_whole_and_in_order(tmp_path: Path) -> None:
    run(
        tmp_path,
        """
        from ai_usage.ingest.children import Child

        messages = [bytes([fill]) * size for fill, size in enumerate((0, 1, 4, 2**20 - 4, 2**20, 5 * 2**20 + 3, 7))]

        def work(send):
            for message in messages:
                send(message)

        child = Child(work)
        assert list(iter(child.receive_one, None)) == messages
        child.close()
        """,
    )


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("missing", ["fork", "pipe"])
def test_without_room_for_more_processes_or_files_everything_is_read(
    home: Path, missing: str, processes: int
) -> None:
    """The first few can still be created."""
    run(
        home,
        f"""
        os.sched_getaffinity = lambda _: set(range(4))
        had, get, asked = len(os.listdir("/proc/self/fd")), os.{missing}, []

        def refuse():
            asked.append(1)
            if len(asked) >= {processes}:
                raise BlockingIOError(11, "Resource temporarily unavailable")
            return get()

        os.{missing} = refuse
        with scouting(sources, roots, reads=True) as scout:
            assert (scout is None) == (len(asked) == {processes})
            summary, sums = read(scout)
        assert (summary.files_read, sums) == (60, {LARGE})
        assert len(asked) >= {processes}
        assert len(os.listdir("/proc/self/fd")) == had
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            pass
        else:
            raise AssertionError("a child was left over")
        """,
    )


def test_a_child_ends_where_the_ends_of_children_are_ignored(home: Path) -> None:
    """The program inherits from its parent that SIGCHLD is ignored."""
    run(
        home,
        f"""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        os.sched_getaffinity = lambda _: set(range(4))
        with scouting(sources, roots, reads=True) as scout:
            assert read(scout)[1] == {LARGE}
        assert is_gone(scout.child.pid)
        """,
    )


def test_pipes_may_have_high_numbers(home: Path) -> None:
    """The program inherits a thousand open files from its parent."""
    run(
        home,
        f"""
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 2048), most))
        taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
        assert taken[-1] > 1024
        os.sched_getaffinity = lambda _: set(range(4))
        with scouting(sources, roots, reads=True) as scout:
            assert read(scout)[1] == {LARGE}
        """,
    )


def test_what_only_posix_has_is_not_needed(home: Path) -> None:
    run(
        home,
        f"""
        del os.pread, os.fork, os.sched_getaffinity, os.O_NONBLOCK, select.poll
        sys.modules["fcntl"] = None
        with scouting(sources, roots, reads=True) as scout:
            assert scout is None
            assert read(scout)[1] == {LARGE}
        log = home / ".claude" / "projects" / "-app" / "s0.jsonl"
        with log.open("a") as file:
            file.write(log.read_text().splitlines()[-1].replace("msg_", "msg_9") + "\\n")
        summary, sums = read(None)
        assert (summary.files_read, summary.new_records, sums[0][0]) == (1, 1, 60_001)
        assert summary.bytes_read < 1000
        """,
    )
