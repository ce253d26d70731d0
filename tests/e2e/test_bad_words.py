import os

import pytest

from tests.e2e.homes import Home


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--days", "0"], "--days: 0 is too few; write 1 for today, 7 for the last week"),
        (["--days", "x"], "--days: 'x' is not a number of days; write for example 7"),
        (
            ["daily", "--days", "9" * 5000],
            f"--days: '{'9' * 5000}' is not a number of days; write for example 7",
        ),
        (
            ["daily", "--since", "soon"],
            "--since: 'soon' is not a date; write YYYY-MM-DD, today, yesterday, monday or -7d, or YYYY-MM-DDTHH:MM",
        ),
        (
            ["daily", "--until", "yesteday"],
            "--until: 'yesteday' is not a date; write YYYY-MM-DD, today, yesterday, monday or -7d,"
            " or YYYY-MM-DDTHH:MM; did you mean yesterday?",
        ),
        (
            ["daily", "--since", "2026-02-02", "--until", "2026-01-01"],
            "--since 2026-02-02 is after --until 2026-01-01; the earlier one goes into --since",
        ),
        (
            ["--days", "3", "daily", "--all"],
            "--days, --since/--until and --all exclude one another; keep one of them",
        ),
        (
            ["daily", "--since", "", "--all"],
            "--days, --since/--until and --all exclude one another; keep one of them",
        ),
        (["daily", "--json", "--csv"], "--json and --csv exclude one another; keep one of them"),
        (["daily", "--tz", "Mars"], "--tz: 'Mars' is not an IANA time zone; write for example Europe/Berlin or UTC"),
        (
            ["daily", "--tz", "berlin"],
            "--tz: 'berlin' is not an IANA time zone; write for example Europe/Berlin or UTC;"
            " did you mean Europe/Berlin?",
        ),
        (["daily", "--sort", "cost"], "--sort: rows by time stay in the order of time; leave it out"),
        (["--sort", "cost", "weekly"], "--sort: rows by time stay in the order of time; leave it out"),
        (["--sort", "recent", "models"], "--sort recent does not apply to `ai-usage models`; leave it out"),
        (["--sort", "recent", "--once"], "--sort recent is for `ai-usage sessions`; models have no such order"),
        (
            ["models", "--sort", "costs"],
            "--sort: 'costs' is not known; known: cost, total, requests, name, input,"
            " cache-read, cache-write, output, reasoning; did you mean cost?",
        ),
        (
            ["--cost-mode", "computed"],
            "--cost-mode: 'computed' is not known; known: auto, calculate, display",
        ),
        (["daily", "--jsn"], "--jsn is not an option of `ai-usage daily`; did you mean --json?"),
        (
            ["daily", "--verbose"],
            "--verbose is not an option of `ai-usage daily`; `ai-usage daily --help` lists the options",
        ),
        (["models", "--limit", "3"], "--limit: only `ai-usage sessions` has it; leave it out"),
        (
            ["sessions", "--limit", "0"],
            "--limit: '0' is not a number of sessions; write for example 10",
        ),
        (["sources", "--days", "3"], "--days does not apply to `ai-usage sources`; leave it out"),
        (["ingest", "--json"], "--json does not apply to `ai-usage ingest`; leave it out"),
        (["ingest", "--no-ingest"], "--no-ingest: `ai-usage ingest` does nothing else"),
        (["--no-ingest", "ingest"], "--no-ingest: `ai-usage ingest` does nothing else"),
        (
            ["statusline", "--json"],
            "--json: a status line is text; `ai-usage snapshot` writes the figures as JSON",
        ),
        (["statusline", "--days", "3"], "--days: a status line tells today and this week; leave it out"),
        (["--days", "3", "sync", "pull"], "--days does not apply to `ai-usage sync pull`; leave it out"),
        (["--json", "sync", "clean"], "--json does not apply to `ai-usage sync clean`; leave it out"),
        (
            ["--offline", "sync", "push"],
            "--offline: this command needs your server; leave --offline out",
        ),
        (["sync", "--json", "status"], "--json: write options after the name of a command of `ai-usage sync`"),
        (["prices", "--model", "x"], "--model: write the model without an option: ai-usage prices MODEL"),
        (["--auto-update", "--json"], "--auto-update is for monitor mode, which needs a terminal; leave it out"),
        (
            ["--auto-update", "--offline"],
            "--auto-update needs the network, and --offline forbids it; leave one of them out",
        ),
        (["snapshot", "--csv"], "--csv: a snapshot is always JSON; `ai-usage daily --csv` writes days as CSV"),
        (["--days", "3", "sources"], "--days does not apply to `ai-usage sources`; leave it out"),
        (["--csv", "prices", "gpt-5.5"], "--csv does not apply to `ai-usage prices`; leave it out"),
        (["prices", " "], "MODEL is empty; name one, or leave it out for all models in use"),
        (
            ["--offline", "update", "--check"],
            "--offline: `ai-usage update` asks for releases over the network; leave --offline out",
        ),
        (["--days", "3", "update"], "--days does not apply to `ai-usage update`; leave it out"),
        (["--once", "daily"], "--once shows the overview and goes with no command"),
        (
            ["sync", "nope"],
            "'nope' is not a command; known: clean, forget, init, pull, push, restore, status, verify",
        ),
        (
            ["sync", "verfy"],
            "'verfy' is not a command; did you mean `ai-usage sync verify`?",
        ),
        (
            ["daily", "extra", "words"],
            "`ai-usage daily` takes only options, not 'extra words'; `ai-usage daily --help` lists the options",
        ),
        (
            ["sessions", "a", "b"],
            "`ai-usage sessions` takes only [ID], not 'b'; `ai-usage sessions --help` lists the options",
        ),
        (["sessions", ""], "ID is empty; write the beginning of a session's id, or leave it out for all sessions"),
        (["sync", "forget"], "HOST is missing; write: ai-usage sync forget HOST"),
        (["daily", "--days"], "--days needs a value"),
        (["--json=1"], "--json takes no value"),
        (["--daily"], "--daily is not an option of `ai-usage`; did you mean `ai-usage daily`?"),
        (
            ["--limit", "3", "sessions"],
            "--limit is not an option of `ai-usage`; it belongs to `ai-usage sessions --limit N`",
        ),
        (
            ["sync", "pull", "--adopt"],
            "--adopt is not an option of `ai-usage sync pull`; it belongs to `ai-usage sync push --adopt`",
        ),
        (
            ["daily", "--since", "7d"],
            "--since: '7d' is not a date; write YYYY-MM-DD, today, yesterday, monday or -7d,"
            " or YYYY-MM-DDTHH:MM; did you mean -7d?",
        ),
        (
            ["daily", "--vendor", "claude,codex"],
            "--vendor: write --vendor claude --vendor codex, not 'claude,codex'",
        ),
    ],
)  # fmt: skip
def test_wrong_words_are_answered_in_one_line(home: Home, words: list[str], message: str) -> None:
    done = home.run(*words, code=2)
    assert (done.stdout, done.stderr) == ("", f"ai-usage: {message}\n")


