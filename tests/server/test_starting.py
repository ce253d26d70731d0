"""Starting, refusing to start, stopping, backing up: the command itself."""

import os
import signal
import socket
import sqlite3
import stat
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from ai_usage import __version__

from ..servers import PROGRAMS, TOKEN, RunningServer, running_server, write_config
from .uploads import keys, pull, record, upload


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [str(PROGRAMS / "ai-usage-server"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def refusal(config: Path) -> str:
    """Return the one line with which a server refuses to start, which `--check` says as well."""
    started, checked = run(config), run("--check", config)
    assert (started.returncode, started.stdout) == (checked.returncode, "")
    assert started.stderr == checked.stderr
    assert started.returncode in (1, 2)
    assert started.stderr.startswith("ai-usage-server: ")
    assert started.stderr.count("\n") == 1
    return started.stderr.removeprefix("ai-usage-server: ").strip().replace(str(config.parent), "DIR")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"allowed_host": ["a"]}, "unknown key allowed_host; did you mean allowed_hosts?"),
        (
            {"auto_update": {"enable": True}},
            "unknown key auto_update.enable; did you mean auto_update.enabled?",
        ),
        ({"shared_token": None}, "shared_token is missing"),
        ({"db_path": None}, "db_path is missing"),
        ({"shared_token": "replace-me"}, "shared_token is still replace-me; make one: openssl rand -hex 32"),
        (
            {"shared_token": "x" * 31},
            "shared_token is shorter than 32 characters; make one: openssl rand -hex 32",
        ),
        (
            {"shared_token": "é" * 32},
            "shared_token must be printable ASCII without blanks; make one: openssl rand -hex 32",
        ),
        ({"shared_token": 1234}, "shared_token: expected `str`, got `int`"),
        ({"listen": "8787"}, "listen: '8787' is not host:port, for example 127.0.0.1:8787"),
        (
            {"listen": "127.0.0.1:99999"},
            "listen: '127.0.0.1:99999' is not host:port, for example 127.0.0.1:8787",
        ),
        (
            {"allowed_hosts": ["Laptop"]},
            "allowed_hosts: 'Laptop' is not a machine id; allowed are 1 to 64 of a-z 0-9 _ -",
        ),
        ({"allowed_hosts": "laptop"}, "allowed_hosts: expected `array | null`, got `str`"),
        ({"max_body_bytes": 10}, "max_body_bytes must be at least 1024"),
        ({"max_body_bytes": 10**9}, "max_body_bytes must be at most 67108864"),
        ({"max_batch_records": 10**30}, "max_batch_records must be at most 1000000"),
        (
            {"auto_update": {"interval_seconds": 10**10}},
            "auto_update.interval_seconds must be at most 31536000",
        ),
        ({"max_batch_records": 0}, "max_batch_records must be at least 1"),
        ({"log_level": "loud"}, "log_level: must be one of trace, debug, info, warn, warning, error"),
        ({"auto_update": {"interval_seconds": 59}}, "auto_update.interval_seconds must be at least 60"),
        (
            {"auto_update": {"api_url": "http://git.example"}},
            "auto_update.api_url: 'http://git.example' does not begin with https://",
        ),
        (
            {"auto_update": {"repository": "ai-usage"}},
            "auto_update.repository: 'ai-usage' is not owner/name",
        ),
        ({"trusted_proxies": ["proxy"]}, "trusted_proxies: 'proxy' is not an address or network"),
        ({"client_address_header": "x y"}, "client_address_header: 'x y' is not a header's name"),
        ({"db_path": "data.db"}, "db_path: 'data.db' is not an absolute path"),
    ],
    ids=lambda value: str(next(iter(value))) if isinstance(value, dict) else "",
)
def test_wrong_settings_are_refused_with_one_line(
    tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    assert refusal(write_config(tmp_path, **settings)) == f"DIR/config.yaml: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("allowed_hosts:\n", "allowed_hosts has no value; name hosts, or remove the key to allow any"),
        ("listen: [\n", "not valid YAML in line 5: expected the node content, but found '<stream end>'"),
        ("listen: 127.0.0.1:1\n", "not valid YAML in line 4: key listen appears twice"),
        (
            "x: !!python/object:os.system ls\n",
            "not valid YAML in line 4: could not determine a constructor for the "
            "tag 'tag:yaml.org,2002:python/object:os.system'",
        ),
        ("? [a]\n: b\n", "not valid YAML in line 4: a key is not a text"),
        ("x: " + "[" * 20_000 + "\n", "not valid YAML: a value is not valid, or nested too deeply"),
        ("x: 2026-99-99\n", "not valid YAML: a value is not valid, or nested too deeply"),
    ],
    ids=["no hosts", "broken", "twice", "code", "list as key", "deep", "no date"],
)
def test_a_file_that_is_not_what_it_seems_is_refused(tmp_path: Path, text: str, said: str) -> None:
    config = write_config(tmp_path)
    with config.open("a") as file:
        file.write(text)
    assert refusal(config) == f"DIR/config.yaml: {said}"


