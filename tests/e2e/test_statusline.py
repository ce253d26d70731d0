import json
import os
import subprocess
import time
from datetime import UTC, datetime

from tests.e2e.homes import PROGRAM, Home, request


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_it_knows_today_the_week_the_session_and_the_model(home: Home) -> None:
    home.write_claude([request(1, now()), request(2, now())])
    home.write_claude([request(3, now(), session="s2")], session="s2")
    home.run("ingest")
    stdin = json.dumps({"session_id": "s1", "model": {"id": "claude-opus-4-6", "display_name": "Opus 4.6"}})
    line = home.run("statusline", stdin=stdin).stdout
    assert line == "today $0.01 (4.1k) | week $0.01 | this session $0.01 | Opus 4.6\n"
    assert home.run("statusline").stdout == "today $0.01 (4.1k) | week $0.01\n"


def test_input_that_is_not_an_agents_object_is_ignored(home: Home) -> None:
    home.run("ingest")
    for stdin in ("{", "[]", "null", '{"session_id": 5, "model": ["x"]}', "\x00" * 100, "[" * 100_000):
        assert home.run("statusline", stdin=stdin).stdout == "today $0.00 (0) | week $0.00\n"


def test_half_a_character_in_the_input_is_shown_as_unknown(home: Home) -> None:
    home.run("ingest")
    line = home.run("statusline", stdin='{"session_id": "\\ud800", "model": "x\\udcff"}').stdout
    assert line == "today $0.00 (0) | week $0.00 | x?\n"


def test_an_input_that_is_open_but_silent_does_not_hold_it_up(home: Home) -> None:
    home.run("ingest")
    reading, writing = os.pipe()
    done = subprocess.run(
        [str(PROGRAM), "statusline"],
        env=home.env,
        stdin=reading,
        capture_output=True,
        check=False,
        timeout=20,
    )
    os.close(reading)
    os.close(writing)
    assert (done.returncode, done.stdout) == (0, b"today $0.00 (0) | week $0.00\n")


def test_it_never_reads_logs_itself_but_has_them_read(home: Home) -> None:
    home.write_claude([request(1, now())])
    assert home.run("statusline").stdout == "reading logs for the first time …\n"
    stamp = home.path / ".cache/ai-usage/refresh"
    for _ in range(200):
        if stamp.exists() and stamp.read_text():
            break
        time.sleep(0.05)
    assert home.run("statusline").stdout == "today <$0.01 (1.4k) | week <$0.01\n"


def test_the_background_process_of_an_offline_line_asks_for_no_prices(home: Home) -> None:
    """A request for prices leaves a mark first, so a missing mark means that there was none."""
    asked = home.path / ".cache/ai-usage/prices.attempt"
    asked.unlink()
    stamp = home.path / ".cache/ai-usage/refresh"
    home.run("statusline", "--offline")
    for _ in range(200):
        if stamp.exists() and stamp.read_text():
            break
        time.sleep(0.05)
    assert stamp.read_text()
    assert not asked.exists()


def test_a_second_line_soon_after_starts_no_second_refresh(home: Home) -> None:
    home.run("ingest")
    stamp = home.path / ".cache/ai-usage/refresh"
    before = stamp.stat().st_mtime_ns
    home.write_claude([request(1, now())])
    home.run("statusline")
    assert stamp.stat().st_mtime_ns == before
