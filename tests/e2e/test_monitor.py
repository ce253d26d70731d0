import signal
import sqlite3
import sys
from datetime import UTC, datetime, timedelta

import pytest

from ai_usage.render import figures
from tests.e2e.homes import Home, request
from tests.e2e.terminals import Terminal, Tmux, monitor_line

ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
SHOWN_CURSOR, NO_MOUSE, NO_PASTE = b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?2004l"


def stamp(**ago: int) -> str:
    """A time that long ago, as logs spell it."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.fixture
def working_home(home: Home) -> Home:
    """A home in which someone worked until a moment ago."""
    home.write_claude([request(1, stamp(days=2)), request(2, stamp(minutes=9)), request(3, stamp(minutes=5))])
    home.write_claude(
        [request(4, stamp(days=3), session="s2", cwd="/home/ada/blog")], session="s2", folder="-blog"
    )
    return home


def append(home: Home, *lines: dict[str, object]) -> None:
    """Append requests to a log, as an agent does."""
    import json

    with (home.path / ".claude/projects/-shop/s1.jsonl").open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


def test_a_session_at_the_terminal(working_home: Home) -> None:
    with Tmux(working_home) as terminal:
        terminal.run(monitor_line())
        shown = terminal.until("4 requests", "Models by cost", "Cost by day", "7 days", "sync off")
        totals = working_home.json("models", "--days", "7", "--json")["totals"]
        assert totals["requests"] == 4
        assert figures.tokens(totals["total_tokens"]) + " tokens" in shown
        assert f"${totals['cost_usd']:.2f}" in shown

        append(working_home, request(5, stamp(seconds=1)))
        terminal.until("5 requests")

        for key, words in (
            ("g", "Agents by cost"),
            ("v", "▸ claude"),
            ("s", "by total"),
            ("c", "Tokens by day"),
            ("d", "· today"),
            ("m", "30 days"),
            ("PPage", "0 requests"),
            ("0", "5 requests"),
            ("?", "ai-usage: help"),
        ):
            terminal.press(key)
            terminal.until(words)
        terminal.press("Escape")
        terminal.until("Agents by total", never="ai-usage: help")
        terminal.type(":project bl")
        terminal.press("Tab", "Enter")
        terminal.until("1 request ", "project blog")
        for width, height in ((60, 20), (240, 60), (80, 24)):
            terminal.resize(width, height)
            shown = terminal.until("quit", "1 request", "project blog")
            assert max(len(line) for line in shown.splitlines()) <= width

        terminal.press("C-z")
        terminal.until("Stopped", "shell>", never="Agents by")
        terminal.run("stty -a | grep -c -- ' -icanon'; fg")
        terminal.until("Agents by total", "project blog")
        terminal.press("q")
        terminal.until("shell>", never="Agents by")
        terminal.run("echo left with $?; stty -a | grep -o -- '[-]*icanon\\|[-]*echo\\b'")
        assert terminal.until("left with 0", "\nicanon", "\necho")


@pytest.mark.parametrize(
    "signals",
    [
        pytest.param([signal.SIGTERM], id="SIGTERM"),
        pytest.param([signal.SIGHUP], id="SIGHUP"),
        pytest.param([signal.SIGINT], id="SIGINT"),
        pytest.param([signal.SIGTERM, signal.SIGTERM, signal.SIGHUP], id="impatience"),
    ],
)
def test_a_signal_ends_it_and_the_terminal_is_as_before(
    working_home: Home, signals: list[signal.Signals]
) -> None:
    """Of signals sent in one go, the system decides which one arrives first."""
    with Terminal(working_home) as terminal:
        terminal.until(b"Cost by")
        assert terminal.modes() != terminal.modes_before
        for each in signals:
            terminal.process.send_signal(each)
        assert terminal.until_it_ends() in {128 + each for each in signals}
        assert_restored(terminal)


def assert_restored(terminal: Terminal) -> None:
    """Check modes, screen, cursor, mouse and paste."""
    assert terminal.modes() == terminal.modes_before
    for on in (LEFT, SHOWN_CURSOR, NO_MOUSE, NO_PASTE):
        assert terminal.written.rindex(on) > terminal.written.rindex(ENTERED), on


def test_a_crash_gives_the_terminal_back(working_home: Home) -> None:
    broken = """
import sys
from ai_usage.cli.main import run_words
from ai_usage.monitor import app, screen

class Broken(screen.MonitorScreen):
    def action_turn(self, what, steps=1):
        raise RuntimeError("a fault of ours")

app.MonitorScreen = Broken
sys.exit(run_words(["--offline"]))
"""
    with Terminal(working_home, [sys.executable, "-c", broken]) as terminal:
        terminal.until(b"Cost by")
        terminal.type(b"s")
        assert terminal.until_it_ends() == 1
        assert_restored(terminal)
        assert b"a fault of ours" in terminal.written


def test_a_closed_terminal_ends_it_and_a_cold_reading_is_given_up_between_two_records(home: Home) -> None:
    home.write_claude(request(number, stamp(minutes=5)) for number in range(20_000))
    path = home.path / ".local/share/ai-usage/ledger.db"
    journal = path.with_name("ledger.db-journal")
    with Terminal(home) as terminal:
        terminal.read_until(
            lambda: ENTERED in terminal.written and journal.exists() and path.stat().st_size > 0
        )
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.until_it_ends() == 129
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    assert home.json("models", "--json", "--all")["totals"]["requests"] == 20_000


@pytest.mark.parametrize(
    "env",
    [
        pytest.param({"TERM": "dumb"}, id="a dumb terminal"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="ASCII"),
    ],
)
def test_where_there_is_no_screen_the_overview_is_shown_once(working_home: Home, env: dict[str, str]) -> None:
    with Terminal(working_home, None, **env) as terminal:
        terminal.until(b"4 requests")
        assert terminal.until_it_ends() == 0
        assert ENTERED not in terminal.written


def test_words_that_go_with_the_monitor(working_home: Home) -> None:
    done = working_home.run("--auto-update", "models", code=2)
    assert "--auto-update is for monitor mode" in done.stderr
    done = working_home.run()
    assert "4 requests" in done.stdout
    assert "\x1b[?1049h" not in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--vendor", "claud"], "ai-usage: --vendor: 'claud' is not known; known vendors: claude,"),
        (["--host", "mars"], "ai-usage: --host: 'mars' is not known; known hosts: "),
    ],
)
def test_unknown_names_open_no_monitor(working_home: Home, words: list[str], said: str) -> None:
    with Tmux(working_home, width=200) as terminal:
        terminal.run(monitor_line(*words) + '; echo "code $?"')
        assert said in terminal.until("code 2")