@pytest.mark.parametrize("content", ["", "- a\n", "text\n"])
def test_a_file_without_settings_is_refused(tmp_path: Path, content: str) -> None:
    config = write_config(tmp_path)
    config.write_text(content)
    assert refusal(config) == "DIR/config.yaml: the settings must be a list of `key: value` lines"


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config.yaml")
    assert refusal(tmp_path / "config.yaml") == "DIR/config.yaml is not a regular file"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    expected = "there is no DIR/config.yaml; make it from examples/server-config-template.yaml"
    assert refusal(tmp_path / "config.yaml") == expected


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_config_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    config = write_config(tmp_path)
    config.chmod(mode)
    expected = "DIR/config.yaml can be written by users other than its owner; run: chmod go-w DIR/config.yaml"
    assert refusal(config) == expected


def test_a_config_that_others_can_read_is_used_with_a_warning(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    config.chmod(0o644)
    checked = run("--check", config)
    assert (checked.returncode, checked.stdout) == (0, f"{config} is valid\n")
    assert checked.stderr == (
        f"ai-usage-server: warning: {config} can be read by every user of this machine; "
        f"run: chown root:ai-usage {config} && chmod 640 {config}\n"
    )


def test_a_valid_config_checks_and_nothing_is_made(tmp_path: Path) -> None:
    config = write_config(
        tmp_path, allowed_hosts=["laptop"], log_level="debug", trusted_proxies=["10.0.0.0/8"]
    )
    checked = run("--check", config)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, f"{config} is valid\n", "")
    assert os.listdir(tmp_path) == ["config.yaml"]


@pytest.mark.parametrize("level", ["trace", "debug", "info", "warn", "warning", "error"])
def test_the_log_levels_of_older_servers_are_known(tmp_path: Path, level: str) -> None:
    assert run("--check", write_config(tmp_path, log_level=level)).returncode == 0


def test_the_template_is_valid_but_for_its_token(tmp_path: Path) -> None:
    template = Path(__file__).parents[2] / "examples/server-config-template.yaml"
    text = template.read_text()
    config = tmp_path / "config.yaml"
    config.write_text(text.replace("/var/lib/ai-usage", str(tmp_path)))
    config.chmod(0o600)
    assert refusal(config) == (
        "DIR/config.yaml: shared_token is still replace-me; make one: openssl rand -hex 32"
    )
    config.write_text(config.read_text().replace('"replace-me"', f'"{TOKEN}"'))
    assert run("--check", config).stdout == f"{config} is valid\n"


