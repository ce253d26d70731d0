"""What `ai-usage doctor` says of sync: where it stands, and what to do about what is wrong."""

import sqlite3
from contextlib import closing
from pathlib import Path

from ai_usage.ledger.migrate import LATEST
from tests.e2e.homes import Home, request
from tests.e2e.sync.conftest import SECRETS, Fleet, secrets
from tests.servers import TOKEN, free_port


def logs(home: Home, *days: int) -> Home:
    home.write_claude([request(day, f"2026-11-{day:02}T10:00:00Z") for day in days])
    return home


def test_a_home_in_which_nothing_ran_has_no_problem(home: Home) -> None:
    document = home.json("doctor", "--json")

    assert document["sync"] | {"machine_id": "here", "machines": []} == {
        "enabled": False,
        "reason": "~/no-secrets.yaml does not exist; run: ai-usage sync init",
        "server_url": None,
        "server_version": None,
        "machine_id": "here",
        "last_success": None,
        "last_push": None,
        "last_pull": None,
        "last_error": None,
        "last_error_at": None,
        "warnings": [],
        "machines": [],
        "hidden": [],
    }
    assert document["problems"] == []


def test_where_sync_stands_is_told_without_the_token(fleet: Fleet) -> None:
    one, two = logs(fleet.home("doc-one"), 1, 2), fleet.home("doc-two")
    never = two.json("doctor", "--json")
    one.run("sync", "push")
    two.run("sync", "push")
    two.run("sync", "pull")

    done = two.run("doctor", "--json")
    document = two.json("doctor", "--json")["sync"]
    machines = {each["host_id"]: each for each in document["machines"]}

    assert never["problems"] == [
        "sync is on and has never run; run: ai-usage sync push, then: ai-usage sync pull"
    ]
    assert (document["enabled"], document["server_url"], document["machine_id"]) == (
        True,
        fleet.proxy.url,
        "doc-two",
    )
    assert None not in (document["last_push"], document["last_pull"], document["last_success"])
    assert document["last_error"] is None
    assert (machines["doc-one"]["record_count"], machines["doc-one"]["integrity"]) == (2, "checked")
    assert TOKEN not in done.stdout + done.stderr + two.run("doctor").stdout
    assert [line for line in two.run("doctor").stdout.splitlines() if line.startswith("sync ")] == [
        f"sync  enabled yes, reason none, server_url {fleet.proxy.url}, server_version 4.0.0, "
        f"machine_id doc-two, last_success {document['last_success']}, last_push {document['last_push']}, "
        f"last_pull {document['last_pull']}, last_error none, last_error_at none, warnings none, hidden none"
    ]
    assert two.run("doctor").stdout.splitlines()[-1] == "problems  none"


def test_what_went_wrong_is_told_with_its_remedy(fleet: Fleet) -> None:
    home = logs(fleet.home("doc-three"), 1)
    home.run("sync", "push")
    url = f"https://localhost:{free_port()}"
    secrets(home, "doc-three", fleet.proxy.url, token="another-token-0123456789abcdefghijkl")
    home.run("sync", "pull", code=4)
    (refused,) = home.json("doctor", "--json")["problems"]
    secrets(home, "doc-three", url, extra="  machineid: x\n")
    (misspelt,) = home.json("doctor", "--json")["problems"]

    assert refused.startswith("sync failed at 20")
    assert refused.endswith(
        f": {fleet.proxy.url}/v1/machines: 401: client and server tokens do not match; "
        "sync.token must equal the server's shared_token"
    )
    assert misspelt.startswith(f"~/{SECRETS}: unknown key sync.machineid; known: sync.enabled, ")


def test_a_failed_proof_is_told_with_its_remedy(own_fleet: Fleet) -> None:
    one, two = logs(own_fleet.home("one"), 1, 2), own_fleet.home("two")
    one.run("sync", "push")
    own_fleet.server.stop()
    with closing(sqlite3.connect(own_fleet.server.database)) as connection, connection:
        connection.execute("DELETE FROM records WHERE seq = 1")
    own_fleet.server.restart()
    two.run("sync", "pull", code=3)

    assert two.json("doctor", "--json")["problems"] == [
        "integrity of one failed: 1 record is here, it reported 2; the server has the same, "
        "so run on one: ai-usage sync push"
    ]


def test_files_of_a_newer_program_are_named_with_what_to_run(fleet: Fleet) -> None:
    one, two = logs(fleet.home("doc-four"), 1), logs(fleet.home("doc-five"), 2)
    one.run("sync", "push")
    two.run("sync", "push")
    two.run("sync", "pull")
    files = (".cache/ai-usage/remote/doc-four.bin", ".local/share/ai-usage/ledger.db")
    for name in files:
        _make_newer(two.path / name)

    document = two.json("doctor", "--json")

    told = [
        f"~/{name} was written by a newer ai-usage (schema 99, known here: {LATEST}); run: ai-usage update, "
        "or if no newer one ever ran here: ai-usage ingest --repair"
        for name in files
    ]
    assert document["problems"] == told
    assert document["ledger"] == {"problem": told[1]}


def _make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
