import json
import os
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.peer_records import PeerRecords
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.wire.rfc3339 import LATEST, read_instant
from tests.e2e.homes import PROGRAM, Home, request

NOTHING_KEPT = "the report is complete, but nothing of it is saved\n"
FIRST_READING = "reading logs for the first time …\n"


def test_where_no_ledger_can_be_made_the_report_is_still_shown(used_home: Home) -> None:
    (used_home.path / ".local").write_text("a file where the folders should be")
    done = used_home.run("vendors", "--csv")
    assert done.stdout.splitlines()[1].startswith("claude,3,")
    assert done.stderr.startswith("ai-usage: ")
    assert done.stderr.endswith(NOTHING_KEPT)


def test_a_ledger_that_cannot_be_looked_at_is_not_taken_for_an_empty_one(used_home: Home) -> None:
    """Like a folder of another user: the name is too long for every system, also for root."""
    used_home.env["AI_USAGE_DATA_DIR"] = str(used_home.path / ("x" * 300))
    done = used_home.run("vendors", "--json")
    report = json.loads(done.stdout)
    assert report["totals"]["requests"] == 3
    assert "The ledger cannot be read: usage whose logs are gone is missing." in report["notes"]
    assert done.stderr.endswith("the report is made from the logs alone, and nothing of it is saved\n")
    assert used_home.json("snapshot")["range"]["complete"] is False
    used_home.run("sources")
    (problem,) = (each for each in used_home.json("doctor", "--json")["problems"] if "ledger.db" in each)
    assert "ledger.db cannot be read (" in problem
    for words in (["statusline"], ["models", "--no-ingest"]):
        done = used_home.run(*words, code=1)
        assert (done.stdout, "ledger.db cannot be read (" in done.stderr) == ("", True)
        assert "Traceback" not in done.stderr


def test_other_machines_that_cannot_be_looked_at_are_named_as_missing(used_home: Home) -> None:
    used_home.env["AI_USAGE_CACHE_DIR"] = str(used_home.path / ("x" * 300))
    report = used_home.json("vendors", "--json")
    assert report["totals"]["requests"] == 3
    assert any(note.startswith("The records of other machines are missing: ") for note in report["notes"])
    assert any("remote cannot be read (" in each for each in used_home.json("doctor", "--json")["problems"])
    used_home.run("statusline")
    used_home.run("ingest")


def test_logs_that_cannot_be_looked_at_are_named(used_home: Home) -> None:
    used_home.run("ingest")
    closed = used_home.path / ("x" * 300)
    used_home.env["CLAUDE_CONFIG_DIR"] = f"{closed},{used_home.path / 'misspelt'}"
    text = used_home.run("sources").stdout
    assert f"  ~/{closed.name}/projects  (CLAUDE_CONFIG_DIR)  nothing to read\n" in text
    assert "  ~/misspelt/projects  (CLAUDE_CONFIG_DIR)  nothing to read\n" in text
    assert f"    ~/{closed.name}/projects: " in text
    used_home.run("doctor")
    assert used_home.json("vendors", "--json")["notes"][-1].startswith("1 log or folder could not be read,")


def test_on_a_full_disk_the_report_is_still_shown_and_nothing_is_damaged(used_home: Home) -> None:
    used_home.run("ingest")
    used_home.write_claude([request(number, "2026-11-22T09:00:00.000Z") for number in range(10, 2000)], "s9")
    done = subprocess.run(
        [str(PROGRAM), "vendors", "--csv"],
        env=used_home.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=_allow_small_files_only,
    )
    assert (done.returncode, done.stdout.splitlines()[1][:12]) == (0, "claude,1993,")
    assert done.stderr.endswith(NOTHING_KEPT)
    assert used_home.json("vendors", "--json", "--no-ingest")["totals"]["requests"] == 3
    assert used_home.json("vendors", "--json")["totals"]["requests"] == 1993