@pytest.mark.parametrize(
    ("db_path", "said"),
    [
        ("missing/data.db", "db_path: DIR/missing is not a folder; create it: install -d -m 700 DIR/missing"),
        ("folder", "db_path: DIR/folder is a folder, not a file"),
        (
            "text",
            "DIR/text is not an SQLite database; put a backup back, or move the file away and let each machine "
            "push again (docs/server.md)",
        ),
        (
            "newer",
            "the database has schema 99, this server reads up to 1; nothing was changed: install a newer "
            "ai-usage-server, or if no newer one wrote it, run: ai-usage-server verify --repair",
        ),
        ("foreign", "db_path: DIR/foreign is a database of another program"),
    ],
)
def test_an_unusable_database_is_refused(tmp_path: Path, db_path: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no database " * 1000)
    with closing(sqlite3.connect(tmp_path / "foreign")) as db:
        db.execute("CREATE TABLE notes (text)")
    with running_server(tmp_path / "made") as made:
        made.stop()
    made.database.rename(tmp_path / "newer")
    with closing(sqlite3.connect(tmp_path / "newer")) as db:
        db.execute("PRAGMA user_version = 99")
    assert refusal(write_config(tmp_path, db_path=str(tmp_path / db_path))) == said


def test_a_database_on_a_network_is_refused(tmp_path: Path) -> None:
    from ai_usage.server.storage.connection import NETWORK_FILE_SYSTEMS, file_system_of

    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/vda / ext4 rw 0 0\n"
        f"server:/home {tmp_path} nfs4 rw 0 0\n"
        "tmpfs /run tmpfs rw 0 0\n"
        f"//box/share {tmp_path}/with\\040blank cifs rw 0 0\n"
    )
    kinds = [file_system_of(place, mounts) for place in (tmp_path, tmp_path / "with blank", Path("/usr"))]
    assert kinds == ["nfs4", "cifs", "ext4"]
    assert set(kinds[:2]) <= NETWORK_FILE_SYSTEMS


def test_an_address_in_use_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        refused = run(write_config(tmp_path, listen=address))
    assert refused.returncode == 1
    assert refused.stderr == f"ai-usage-server: listen: {address}: address already in use\n"


def test_two_servers_never_share_a_database(server: RunningServer) -> None:
    refused = run(write_config(server.folder))
    assert refused.returncode == 1
    expected = f"ai-usage-server: db_path: another ai-usage-server already works on {server.database}\n"
    assert refused.stderr == expected
    with server.client() as client:
        assert upload(client, record())["accepted"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_everything_in_one_private_file(server: RunningServer, number: int) -> None:
    with server.client() as client:
        upload(client, record("a"))
        assert server.stop(number) == 0
    left = {path.name: stat.S_IMODE(path.stat().st_mode) for path in server.folder.glob("data.db*")}
    assert left == {"data.db": 0o600, "data.db.lock": 0o600}
    assert server.log_lines()[-1]["event"] == "stopped"


def test_a_running_request_is_finished_before_the_end(server: RunningServer) -> None:
    host, port = server.address.split(":")
    body = b"".join(b'{"schema_version":1}\n' for _ in range(1))
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = (
            f"POST /v1/upload HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
            f"content-length: {len(body)}\r\nexpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")  # now it runs, and wants the body
        server.process.send_signal(signal.SIGTERM)
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert answer.endswith("line 1: invalid JSON: missing key host_id")
    assert server.stop() == 0


def test_a_kill_loses_nothing_that_was_answered(server: RunningServer) -> None:
    with server.client() as client:
        for number in range(20):
            upload(client, record(str(number)))
        server.stop(signal.SIGKILL)
        server.restart()
        assert keys(pull(client)) == [(number + 1, str(number)) for number in range(20)]


def test_a_backup_is_whole_private_and_usable(server: RunningServer, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with server.client() as client:
        upload(client, record("a"), record("b"))
        instance = client.get("/v1/health").json()["instance_id"]
        made = run("backup", copy, "--config", server.config)
        assert (made.returncode, made.stdout, made.stderr) == (0, f"{copy}: 2 records, verified\n", "")
        again = run("backup", copy, "--config", server.config)
        assert again.returncode == 0
    assert (stat.S_IMODE(copy.stat().st_mode), sorted(os.listdir(tmp_path))) == (0o600, ["copy.db", "server"])
    with running_server(tmp_path / "restored", db_path=str(copy)) as restored, restored.client() as client:
        assert keys(pull(client)) == [(1, "a"), (2, "b")]
        assert client.get("/v1/health").json()["instance_id"] == instance


def test_a_backup_of_a_stopped_server_leaves_nothing_behind(server: RunningServer, tmp_path: Path) -> None:
    with server.client() as client:
        upload(client, record("a"))
    server.stop()
    before = sorted(os.listdir(server.folder))
    assert run("backup", tmp_path / "copy.db", "--config", server.config).returncode == 0
    assert run("--check", server.config).returncode == 0
    assert sorted(os.listdir(server.folder)) == before


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        ("server/data.db", "DIR/server/data.db cannot be the backup; name another file"),
        ("server", "DIR/server cannot be the backup; name another file"),
        ("missing/copy.db", "DIR/missing/copy.db cannot be written: No such file or directory"),
    ],
)
def test_a_backup_that_cannot_be_made_says_why(
    server: RunningServer, tmp_path: Path, copy: str, said: str
) -> None:
    made = run("backup", tmp_path / copy, "--config", server.config)
    assert made.returncode == 1
    assert made.stderr == f"ai-usage-server: {said.replace('DIR', str(tmp_path))}\n"


