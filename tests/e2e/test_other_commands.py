import os
import time
from datetime import date, timedelta

import pytest

from ai_usage.render import figures
from tests.e2e.homes import Home


def test_sources_tell_what_was_found(used_home: Home) -> None:
    document = used_home.json("sources", "--json")
    claude = document["sources"][0]
    log = used_home.path / ".claude/projects/-shop/s1.jsonl"
    assert {
        key: claude[key]
        for key in ("vendor", "label", "files", "bytes", "requests", "records", "copies", "rejected_lines")
    } == {
        "vendor": "claude",
        "label": "Claude Code",
        "files": 1,
        "bytes": log.stat().st_size,
        "requests": 3,
        "records": 3,
        "copies": 0,
        "rejected_lines": 0,
    }
    assert claude["roots"][0] == {
        "path": str(used_home.path / ".claude/projects"),
        "origin": "default",
        "exists": True,
        "files": 1,
        "bytes": log.stat().st_size,
        "retention_days": 30.0,
    }
    assert document["warnings"] == []
    text = used_home.run("sources").stdout
    assert f"Claude Code  1 log, {figures.size(log.stat().st_size)}, 3 requests\n" in text


def test_sources_tell_copies_apart_from_requests(used_home: Home) -> None:
    """A resumed session repeats two requests of three, and a copied log all of them."""
    lines = (used_home.path / ".claude/projects/-shop/s1.jsonl").read_text().splitlines(keepends=True)
    used_home.write(".claude/projects/-shop/s2.jsonl", "".join(lines[:2]))
    used_home.write(".claude/projects/-copy/s1.jsonl", "".join(lines))
    claude = used_home.json("sources", "--json")["sources"][0]
    assert {key: claude[key] for key in ("files", "requests", "records", "copies")} == {
        "files": 3,
        "requests": 3,
        "records": 8,
        "copies": 5,
    }
    assert claude["requests"] == used_home.json("vendors", "--json")["totals"]["requests"]
    assert ", 3 requests, 5 copies of them\n" in used_home.run("sources").stdout
    (used_home.path / ".claude/projects/-copy/s1.jsonl").unlink()
    claude = used_home.json("doctor", "--json")["sources"][0]
    assert (claude["requests"], claude["records"], claude["copies"], claude["gone_files"]) == (3, 8, 5, 1)


def test_sources_warn_when_logs_are_deleted_sooner_than_they_are_read(used_home: Home) -> None:
    used_home.run("ingest")
    long_ago = time.time() - 40 * 86_400
    for path in (used_home.path / ".local/share/ai-usage").iterdir():
        os.utime(path, (long_ago, long_ago))
    (warning,) = used_home.json("sources", "--json")["warnings"]
    assert warning.startswith(
        "Claude Code deletes its logs after 30 days, and they were last read here 40 days ago"
    )


def test_settings_of_an_agent_that_make_no_sense_are_passed_over(used_home: Home) -> None:
    used_home.write(".claude/settings.json", "[" * 100_000)
    roots = used_home.json("sources", "--json")["sources"][0]["roots"]
    assert roots[0]["retention_days"] == 30


def test_more_folders_come_from_the_settings_and_the_environment(used_home: Home) -> None:
    extra = used_home.path / "old"
    (used_home.path / ".claude").rename(extra)
    used_home.write(".config/ai-usage/config.toml", f"[sources]\nclaude = ['{extra}']\n")
    assert used_home.json("vendors", "--json")["totals"]["requests"] == 3
    roots = used_home.json("sources", "--json")["sources"][0]["roots"]
    assert (str(extra / "projects"), "config.toml", 1) in [
        (root["path"], root["origin"], root["files"]) for root in roots
    ]
    named = used_home.json("sources", "--json", CLAUDE_CONFIG_DIR=str(extra))["sources"][0]["roots"]
    assert (named[0]["path"], named[0]["origin"]) == (str(extra / "projects"), "CLAUDE_CONFIG_DIR")


def test_a_price_is_explained(home: Home) -> None:
    text = home.run("prices", "claude-opus-4-6").stdout
    assert "input                     5.00" in text
    assert "from        models.toml" in text
    document = home.json("prices", "anthropic/claude-opus-4-6", "--json")
    (price,) = document["prices"]
    assert price["looked_up"] == ["anthropic/claude-opus-4-6", "claude-opus-4-6"]
    assert price["price"]["usd_per_million_tokens"] == {
        "input": 5.0,
        "output": 25.0,
        "cache_read": 0.5,
        "cache_write_5m": 6.25,
        "cache_write_1h": 10.0,
    }


def test_a_model_without_a_price_is_unpriced_and_the_remedy_is_named(home: Home) -> None:
    text = home.run("prices", "mystery-9").stdout
    assert text.startswith("mystery-9 is unpriced: no price is known under this name.")
    assert '[pricing."mystery-9"]' in text
    assert home.json("prices", "mystery-9", "--json")["prices"][0]["price"] is None