def _allow_small_files_only() -> None:
    """Have every write beyond a size fail, as it does on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))


def test_a_damaged_ledger_is_set_aside_and_made_again(used_home: Home) -> None:
    used_home.run("ingest")
    folder = used_home.path / ".local/share/ai-usage"
    for companion in folder.glob("ledger.db-*"):
        companion.unlink()
    (folder / "ledger.db").write_bytes(b"this is no database" * 1000)
    done = used_home.run("vendors", "--csv")
    assert done.stdout.splitlines()[1].startswith("claude,3,")
    kept = folder / "ledger.db.damaged-1"
    assert kept.read_bytes().startswith(b"this is no database")
    assert str(kept) in done.stderr


def test_damage_that_shows_while_a_report_is_made_is_set_aside_too(used_home: Home) -> None:
    used_home.run("ingest")
    path = used_home.path / ".local/share/ai-usage/ledger.db"
    connection = sqlite3.connect(path)
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'models'").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    done = used_home.run("vendors", "--csv", "--no-ingest", code=1)
    assert done.stderr.startswith(f"ai-usage: {path} is damaged (")
    assert done.stderr.endswith(f"it now lies in {path}.damaged-1; run this again to make a new one\n")
    assert used_home.run("vendors", "--csv").stdout.splitlines()[1].startswith("claude,3,")


def test_while_another_process_fills_a_new_ledger_it_is_shown_as_it_is(used_home: Home) -> None:
    path = used_home.path / ".local/share/ai-usage/ledger.db"
    Ledger.open(path).close()
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("BEGIN EXCLUSIVE")
    first.execute("INSERT INTO meta VALUES ('note', 1)")
    note = "Another process is reading logs; what it has not read yet is missing."
    for words in (["vendors", "--json"], ["vendors", "--json", "--no-ingest"]):
        document = used_home.json(*words)
        assert (document["totals"]["requests"], document["notes"]) == (0, [note])
    used_home.run("ingest")
    assert used_home.run("statusline").stdout == FIRST_READING
    first.execute("ROLLBACK")
    first.execute("BEGIN IMMEDIATE")  # which readers need not wait for
    first.execute("INSERT INTO meta VALUES ('note', 1)")
    assert used_home.run("statusline", "--no-ingest").stdout == FIRST_READING
    first.execute("ROLLBACK")
    assert used_home.json("vendors", "--json")["totals"]["requests"] == 3
    assert used_home.run("statusline", "--no-ingest").stdout != FIRST_READING
    first.close()


def test_without_enough_memory_one_line_says_so(used_home: Home) -> None:
    used_home.write_claude(
        [request(number, "2026-11-22T09:00:00.000Z") for number in range(10, 30_000)], "s9"
    )
    done = subprocess.run(
        [str(PROGRAM), "vendors", "--csv"],
        env=used_home.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=_allow_little_memory_only,
    )
    assert (done.returncode, done.stderr) == (1, "ai-usage: there is not enough memory for this\n")
    assert used_home.json("vendors", "--json")["totals"]["requests"] == 29_993


def _allow_little_memory_only() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (50 << 20, 50 << 20))


def test_an_ingest_that_can_keep_nothing_fails(used_home: Home) -> None:
    (used_home.path / ".local").write_text("a file where the folders should be")
    done = used_home.run("ingest", code=1)
    assert done.stderr.count("\n") == 1


def test_a_status_line_of_a_damaged_ledger_says_what_to_run(used_home: Home) -> None:
    used_home.run("ingest")
    path = used_home.path / ".local/share/ai-usage/ledger.db"
    os.truncate(path, path.stat().st_size // 2)
    done = used_home.run("statusline", code=1)
    assert done.stderr.startswith(f"ai-usage: {path} is damaged (")
    assert done.stderr.endswith("; run `ai-usage --once`, which tells how to go on\n")


def test_a_ledger_of_a_newer_program_is_not_touched(used_home: Home) -> None:
    used_home.run("ingest")
    path = used_home.path / ".local/share/ai-usage/ledger.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    before = path.read_bytes()
    done = used_home.run("vendors", code=1)
    assert done.stderr.startswith("ai-usage: ")
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == before


def test_logs_that_cannot_be_read_are_counted_and_named(home: Home) -> None:
    home.write_claude([request(1, "2026-11-20T22:30:00.000Z")])
    folder = home.path / ".claude/projects/-shop"
    good = (folder / "s1.jsonl").read_text()
    (folder / "broken.jsonl").write_text(good.replace("00001", "00002")[:-9] + "\n" + good)
    (folder / "garbage.jsonl").write_bytes(os.urandom(5000))
    (folder / "folder.jsonl").mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "gone.jsonl").symlink_to(folder / "nowhere")
    vendors = home.json("vendors", "--json")
    assert vendors["totals"]["requests"] == 1
    assert vendors["notes"] == [
        "2 logs or folders could not be read, so usage may be missing: run `ai-usage sources`."
    ]
    assert home.json("snapshot")["range"]["complete"] is False
    document = home.json("sources", "--json")
    claude = document["sources"][0]
    assert claude["vendor"] == "claude"
    assert claude["rejected_lines"] >= 1
    assert {line["path"] for line in claude["rejected"]} >= {str(folder / "broken.jsonl")}
    assert str(folder / "pipe.jsonl") in {file["path"] for file in claude["unreadable"]}
    text = home.run("sources").stdout
    assert "could not be read:" in text
    assert "~/.claude/projects/-shop/pipe.jsonl: " in text


def test_control_characters_and_markup_of_a_log_are_harmless(home: Home) -> None:
    evil = "\x1b[31m[red]x\u202ey"
    home.write_claude([request(1, "2026-11-20T22:30:00.000Z", model=evil, cwd="/home/ada/=cmd()")])
    text = home.run("models").stdout
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text
    assert "\x1b" not in home.run("models", "--json").stdout
    row = home.run("projects", "--csv").stdout.splitlines()[1]
    assert row.startswith("'=cmd(),")


def test_a_name_of_a_megabyte_fills_no_screen(home: Home) -> None:
    home.write_claude([request(1, "2026-11-20T22:30:00.000Z", model="x" * 1_000_000)])
    done = home.run("models", COLUMNS="80").stdout
    assert max(map(len, done.splitlines())) <= 81
    assert f"{'x' * 60}..." in "".join(done.split("\n"))
    assert len(done.splitlines()) <= 8


@pytest.mark.parametrize("words", ["models --json", "models", "--once", "sources", "--version", "--help"])
def test_a_closed_pipe_ends_quietly(used_home: Home, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [str(PROGRAM), *words.split()],
            env=used_home.env,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("words", ["models", "models --json", "statusline", "ingest", "--version"])
def test_without_standard_streams_the_work_is_done_all_the_same(used_home: Home, words: str) -> None:
    """As cron jobs and daemons start programs; what is not open must not become the ledger's file."""
    line = f"{PROGRAM} {words} <&- >&- 2>&-; echo $? >code; {PROGRAM} --days 0 2>&- >said"
    subprocess.run(["sh", "-c", line], env=used_home.env, cwd=used_home.path, check=False, timeout=60)
    assert [(used_home.path / name).read_text() for name in ("code", "said")] == ["0\n", ""]