def test_the_sqlite_shell_can_back_it_up_while_it_runs(server: RunningServer, tmp_path: Path) -> None:
    with server.client() as client:
        upload(client, record("a"))
        with (
            closing(sqlite3.connect(server.database)) as source,
            closing(sqlite3.connect(tmp_path / "x.db")) as copy,
        ):
            source.backup(copy)
            assert copy.execute("SELECT count(*) FROM records").fetchone() == (1,)
        assert upload(client, record("b"))["max_seq"] == 2


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--version"], 0, f"ai-usage-server, version {__version__}\n"),
        (["backup"], 2, "Missing argument 'FILE'"),
        (["--no-such-option"], 2, "No such option"),
        (
            ["bakup", "x.db"],
            2,
            "bakup is neither a command nor a file; did you mean `ai-usage-server backup`?",
        ),
        (["nowhere.yaml"], 2, "there is no nowhere.yaml; make it from examples/server-config-template.yaml"),
        (["--check", "a.yaml", "b.yaml"], 2, "--check CONFIG and --trial CONFIG go with nothing else"),
        (
            ["--check", "a.yaml", "backup", "x.db"],
            2,
            "--check CONFIG and --trial CONFIG go with nothing else",
        ),
        (
            ["--check", "a.yaml", "--trial", "a.yaml"],
            2,
            "--check CONFIG and --trial CONFIG go with nothing else",
        ),
    ],
)
def test_words_are_understood_or_named(words: list[str], code: int, said: str) -> None:
    ran = run(*words)
    assert ran.returncode == code
    assert said in ran.stdout + ran.stderr


def test_help_names_what_there_is() -> None:
    said = run("--help").stdout
    assert all(word in said for word in ("[CONFIG]", "--check", "backup", "/etc/ai-usage-server/config.yaml"))


def test_on_a_terminal_the_log_is_text(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    config = write_config(tmp_path)
    process = subprocess.Popen(
        [PROGRAMS / "ai-usage-server", config], stderr=theirs, env=os.environ | {"NO_COLOR": "1"}
    )
    os.close(theirs)
    said = b""
    while b"listening" not in said:
        said += os.read(ours, 1024)
    process.terminate()
    assert process.wait(30) == 0
    os.close(ours)
    assert b"listening" in said
    assert b"{" not in said