def test_an_unknown_host_is_answered_with_the_known_ones(used_home: Home) -> None:
    (here,) = (row["host"] for row in used_home.json("hosts", "--json")["rows"])
    done = used_home.run("--host", "mars", "daily", code=2)
    assert (done.stdout, done.stderr) == ("", f"ai-usage: --host: 'mars' is not known; known hosts: {here}\n")
    assert used_home.json("daily", "--host", here, "--json")["totals"]["requests"] == 3


def test_an_unknown_vendor_is_answered_with_the_known_ones(home: Home) -> None:
    done = home.run("daily", "--vendor", "clod", code=2)
    assert done.stderr.startswith("ai-usage: --vendor: 'clod' is not known; known vendors: claude, codex")
    assert done.stderr.count("\n") == 1


def test_a_status_line_of_an_unknown_vendor_is_an_error(used_home: Home) -> None:
    used_home.run("ingest")
    done = used_home.run("statusline", "--vendor", "clod", code=2)
    assert (done.stdout, done.stderr[:55]) == ("", "ai-usage: --vendor: 'clod' is not known; known vendors:")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("dayly", "daily"),
        ("session", "sessions"),
        ("Models", "models"),
        ("today", "--days 1"),
        ("push", "sync push"),
        ("machine", "hosts"),
        ("tool", "vendors"),
        ("statusbar", "statusline"),
    ],
)
def test_an_unknown_command_is_answered_with_the_nearest(home: Home, word: str, meant: str) -> None:
    done = home.run(word, code=2)
    assert done.stderr == f"ai-usage: {word!r} is not a command; did you mean `ai-usage {meant}`?\n"


