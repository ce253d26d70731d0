"""A server process that updates itself under a supervisor, as a single file would under systemd."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from tests.release_channel import ReleaseChannel
from tests.servers import free_port, write_config

from .conftest import TARGET, real_program

ASSET: Final = f"ai-usage-server-{TARGET}"
SUPERVISING: Final = Path(__file__).with_name("supervising.py")
PATIENCE_S: Final = 60.0
AS_SERVICE: Final = "if '--trial' not in sys.argv and '--version' not in sys.argv:\n"
"""What a new program does only when it is started for good."""


@dataclass
class Service:
    """A server program in a folder of its own, and the supervisor that starts it again and again."""

    folder: Path
    channel: ReleaseChannel
    config: Path
    address: str
    supervisor: subprocess.Popen[bytes] | None = None

    @property
    def program(self) -> Path:
        return self.folder / "bin/ai-usage-server"

    @property
    def kept(self) -> Path:
        return self.folder / "bin/ai-usage-server.old"

    def install(self, version: str, keys: list[bytes] | None = None) -> None:
        content = real_program(
            self.folder, "ai-usage-server", version, [self.channel.public_key] if keys is None else keys
        )
        self.program.parent.mkdir(exist_ok=True)
        self.program.write_bytes(content)
        self.program.chmod(0o755)

    def publish(self, version: str, breaking: str = "") -> None:
        """Release a version; `breaking` is Python that runs in the new program before anything else."""
        content = real_program(self.folder, "ai-usage-server", version, [self.channel.public_key])
        self.channel.release(
            f"v{version}", {ASSET: content.replace(b"import sys\n", b"import sys\n" + breaking.encode(), 1)}
        )

    def start(self, start_s: float = PATIENCE_S, watchdog_s: float = PATIENCE_S) -> None:
        """Start the supervisor, which gives the server so long to start and between two signs of life."""
        (self.folder / "notify").unlink(missing_ok=True)
        words = [sys.executable, *map(str, (SUPERVISING, self.program, self.config, start_s, watchdog_s))]
        with (self.folder / "log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                words,
                stdout=log,
                stderr=log,
                env=os.environ | dict(self.channel.env),
                start_new_session=True,
            )

    def end(self) -> None:
        """Stop in an orderly way: the supervisor starts nothing any more, the server gets its SIGTERM."""
        (self.folder / "stop").touch()
        if self.supervisor is None:
            return
        for child in subprocess.run(
            ["pgrep", "-P", str(self.supervisor.pid)], capture_output=True, text=True
        ).stdout.split():
            try:
                os.kill(int(child), signal.SIGTERM)
            except ProcessLookupError:
                pass
        self.supervisor.wait(PATIENCE_S)
        self.supervisor = None

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def warnings(self) -> list[str]:
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [line["reason"] for line in lines if line["event"] == "auto_update"]

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx2.get(f"http://{self.address}/v1/health", timeout=5).json()
        return found

    def wait_for(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not _holds(what):
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def wait_for_version(self, version: str) -> None:
        self.wait_for(lambda: self.health()["version"] == version)


def _holds(what: Callable[[], bool]) -> bool:
    try:
        return what()
    except httpx2.TransportError:
        return False


@pytest.fixture
def service(tmp_path: Path, channel: ReleaseChannel) -> Iterator[Service]:
    address = f"127.0.0.1:{free_port()}"
    config = write_config(
        tmp_path,
        listen=address,
        auto_update={"enabled": True, "interval_seconds": 60, "repository": "owner/ai-usage"},
    )
    service = Service(tmp_path, channel, config, address)
    service.install("4.0.0")
    try:
        yield service
    finally:
        if service.supervisor is not None:
            os.killpg(service.supervisor.pid, signal.SIGKILL)
            service.supervisor.wait()


def test_a_server_replaces_itself_and_keeps_the_old_program_until_it_has_settled(service: Service) -> None:
    service.publish("4.0.1")
    service.start()
    service.wait_for_version("4.0.1")
    assert service.kept.exists()
    assert service.warnings() == []
    service.end()
    assert not service.kept.exists()
    assert sorted(path.name for path in service.program.parent.iterdir()) == [
        "ai-usage-server",
        "ai-usage-server.seen.json",
    ]
    assert subprocess.check_output([service.program, "--version"], text=True).split()[-1] == "4.0.1"
    assert not list(service.folder.glob("*.trial"))


def test_a_new_server_that_migrates_and_then_dies_is_rolled_back_to_one_that_opens_the_database(
    service: Service,
) -> None:
    database = service.folder / "data.db"
    service.publish(
        "4.0.1",
        # On trial it runs; as the service it adds a table, as a migration would, and dies.
        "import sqlite3\n"
        f"{AS_SERVICE}"
        f"    with sqlite3.connect({str(database)!r}) as db: db.execute('CREATE TABLE added_by_4_0_1 (x)')\n"
        "    sys.exit('migrated, then died')\n",
    )
    service.start()
    service.wait_for(lambda: "4.0.1 did not stay up; 4.0.0 was put back" in service.log())
    service.wait_for_version("4.0.0")
    service.wait_for(lambda: service.warnings() != [])
    assert service.warnings() == ["4.0.1 did not stay up here and was rolled back, so it is left out"]
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'added_by_4_0_1'").fetchall()
    service.end()
    assert subprocess.check_output([service.program, "--version"], text=True).split()[-1] == "4.0.0"


def test_a_new_server_that_hangs_before_it_serves_is_rolled_back(service: Service) -> None:
    service.publish("4.0.1", f"{AS_SERVICE}    __import__('time').sleep(3600)\n")
    service.start(start_s=15)
    service.wait_for(lambda: "4.0.1 did not stay up; 4.0.0 was put back" in service.log())
    assert "supervisor: killed, because it did not say that it serves" in service.log()
    service.wait_for_version("4.0.0")
    service.end()
    assert subprocess.check_output([service.program, "--version"], text=True).split()[-1] == "4.0.0"


def test_a_new_server_that_hangs_while_it_serves_is_rolled_back(service: Service) -> None:
    hang = service.folder / "hang"
    service.publish(
        "4.0.1",
        "import os, pathlib, signal, threading, time\n"
        "def hang():\n"
        f"    while not pathlib.Path({str(hang)!r}).exists(): time.sleep(0.05)\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
        f"{AS_SERVICE}    threading.Thread(target=hang, daemon=True).start()\n",
    )
    service.start(watchdog_s=9)
    service.wait_for_version("4.0.1")
    hang.touch()
    service.wait_for(lambda: "4.0.1 did not stay up; 4.0.0 was put back" in service.log())
    assert "supervisor: killed, because it gives no sign of life" in service.log()
    service.wait_for_version("4.0.0")
    service.end()


def test_a_new_server_that_fails_its_trial_is_not_installed(service: Service) -> None:
    service.publish("4.0.1", "if '--trial' in sys.argv: sys.exit('cannot migrate')\n")
    service.start()
    service.wait_for(lambda: service.warnings() != [])
    assert service.warnings() == [
        f"the new ai-usage-server does not run: --trial {service.config} ended with exit 1: cannot migrate"
    ]
    assert service.health()["version"] == "4.0.0"
    service.end()
    assert sorted(path.name for path in service.program.parent.iterdir()) == [
        "ai-usage-server",
        "ai-usage-server.seen.json",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts that only one process sees need Linux")
def test_a_server_that_cannot_write_its_own_file_says_so_once_and_goes_on_serving(service: Service) -> None:
    service.publish("4.0.1")
    unshare = shutil.which("unshare")
    assert unshare is not None
    folder = service.program.parent
    mounted = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec "
    with (service.folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                unshare,
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                f'{mounted} "$@"',
                "sh",
                service.program,
                service.config,
            ],
            stdout=log,
            stderr=log,
            env=os.environ | dict(service.channel.env),
        )
    try:
        service.wait_for(lambda: service.warnings() != [])
        service.wait_for_version("4.0.0")
        assert service.warnings() == [
            f"{service.program.parent} cannot be written by this user, so the program stays as it is"
        ]
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def test_a_server_without_a_release_key_says_so_and_goes_on_serving(service: Service) -> None:
    service.publish("4.0.1")
    shutil.rmtree(service.folder / "ai-usage-server-4.0.0")
    service.install("4.0.0", keys=[])
    service.start()
    service.wait_for(lambda: service.warnings() != [])
    assert service.warnings() == [
        "this build of ai-usage-server carries no release key, so it cannot tell which release is genuine "
        "and installs nothing"
    ]
    assert service.health()["version"] == "4.0.0"
    service.end()


def test_a_server_of_a_package_manager_names_the_command(service: Service) -> None:
    with (service.folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("ai-usage-server"), service.config], stdout=log, stderr=log
        )
    try:
        service.wait_for(lambda: service.warnings() != [])
        root = Path(__file__).parents[3]
        assert service.warnings() == [
            f"this server comes from a checkout of its source; to upgrade it, run: git -C {root} pull"
        ]
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def test_a_kill_while_it_installs_leaves_a_server_that_starts(service: Service) -> None:
    service.publish("4.0.1")
    service.start()
    service.wait_for(lambda: "downloaded and compared" in service.log())
    assert service.supervisor is not None
    os.killpg(service.supervisor.pid, signal.SIGKILL)
    service.supervisor.wait()
    service.start()
    service.wait_for_version("4.0.1")
    service.end()
    assert sorted(path.name for path in service.program.parent.iterdir()) == [
        "ai-usage-server",
        "ai-usage-server.seen.json",
    ]


def test_the_trial_answers_on_a_copy_and_leaves_nothing(service: Service) -> None:
    said = subprocess.check_output([service.program, "--trial", service.config], text=True)
    assert said == f"ai-usage-server 4.0.0 answers on a copy of {service.folder / 'data.db'}\n"
    assert not (service.folder / "data.db").exists()
    assert not list(service.folder.glob("*.trial"))
