"""Filters of the installed program on a home that is really synced: every row of every report is walked."""

from typing import Any

import pytest

from tests.e2e.homes import Home, request
from tests.e2e.sync.conftest import Fleet


def repository(home: Home, folder: str, remote: str) -> str:
    """Make a git work tree, and return its path."""
    home.write(f"{folder}/.git/config", f'[remote "origin"]\n\turl = https://git.example/ada/{remote}.git\n')
    home.write(f"{folder}/.git/HEAD", "ref: refs/heads/main\n")
    return str(home.path / folder)


@pytest.fixture
def desk(own_fleet: Fleet) -> Home:
    """A machine that pulled from two others, one of which worked on the same repositories in other folders."""
    homes = {name: own_fleet.home(name) for name in ("desk", "laptop", "tower")}
    desk, laptop, tower = homes.values()
    here = {name: repository(desk, name, name) for name in ("notes", "shop", "shop-api")}
    there = {name: repository(laptop, f"src/{name}", name) for name in ("notes", "shop", "secret")}
    other_shop = repository(tower, "shop", "other-shop")
    desk.write_claude([
        request(1, "2026-10-31T22:30:00Z", cwd=here["notes"]),
        request(2, "2026-11-01T22:30:00Z", cwd=here["shop"], model="gpt-5"),
        request(3, "2026-11-08T23:30:00Z", cwd=here["shop-api"], model="gpt-5-codex"),
        request(4, "2026-11-09T10:00:00Z", cwd="/gone/shop", model="unknown"),
    ])  # fmt: skip
    desk.write_claude([request(9, "2026-11-10T10:00:00Z", session="both", cwd=here["notes"])], "both")
    laptop.write_claude([
        request(11, "2026-11-01T12:00:00Z", cwd=there["notes"], model="gpt-5-codex"),
        request(12, "2026-11-09T12:00:00Z", cwd=there["shop"]),
        request(13, "2026-11-20T12:00:00Z", cwd=there["secret"]),
        request(9, "2026-11-10T10:00:00Z", session="both", cwd=there["notes"]),
    ])  # fmt: skip
    tower.write_claude([request(21, "2026-11-20T13:00:00Z", cwd=other_shop)])
    for home in (laptop, tower, desk):
        home.run("sync", "push")
    desk.run("sync", "pull")
    return desk


def totals(home: Home, *words: str) -> Any:
    return home.json("models", "--no-ingest", "--json", *words)["totals"]


def figures(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key in FIGURES}


FIGURES = (
    "requests", "input_tokens", "cache_read_input_tokens", "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens", "output_tokens", "total_tokens", "unpriced_tokens",
)  # fmt: skip


def test_each_rows_own_words_select_that_row(desk: Home) -> None:
    def rows(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = desk.json(name, "--no-ingest", "--json")["rows"]
        return found

    names = [row["project"] for row in rows("projects")]
    assert sorted(names)[2:] == ["notes", "shop", "shop", "shop-api"]
    for row in rows("projects"):
        assert figures(totals(desk, "--project", row["project_key"])) == figures(row), row
    (notes,) = (row for row in rows("projects") if row["project"] == "notes")
    assert notes["requests"] == 3
    assert figures(totals(desk, "--project", "notes")) == figures(notes)
    for row in rows("models"):
        alike = [figures(each) for each in rows("models") if row["model"] in each["model"]]
        summed = {key: sum(each[key] for each in alike) for key in FIGURES}
        assert figures(totals(desk, "--model", row["model"])) == summed, row
    for row in rows("daily"):
        assert figures(totals(desk, "--since", row["date"], "--until", row["date"])) == figures(row), row
    for row in rows("vendors"):
        assert figures(totals(desk, "--vendor", row["vendor"])) == figures(row), row
    for row in rows("sessions"):
        if row["session_id"] is not None:
            (one,) = desk.json("sessions", row["session_id"], "--no-ingest", "--json")["rows"]
            assert one == row
    hosts = {row["host"]: row["requests"] for row in rows("hosts")}
    assert hosts == {"desk": 5, "laptop": 3, "tower": 1}
    assert {host: totals(desk, "--host", host)["requests"] for host in hosts} == {
        "desk": 5,
        "laptop": 4,  # with the request that both hold
        "tower": 1,
    }