def test_the_remedy_for_an_odd_name_is_one_that_works(home: Home) -> None:
    odd = 'a"b\\c\x1b[31m'
    text = home.run("prices", odd).stdout
    assert "\x1b" not in text
    table = text.partition("remedy      add ")[2].partition(" to ")[0]
    home.write(".config/ai-usage/models.toml", f"{table}\ninput = 1\noutput = 2\n")
    assert home.json("prices", odd, "--json")["prices"][0]["price"]["origin"] == "models.toml"


def test_no_model_has_a_name_of_ten_thousand_letters(home: Home) -> None:
    done = home.run("prices", "a/" * 5000, code=2)
    assert done.stderr == "ai-usage: MODEL has more than 256 bytes, more than any model's id\n"


def test_what_newer_prices_say_of_themselves_is_harmless_and_damage_is_told(home: Home) -> None:
    entry = '[{"input":1,"output":2,"origin":"LiteLLM: \\u001b[31m/new-9"}]'
    home.write(".cache/ai-usage/prices.json", '{\n"#":{"format":1},\n"new-9":' + entry + "\n}\n")
    assert "from        LiteLLM: \\x1b[31m/new-9\n" in home.run("prices", "new-9").stdout
    home.write(".cache/ai-usage/prices.json", '{\n"#":{"format":1},\n"new-9":' + "[" * 100_000 + "\n}\n")
    done = home.run("prices", "new-9")
    assert done.stdout.startswith("new-9 is unpriced")
    assert "prices.json cannot be read and are not used; they will be fetched again\n" in done.stderr


def test_prices_without_a_model_are_those_of_the_models_in_use(used_home: Home) -> None:
    assert [price["model"] for price in used_home.json("prices", "--json")["prices"]] == [
        "claude-opus-4-6",
        "mystery-9",
    ]


def test_folders_without_logs_are_named_whole_in_a_narrow_terminal(home: Home) -> None:
    lines = home.run("sources", COLUMNS="60").stdout.splitlines()
    assert lines[:4] == [
        "No logs of:",
        "  Claude Code  ~/.claude/projects,",
        "    ~/.config/claude/projects,",
        "    ~/.config/Claude/local-agent-mode-sessions,",
    ]
    assert any(line.endswith("/runtime/kimi-code/home/sessions") for line in lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("daily", "No usage yet. Run"),
        ("--once", "No usage in the last 7 days. Try --all, or run"),
        ("--once --days 1", "No usage today. Try --all, or run"),
        ("daily --model x", "No usage under these filters. Try fewer filters, or run"),
        (
            "--vendor codex",
            "No usage in the last 7 days under these filters. Try --all or fewer filters, or run",
        ),
        ("daily --until 2026-01-02", "No usage up to 2026-01-02. Try --all, or run"),
        (
            "daily --since 2026-01-01 --until 2026-01-02T10:59",
            "No usage from 2026-01-01 up to 2026-01-02 10:59. Try --all, or run",
        ),
    ],
)
def test_where_there_is_nothing_the_words_that_narrow_are_named(home: Home, words: str, said: str) -> None:
    done = home.run(*words.split(), COLUMNS="200")
    assert done.stdout == f"{said} `ai-usage sources` to see where logs are read from.\n"


def test_the_doctor_changes_nothing_and_tells_no_secret(used_home: Home) -> None:
    secrets = used_home.write("secrets.yaml", 'sync:\n  token: "correct-horse-battery-staple-and-more"\n')
    secrets.chmod(0o600)
    done = used_home.run("doctor", "--json", AI_USAGE_SECRETS=str(secrets))
    assert "correct-horse" not in done.stdout
    assert str(used_home.path) not in done.stdout
    assert not (used_home.path / ".local").exists()
    document = used_home.json("doctor", "--json")
    assert document["files"]["ledger"] == {"path": "~/.local/share/ai-usage/ledger.db", "state": "absent"}
    assert document["sources"][0]["files"] == 1
    used_home.run("ingest")
    assert used_home.json("doctor", "--json")["ledger"]["records"] == 3
    text = used_home.run("doctor").stdout.splitlines()
    assert "version  4.0.0" in text
    assert any(line.startswith("ledger  records 3, changes 3, first ") for line in text)
    assert any(
        line.startswith("      - path ~/.claude/projects, origin default, exists yes") for line in text
    )
    assert text[-1] == "problems  none"


def test_the_doctor_names_settings_that_are_wrong(home: Home) -> None:
    home.write(".config/ai-usage/config.toml", "[sources]\nclod = '/logs'\n")
    (problem,) = [text for text in home.json("doctor", "--json")["problems"] if "clod" in text]
    assert problem.startswith("~/.config/ai-usage/config.toml: unknown key 'sources.clod'")


def test_days_n_ends_today(home: Home) -> None:
    start = home.json("daily", "--days", "3", "--json", "--tz", "UTC")["range"]["start"]
    assert date.fromisoformat(start[:10]) in {
        date.today() - timedelta(days=2),
        date.today() - timedelta(days=1),
        date.today() - timedelta(days=3),
    }
