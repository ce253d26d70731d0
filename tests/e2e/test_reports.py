import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.homes import Home, request

PRICED = {
    "requests": 2,
    "input_tokens": 20,
    "cache_read_input_tokens": 2000,
    "cache_creation_5m_input_tokens": 200,
    "cache_creation_1h_input_tokens": 400,
    "output_tokens": 100,
    "reasoning_output_tokens": None,
    "total_tokens": 2720,
    "cost_usd": 0.00885,
    "unpriced_tokens": 0,
    "reasoning_unknown_requests": 2,
}
UNPRICED = {
    "requests": 1,
    "input_tokens": 10,
    "cache_read_input_tokens": 1000,
    "cache_creation_5m_input_tokens": 100,
    "cache_creation_1h_input_tokens": 200,
    "output_tokens": 50,
    "reasoning_output_tokens": None,
    "total_tokens": 1360,
    "cost_usd": None,
    "unpriced_tokens": 1360,
    "reasoning_unknown_requests": 1,
}
TOTALS = {
    "requests": 3,
    "input_tokens": 30,
    "cache_read_input_tokens": 3000,
    "cache_creation_5m_input_tokens": 300,
    "cache_creation_1h_input_tokens": 600,
    "output_tokens": 150,
    "reasoning_output_tokens": None,
    "total_tokens": 4080,
    "cost_usd": 0.00885,
    "unpriced_tokens": 1360,
    "reasoning_unknown_requests": 3,
}
UNPRICED_NOTE = "1,360 tokens have no known price and are left out of the costs: mystery-9."


def test_the_models_report_is_the_whole_document(used_home: Home) -> None:
    document = used_home.json("models", "--json", "--offline")
    generated = document.pop("generated_at")
    assert generated.endswith(("+01:00", "+02:00"))
    assert document == {
        "schema_version": 1,
        "report": "models",
        "timezone": "Europe/Berlin",
        "range": {"start": None, "end": generated},
        "filters": {"vendor": [], "host": [], "model": [], "project": []},
        "rows": [
            {"vendor": "claude", "model": "claude-opus-4-6", **PRICED},
            {"vendor": "claude", "model": "mystery-9", **UNPRICED},
        ],
        "totals": TOTALS,
        "notes": [UNPRICED_NOTE],
    }
    assert list(document["rows"][0]) == ["vendor", "model", *PRICED]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("models", [["claude", "claude-opus-4-6"], ["claude", "mystery-9"]]),
        ("vendors", [["claude"]]),
        ("daily", [["2026-11-20"], ["2026-11-21"]]),
        ("weekly", [["2026-W47"]]),
        ("monthly", [["2026-11"]]),
    ],
)
def test_each_report_has_its_keys_and_the_same_totals(
    used_home: Home, name: str, keys: list[list[str]]
) -> None:
    document = used_home.json(name, "--json")
    columns = len(keys[0])
    assert [list(row.values())[:columns] for row in document["rows"]] == keys
    assert document["totals"] == TOTALS


def test_sessions_and_projects_tell_where_the_work_was(used_home: Home) -> None:
    (session,) = used_home.json("sessions", "--json")["rows"]
    assert {key: session[key] for key in list(session)[:6] if key != "host"} == {
        "vendor": "claude",
        "session_id": "s1",
        "project": "shop",
        "first_seen": "2026-11-20T23:30:00+01:00",
        "last_seen": "2026-11-21T10:00:00+01:00",
    }
    (project,) = used_home.json("projects", "--json")["rows"]
    assert project["project"] == "shop"
    assert len(project["project_key"]) == 64


def test_csv_has_the_same_columns_and_no_totals(used_home: Home) -> None:
    text = used_home.run("models", "--csv").stdout
    assert text.endswith("\n")
    assert "\r" not in text
    rows = list(csv.reader(io.StringIO(text)))
    assert rows == [
        ["vendor", "model", *PRICED],
        [
            "claude",
            "claude-opus-4-6",
            "2",
            "20",
            "2000",
            "200",
            "400",
            "100",
            "",
            "2720",
            "0.00885",
            "0",
            "2",
        ],
        ["claude", "mystery-9", "1", "10", "1000", "100", "200", "50", "", "1360", "", "1360", "1"],
    ]


@pytest.mark.parametrize(
    ("words", "requests"),
    [
        pytest.param(["--since", "2026-11-21"], 2, id="since a date"),
        pytest.param(["--until", "2026-11-20"], 1, id="until the end of a date"),
        pytest.param(["--since", "2026-11-21T00:30", "--until", "2026-11-21T00:30"], 1, id="one minute"),
        pytest.param(
            ["--since", "2026-11-21T00:31", "--until", "2026-11-21T09:59"], 0, id="between two requests"
        ),
        pytest.param(["--until", "2026-11-20", "--tz", "UTC"], 2, id="a date in another zone"),
        pytest.param(["--model", "OPUS 4"], 2, id="display name"),
        pytest.param(["--model", "myst", "--model", "opus"], 3, id="two models"),
        pytest.param(["--vendor", "claude"], 3, id="vendor"),
        pytest.param(["--tool", "codex"], 0, id="another vendor"),
        pytest.param(["--project", "SHO"], 3, id="project"),
        pytest.param(["--project", "blog"], 0, id="another project"),
        pytest.param(["--all"], 3, id="all"),
    ],
)
def test_windows_and_filters_leave_out_the_rest(used_home: Home, words: list[str], requests: int) -> None:
    assert used_home.json("models", "--json", *words)["totals"]["requests"] == requests