@pytest.mark.parametrize("word", ["zzz", "config", "list", "export", "budget", "x", ""])
def test_a_command_that_is_like_no_other_is_answered_with_the_known_ones(home: Home, word: str) -> None:
    done = home.run(word, code=2)
    assert done.stderr.startswith(f"ai-usage: {word!r} is not a command; known: models, vendors, hosts,")
    assert done.stderr.endswith(", doctor\n")


def test_a_misspelled_agent_or_machine_is_answered_with_the_nearest(used_home: Home) -> None:
    (here,) = (row["host"] for row in used_home.json("hosts", "--json")["rows"])
    done = used_home.run("--host", here.upper() + "X", "daily", code=2)
    assert done.stderr.endswith(f"; known hosts: {here}; did you mean {here}?\n")
    assert used_home.run("--agent", "Claude", code=2).stderr.endswith("; did you mean claude?\n")


def test_a_variable_that_names_no_zone_is_told_below_the_report(used_home: Home) -> None:
    note = "TZ is 'Mars/Base', which is not a time zone; days are those of "
    document = used_home.json("daily", "--json", TZ="Mars/Base")
    assert [text for text in document["notes"] if text.startswith("TZ")] == [
        f"{note}{document['timezone']}. Set for example TZ=Europe/Berlin."
    ]
    assert note in " ".join(used_home.run("daily", TZ="Mars/Base").stdout.split())
    asked = used_home.json("daily", "--json", "--tz", "Asia/Tokyo", TZ="Mars/Base")
    assert not any(text.startswith("TZ") for text in asked["notes"])
    assert (
        used_home.json("daily", "--json", TZ="CET-1CEST,M3.5.0,M10.5.0/3")["rows"]
        == (used_home.json("daily", "--json", TZ="Europe/Berlin")["rows"])
    )


@pytest.mark.parametrize("words", ["daily", "statusline", "doctor", "ingest"])
@pytest.mark.parametrize("place", ["", "ada"])
def test_a_home_that_depends_on_where_one_stands_is_refused(home: Home, words: str, place: str) -> None:
    done = home.run(words, code=2, HOME=place)
    told = f"ai-usage: HOME is {place!r}, which is not an absolute path; set it to your home folder\n"
    assert (done.stdout, done.stderr) == ("", told)


@pytest.mark.parametrize("variable", ["CLAUDE_CONFIG_DIR", "GEMINI_CLI_HOME"])
def test_the_home_of_an_unknown_user_holds_no_logs(used_home: Home, variable: str) -> None:
    used_home.env[variable] = "~unknown-user/logs"
    assert "  ~unknown-user/logs/" in used_home.run("sources").stdout


def test_unknown_settings_are_named(home: Home) -> None:
    path = home.write(".config/ai-usage/config.toml", "[sources]\nclod = '/logs'\n")
    done = home.run("daily", code=2)
    assert done.stderr.startswith(f"ai-usage: {path}: unknown key 'sources.clod'; known: sources.claude")
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["config.toml", "models.toml"])
def test_settings_that_are_not_a_file_are_refused_at_once(home: Home, name: str) -> None:
    path = home.path / ".config/ai-usage" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    done = home.run("daily", code=2)
    assert done.stderr.startswith("ai-usage: ")
    assert f"{path}: " in done.stderr
    assert done.stderr.endswith(": it is not a regular file\n")
    assert done.stdout == ""


def test_a_pipe_at_the_path_of_a_small_file_is_not_waited_for(used_home: Home) -> None:
    for name in (
        ".claude/settings.json", ".codex/config.toml", ".cache/ai-usage/prices.json",
        ".cache/ai-usage/statusline.json", ".cache/ai-usage/refresh", ".cache/ai-usage/sync_state.json",
    ):  # fmt: skip
        path = used_home.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)
    for words in (["sources"], ["statusline"], ["hosts"], ["doctor"]):
        assert used_home.run(*words).stdout
    used_home.run("ingest")
    assert (used_home.path / ".cache/ai-usage/refresh").is_file()


def test_help_opens_no_file_and_lists_every_command(home: Home) -> None:
    path = home.write(".config/ai-usage/config.toml", "nonsense")
    text = home.run("--help").stdout
    for name in ("models", "daily", "snapshot", "statusline", "sources", "prices", "ingest", "doctor"):
        assert f"  {name} " in text
    assert path.exists()
    assert home.run("daily", "--help").stdout.startswith("Usage: ai-usage daily [OPTIONS]")
    assert not (home.path / ".local").exists()