def test_a_name_that_is_not_utf_8_loses_no_request(home: Home) -> None:
    home.write_claude([request(1, "2026-11-20T22:30:00.000Z")])
    folder = os.fsencode(home.path / ".claude/projects/-shop")
    try:
        os.rename(folder + b"/s1.jsonl", folder + b"/s\xff1.jsonl")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    Path(os.fsdecode(folder + b"/\xfe.jsonl")).write_bytes(b"garbage\n")
    os.mkfifo(folder + b"/\xfd.jsonl")
    assert home.json("vendors", "--json")["totals"]["requests"] == 1
    assert "\\ufffd.jsonl at byte 0" in ascii(home.run("sources").stdout)
    assert home.json("sources", "--json")["sources"][0]["rejected_lines"] == 1


def test_times_that_no_calendar_has_end_no_report(home: Home) -> None:
    """A log may claim any time; another machine's record, too, and that one keeps it."""
    times = ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z"]
    home.write_claude([request(number, time) for number, time in enumerate(times)])
    with Ledger.open(home.path / ".cache/ai-usage/remote/laptop.bin") as peer, peer.transaction() as files:
        records = PeerRecords(files)
        for number, instant in enumerate((read_instant("0001-01-01T00:00:00Z"), LATEST - 1)):
            assert instant is not None
            row = ("claude", f"k{number}", instant, 0, 0, None, "claude-opus-4-6", None, 0, 1, 1, 0, 0, 0, 0)
            records.apply([TravelRow(number, *row, None, None, None, None, None)])
    for report in ("daily", "weekly", "monthly", "sessions", "models", "hosts"):
        assert home.json(report, "--json", "--all")["totals"]["requests"] == 5
    for words in (
        ["--once", "--all"],
        ["doctor"],
        ["daily", "--since", "0001-01-01", "--until", "9999-12-31"],
        ["models", "--json", "--since", "0001-01-01", "--tz", "Asia/Tokyo"],
        ["models", "--json", "--since", "9999-12-31", "--tz", "America/New_York"],
        ["snapshot", "--since", "9999-12-31"],
    ):
        home.run(*words)
    assert home.json("daily", "--json", "--until", "9999-12-31")["totals"]["requests"] == 5


def test_a_full_disk_on_the_way_out_is_said(used_home: Home) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this platform has no /dev/full")
    with full.open("wb") as out:
        done = subprocess.run(
            [str(PROGRAM), "models", "--json"],
            env=used_home.env,
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (
        1,
        b"ai-usage: the output cannot be written: no space left on its disk\n",
    )


def test_an_interrupt_ends_with_130(home: Home) -> None:
    folder = home.path / ".claude/projects/-slow"
    folder.mkdir(parents=True)
    line = str(request(1, "2026-11-20T22:30:00.000Z")).replace("'", '"') + "\n"
    for number in range(40):
        (folder / f"{number}.jsonl").write_text(line.replace("msg_0", f"msg_{number}") * 9000)
    process = subprocess.Popen(
        [str(PROGRAM), "models"], env=home.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    ledger = home.path / ".local/share/ai-usage/ledger.db"
    while not ledger.exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, b"")