def test_options_may_stand_before_the_name(used_home: Home) -> None:
    before = used_home.json("--json", "--model", "opus", "--since", "2026-11-21", "models")
    after = used_home.json("models", "--json", "--model", "opus", "--since", "2026-11-21")
    for document in (before, after):
        del document["generated_at"], document["range"]["end"]
    assert before == after
    assert before["rows"][0]["requests"] == 1


def test_json_without_a_name_is_the_models_report_of_a_week(used_home: Home) -> None:
    document = used_home.json("--json")
    assert (document["report"], document["range"]["start"] is None) == ("models", False)


def test_recorded_costs_count_by_cost_mode(home: Home) -> None:
    line = request(1, "2026-11-20T22:30:00.000Z")
    home.write_claude([{**line, "costUSD": 0.5}, request(2, "2026-11-20T22:31:00.000Z")])

    def cost(mode: str) -> Any:
        totals = home.json("models", "--json", "--cost-mode", mode)["totals"]
        return totals["cost_usd"], totals["unpriced_tokens"]

    assert cost("calculate") == (0.00885, 0)
    assert cost("auto") == (0.504425, 0)
    assert cost("display") == (0.5, 1360)


def test_rows_are_sorted_as_asked(used_home: Home) -> None:
    def models(key: str) -> list[str]:
        return [row["model"] for row in used_home.json("models", "--json", "--sort", key)["rows"]]

    assert models("name") == ["mystery-9", "claude-opus-4-6"]
    assert models("requests") == ["claude-opus-4-6", "mystery-9"]


def test_the_snapshot_fills_empty_days_with_zeros(used_home: Home) -> None:
    document = used_home.json("snapshot", "--since", "2026-11-19", "--until", "2026-11-21")
    nothing = {
        "request_count": 0,
        "tokens": {"cache_hit": 0, "prefill": 0, "decoding": 0, "total": 0},
        "estimated_api_cost_usd": 0.0,
        "cache_share": None,
    }
    one = {
        "request_count": 1,
        "tokens": {"cache_hit": 1000, "prefill": 310, "decoding": 50, "total": 1360},
        "estimated_api_cost_usd": 0.004425,
        "cache_share": 1000 / 1310,
    }
    two = {
        "request_count": 2,
        "tokens": {"cache_hit": 2000, "prefill": 620, "decoding": 100, "total": 2720},
        "estimated_api_cost_usd": 0.004425,
        "cache_share": 1000 / 1310,
    }
    window = {
        "request_count": 3,
        "tokens": {"cache_hit": 3000, "prefill": 930, "decoding": 150, "total": 4080},
        "estimated_api_cost_usd": 0.00885,
        "cache_share": 1000 / 1310,
    }
    assert document.pop("generated_at")
    assert document.pop("range")["complete"] is True
    assert document == {
        "schema_version": 1,
        "timezone": "Europe/Berlin",
        "window": window,
        "daily": [
            {"date": "2026-11-19", "usage": nothing},
            {"date": "2026-11-20", "usage": one},
            {"date": "2026-11-21", "usage": two},
        ],
        "top_models": [
            {
                "model_id": "claude-opus-4-6",
                "display_label": "Opus 4.6",
                "vendor": "claude",
                "harnesses": ["claude"],
                "tokens": {"cache_hit": 2000, "prefill": 620, "decoding": 100, "total": 2720},
                "estimated_api_cost_usd": 0.00885,
            },
            {
                "model_id": "mystery-9",
                "display_label": "Mystery 9",
                "vendor": "claude",
                "harnesses": ["claude"],
                "tokens": one["tokens"],
                "estimated_api_cost_usd": None,
            },
        ],
    }


def test_what_is_gone_from_the_logs_stays_in_the_ledger(used_home: Home) -> None:
    before = used_home.json("models", "--json")["totals"]
    (used_home.path / ".claude/projects/-shop/s1.jsonl").unlink()
    assert used_home.json("models", "--json")["totals"] == before


def test_no_ingest_shows_the_ledger_as_it_is(used_home: Home) -> None:
    assert used_home.json("models", "--json", "--no-ingest")["totals"]["requests"] == 0
    used_home.run("ingest")
    assert used_home.json("models", "--json", "--no-ingest")["totals"]["requests"] == 3


def test_ingest_prints_no_line(used_home: Home) -> None:
    done = used_home.run("ingest")
    assert (done.stdout, done.stderr) == ("", "")


