"""The commands of sync as people run them: what they say and the code they end with."""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from ai_usage.ledger.peer_file import PeerFile
from ai_usage.ledger.snapshot import TravelRow
from tests.e2e.homes import PROGRAM, Home, request
from tests.e2e.sync.conftest import SECRETS, Fleet, secrets
from tests.servers import free_port


def logs(home: Home, *numbers: int) -> Home:
    """Write a log with a request for each number, on days of November."""
    home.write_claude([request(number, f"2026-11-{number:02}T10:00:00Z") for number in numbers])
    return home


def ledger(home: Home) -> Path:
    return home.path / ".local/share/ai-usage/ledger.db"


def remote(home: Home, host: str) -> Path:
    return home.path / ".cache/ai-usage/remote" / f"{host}.bin"


def execute(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def change_first(path: Path) -> None:
    """Change the earliest record of a machine's file as this program does, so that nothing in it is damaged."""
    with PeerFile.take(path) as file:
        with file.snapshot() as snapshot:
            first = min(map(TravelRow._make, snapshot.changed_after(0)), key=lambda row: row.timestamp)
        file.apply([first._replace(number=10**9, output_tokens=51)])


def test_while_sync_is_off_push_says_why_and_reports_go_on(home: Home) -> None:
    path = home.path / "no-secrets.yaml"
    logs(home, 1)

    assert home.run("sync", "push", code=2).stderr == (
        f"ai-usage: sync is off: {path} does not exist; run: ai-usage sync init\n"
    )
    assert home.run("sync", "status").stdout == (
        f"sync: disabled\nreason: {path} does not exist; run: ai-usage sync init\n"
    )
    assert home.run("daily", "--csv").stderr == ""


def test_a_secrets_file_that_others_can_read_is_refused_and_reports_go_on(home: Home) -> None:
    home.env["AI_USAGE_SECRETS"] = str(home.path / SECRETS)
    path = secrets(logs(home, 1), "laptop", "https://localhost", mode=0o644)
    warning = f"ai-usage: refusing to read {path}: permissions must be 0600; run: chmod 600 {path}\n"

    assert home.run("vendors", "--csv").stderr == warning
    assert home.run("sync", "pull", code=2).stderr.startswith(warning)
    assert home.run("statusline").stderr == warning
    assert home.run("statusline").stderr == "", "a status line repeats a warning at most once an hour"


@pytest.mark.parametrize(
    ("machine_id", "extra", "complaint"),
    [
        pytest.param(
            "../x", "", "sync.machine_id '../x' must be 1 to 64 of a-z, 0-9, _ and -", id="path-as-id"
        ),
        pytest.param("a", "  machineid: b\n", "unknown key sync.machineid", id="misspelt"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_with_2(
    home: Home, machine_id: str, extra: str, complaint: str
) -> None:
    home.env["AI_USAGE_SECRETS"] = str(home.path / SECRETS)
    secrets(home, machine_id, "https://localhost", extra=extra)

    assert complaint in home.run("sync", "push", code=2).stderr


def test_waiting_for_a_server_can_be_interrupted(fleet: Fleet) -> None:
    home = logs(fleet.bare_home("alone"), 1)
    url = f"https://localhost:{free_port()}"
    secrets(home, "alone", url)

    running = subprocess.Popen([PROGRAM, "sync", "push"], env=home.env, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    said = running.stderr.readline()
    running.send_signal(2)
    assert said == f"ai-usage: {url} cannot be reached: Connection refused; trying again\n"
    assert (running.wait(10), running.communicate()[1]) == (130, "")
    assert "sync: enabled" in home.run("sync", "status").stdout


def test_a_server_that_is_not_there_is_told_at_once_and_ends_with_4(fleet: Fleet) -> None:
    home = fleet.bare_home("lonely")
    url = f"https://localhost:{free_port()}"
    secrets(home, "lonely", url)
    reason = f"ai-usage: {url} cannot be reached: Connection refused"

    assert home.run("sync", "pull", code=4).stderr == (
        f"{reason}; trying again\n{reason}; is the server running, and is sync.server_url right?\n"
    )


def test_an_authority_that_is_not_trusted_ends_with_4(fleet: Fleet) -> None:
    home = logs(fleet.home("stranger"), 1)
    del home.env["SSL_CERT_FILE"]

    told = home.run("sync", "push", code=4).stderr

    assert "its certificate is not trusted" in told
    assert "SSL_CERT_FILE=<root.crt> adds a private authority" in told
    assert "its certificate is not trusted" in home.run("sync", "status").stdout


def test_a_wrong_token_ends_with_4_and_never_shows_it(fleet: Fleet) -> None:
    home = logs(fleet.bare_home("liar"), 1)
    token = "not-the-token-0123456789abcdefghij"
    secrets(home, "liar", fleet.proxy.url, token=token)

    told = home.run("sync", "push", code=4)

    assert "401: client and server tokens do not match" in told.stderr
    everything = told.stdout + told.stderr + home.run("sync", "status", "--json").stdout
    everything += (home.path / ".cache/ai-usage/sync.log").read_text()
    assert token not in everything


def test_two_runs_never_overlap(fleet: Fleet) -> None:
    from filelock import FileLock

    home = fleet.home("busy")
    (home.path / ".cache/ai-usage").mkdir(parents=True, exist_ok=True)
    with FileLock(home.path / ".cache/ai-usage/sync.lock"):
        assert home.run("sync", "pull", code=1).stderr == "ai-usage: another sync is already running\n"


def test_a_changed_record_is_found_named_and_mended(fleet: Fleet) -> None:
    one, two = logs(fleet.home("one-t"), 1, 2, 3), logs(fleet.home("two-t"), 4)
    one.run("sync", "push")
    two.run("sync", "pull")
    change_first(remote(two, "one-t"))

    found = two.run("sync", "verify", code=3)
    document = json.loads(two.run("sync", "verify", "--json", code=3).stdout)

    assert "  2026-11-01 differs: 1 here, 1 on the server\n" in found.stdout
    assert found.stderr == "ai-usage: integrity failed: one-t; run: ai-usage sync verify --repair\n"
    assert [day["day"] for each in document["machines"] for day in each["differing_days"]] == ["2026-11-01"]
    assert document["agrees"] is False
    assert "one-t: checked, 3 records\n" in two.run("sync", "verify", "--repair").stdout
    assert "everything that was compared agrees" in two.run("sync", "verify").stdout


def test_a_pull_mends_a_changed_record_by_itself(fleet: Fleet) -> None:
    one, two = logs(fleet.home("one-p"), 1, 2, 3), fleet.home("two-p")
    one.run("sync", "push")
    two.run("sync", "pull")
    execute(remote(two, "one-p"), "DELETE FROM records WHERE timestamp < 1793577600000000")

    assert "integrity of one-p: checked\n" in two.run("sync", "pull").stdout


def test_a_lost_ledger_is_brought_back(fleet: Fleet) -> None:
    home = logs(fleet.home("phoenix"), 1, 2, 3)
    home.run("sync", "push")
    before = home.json("daily", "--json")["rows"]
    ledger(home).unlink()
    shutil.rmtree(home.path / ".claude")

    refused = home.run("sync", "push", code=4).stderr if logs(home, 5) else ""
    restored = home.run("sync", "restore")

    assert "409: another installation already writes as phoenix" in refused
    assert (
        "choose another machine_id here; if this is that machine with a new ledger, run: ai-usage sync restore"
        in refused
    )
    assert restored.stdout.startswith("restored 3 records of 3 that the server has\n")
    assert home.json("daily", "--json", "--until", "2026-11-04")["rows"] == before
    assert home.run("sync", "push").stdout == "nothing new to push\nintegrity of this machine: checked\n"
    assert "phoenix: checked, 4 records" in home.run("sync", "verify").stdout


def test_a_damaged_ledger_is_set_aside_and_brought_back(fleet: Fleet) -> None:
    home = logs(fleet.home("crash"), 1, 2)
    home.run("sync", "push")
    shutil.rmtree(home.path / ".claude")
    ledger(home).write_bytes(b"this is no database" * 1000)

    restored = home.run("sync", "restore")

    assert restored.stdout.startswith("restored 2 records of 2 that the server has\n")
    assert "is damaged" in restored.stderr
    assert ledger(home).with_name("ledger.db.damaged-1").exists()


def test_clean_fetches_everything_again_and_drops_nothing(own_fleet: Fleet) -> None:
    one, two = logs(own_fleet.home("one"), 1, 2, 3), own_fleet.home("two")
    one.run("sync", "push")
    two.run("sync", "pull")
    before = two.json("daily", "--json")["rows"]
    own_fleet.server.stop()
    execute(own_fleet.server.database, "DELETE FROM records WHERE seq = 1")
    own_fleet.server.restart()

    cleaned = two.run("sync", "clean")

    assert cleaned.stdout.splitlines()[:2] == [
        "fetched 2 records of 1 machine again",
        "kept 1 record that the server does not have so",
    ]
    assert "integrity of one: checked" in cleaned.stdout
    assert two.json("daily", "--json")["rows"] == before


def test_forgetting_hides_a_machine_and_deletes_nothing(fleet: Fleet) -> None:
    one, two = logs(fleet.home("old-one"), 1, 2), logs(fleet.home("new-one"), 3)
    one.run("sync", "push")
    two.run("sync", "pull")

    assert two.run("sync", "forget", "old-one").stdout == (
        "old-one is hidden here; to show it again, run: ai-usage sync forget old-one --undo\n"
    )
    assert "old-one" not in two.run("hosts", "--csv").stdout
    assert "'old-one' is not known" in two.run("models", "--host", "old-one", code=2).stderr
    assert remote(two, "old-one").exists()
    assert "old-one" not in two.run("sync", "pull").stdout
    two.run("sync", "forget", "old-one", "--undo")
    assert "old-one" in two.run("hosts", "--csv", "--host", "old-one").stdout
    assert "'stranger' is not known; known hosts: " in two.run("sync", "forget", "stranger", code=2).stderr
    assert two.run("sync", "forget", "new-one", code=2).stderr == "ai-usage: new-one is this machine\n"


def test_a_request_on_two_machines_shows_on_both_and_counts_once(fleet: Fleet) -> None:
    one, two = logs(fleet.home("copy-a"), 1, 2, 3), logs(fleet.home("copy-b"), 2, 3, 4)
    one.run("sync", "push")
    two.run("sync", "push")
    two.run("sync", "pull")
    logs(two, 1, 2, 3, 4)  # and one more that the other machine has, read by a report

    hosts = ("--host", "copy-a"), ("--host", "copy-b")
    requests = [
        sum(row["requests"] for row in two.json("daily", "--json", *host)["rows"]) for host in (*hosts, ())
    ]

    assert requests[:2] == [3, 4]
    merged = {row["date"]: row["requests"] for row in two.json("daily", "--json")["rows"]}
    assert {day: merged[day] for day in merged if day <= "2026-11-04"} == {
        f"2026-11-0{day}": 1 for day in (1, 2, 3, 4)
    }


def test_a_full_disk_ends_with_1_and_loses_nothing(fleet: Fleet) -> None:
    one, two = fleet.home("full-one"), fleet.home("full-two")
    one.write_claude(
        [request(n, f"2026-11-{n % 20 + 1:02}T{n // 60 % 24:02}:{n % 60:02}:00Z") for n in range(3000)]
    )
    one.run("sync", "push")

    full = subprocess.run(
        ["bash", "-c", f"ulimit -f 200; exec {PROGRAM} sync pull"],
        env=two.env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert full.returncode == 1, full
    assert "cannot be written" in full.stderr
    assert "Traceback" not in full.stderr
    two.run("sync", "pull")
    assert "full-one: checked, 3,000 records" in two.run("sync", "verify").stdout


def test_what_the_server_lost_is_told_to_be_pushed_again(own_fleet: Fleet) -> None:
    one, two = logs(own_fleet.home("one"), 1, 2), own_fleet.home("two")
    one.run("sync", "push")
    own_fleet.server.stop()
    execute(own_fleet.server.database, "DELETE FROM records WHERE seq = 1")
    own_fleet.server.restart()
    reason = "1 record is here, it reported 2; the server has the same, so run on one: ai-usage sync push"

    pulled, verified = (two.run("sync", word, code=3) for word in ("pull", "verify"))

    assert pulled.stdout == f"pulled 1 record\nintegrity of one: failed ({reason})\n"
    assert (
        pulled.stderr
        == "ai-usage: integrity failed: the records of one here differ from what that machine reported\n"
    )
    assert verified.stdout.endswith(f"\none: failed, 1 record ({reason})\n")
    assert verified.stderr == "ai-usage: integrity failed: one\n"
    one.run("sync", "push")
    assert two.run("sync", "pull").stdout == "pulled 1 record\nintegrity of one: checked\n"


def test_sync_alone_shows_its_commands(home: Home) -> None:
    shown = home.run("sync", code=2)
    assert shown.stderr.startswith("Usage: ai-usage sync [OPTIONS] COMMAND [ARGS]...\n\n")
    assert "\n  restore  " in shown.stderr


def test_a_ledger_that_lacks_nothing_has_nothing_to_restore(fleet: Fleet) -> None:
    home = logs(fleet.home("whole"), 1, 2)
    home.run("sync", "push")
    assert home.run("sync", "restore").stdout.startswith(
        "nothing to restore: all that the server has is here (2 records)\n"
    )