def test_the_overview_shows_table_chart_and_summary(used_home: Home) -> None:
    text = used_home.run("--once", "--since", "2026-11-20", "--until", "2026-11-22", COLUMNS="80").stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "Opus 4.6" in text
    assert "Cost by day" in text
    assert "4.1k tokens" in text
    assert f"⚠ {UNPRICED_NOTE}" in text


def test_an_empty_home_is_not_an_error(home: Home) -> None:
    assert home.run("--once").stdout.startswith("No usage in the last 7 days.")
    assert home.run("daily").stdout.startswith("No usage yet.")
    assert home.json("daily", "--json")["rows"] == []


@pytest.fixture
def sessions_home(home: Home) -> Home:
    """A home with three sessions, the ids of two of which begin alike, on three days."""
    for number, session in enumerate(("abc-1", "abd-2", "xyz-3"), 1):
        home.write_claude([request(number, f"2026-11-2{number}T09:00:00.000Z", session=session)], session)
    return home


def test_one_session_is_chosen_by_its_id_or_its_beginning(sessions_home: Home) -> None:
    every = {row["session_id"]: row for row in sessions_home.json("sessions", "--json")["rows"]}
    for word, session in (("abc-1", "abc-1"), ("abd", "abd-2"), ("xy…", "xyz-3")):
        document = sessions_home.json("sessions", word, "--json")
        assert document["rows"] == [every[session]]
        assert document["totals"] == {key: every[session][key] for key in document["totals"]}
    assert sessions_home.run("sessions", "abc-1", "--csv").stdout.count("\n") == 2


def test_an_id_that_means_no_session_or_several_is_answered_with_what_to_do(sessions_home: Home) -> None:
    done = sessions_home.run("sessions", "ab", code=2)
    assert (done.stdout, done.stderr) == (
        "", "ai-usage: 2 sessions have an id that begins with 'ab': abc-1, abd-2; write more of the id\n"
    )  # fmt: skip
    done = sessions_home.run("sessions", "none", "--json", code=2)
    assert (done.stdout, done.stderr) == (
        "",
        "ai-usage: no session has an id that begins with 'none'; `ai-usage sessions --csv` lists whole ids\n",
    )
    narrowed = ("--until", "2020-01-01", "--model", "x")
    for words, told in (
        (narrowed[:2], "no session in this window has an id that begins with 'abc-1'; try --all"),
        (
            narrowed[2:],
            "no session under these filters has an id that begins with 'abc-1'; try fewer filters",
        ),
        (
            narrowed,
            "no session in this window under these filters has an id that begins with 'abc-1';"
            " try --all or fewer filters",
        ),
    ):
        done = sessions_home.run("sessions", "abc-1", *words, code=2)
        assert (done.stdout, done.stderr) == ("", f"ai-usage: {told}\n")


def test_a_limit_leaves_the_first_sessions_and_their_sum(sessions_home: Home) -> None:
    document = sessions_home.json("sessions", "--limit", "2", "--json")
    assert [row["session_id"] for row in document["rows"]] == ["xyz-3", "abd-2"]
    assert document["totals"]["requests"] == 2
    assert document["notes"] == ["The first 2 of 3 sessions are shown and summed; leave --limit out for all."]
    names = sessions_home.json("sessions", "--limit", "1", "--sort", "name", "--json")["rows"]
    assert [row["session_id"] for row in names] == ["abc-1"]
    assert sessions_home.json("sessions", "--limit", "3", "--json")["notes"] == []


def test_the_notes_of_a_limit_are_about_what_is_shown(home: Home) -> None:
    for number, model in enumerate(("mystery-9", "claude-opus-4-6"), 1):
        line = request(number, f"2026-11-2{number}T09:00:00.000Z", session=f"s{number}", model=model)
        home.write_claude([line], f"s{number}")
    (note,) = home.json("sessions", "--limit", "1", "--json")["notes"]
    assert "mystery-9" not in note
    assert home.json("sessions", "s2", "--json")["notes"] == []
    assert home.json("sessions", "s1", "--json")["notes"] == [UNPRICED_NOTE]


@pytest.mark.parametrize(
    ("words", "days"),
    [
        (["--since", "yesterday"], [1, 0]),
        (["--since", "today"], [0]),
        (["--until", "yesterday"], [9, 1]),
        (["--since", "-9d", "--until", "-1d"], [9, 1]),
    ],
)
def test_days_may_be_named_by_words(home: Home, words: list[str], days: list[int]) -> None:
    now = datetime.now(UTC).replace(hour=12, minute=0)
    home.write_claude(
        [request(ago + 1, f"{now - timedelta(days=ago):%Y-%m-%dT%H:%M}:00.000Z") for ago in (0, 1, 9)]
    )
    rows = home.json("daily", "--json", "--tz", "UTC", *words)["rows"]
    if datetime.now(UTC).date() == now.date():
        assert [row["date"] for row in rows] == [f"{now - timedelta(days=ago):%Y-%m-%d}" for ago in days]
