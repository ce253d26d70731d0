"""The real server and the real proxy as processes, for every test that needs them."""

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx2
import yaml

TOKEN: Final = "a-token-for-tests-0123456789abcdef"
SCRIPTS: Final = Path(sys.executable).parent
PROGRAMS: Final = Path(os.environ.get("AI_USAGE_TEST_PROGRAMS", SCRIPTS))
"""Where both programs lie; `make dist-test` names a folder with the single files."""
DEPLOY: Final = Path(__file__).parents[1] / "deploy"
START_TIMEOUT_S: Final = 120.0


@dataclass
class RunningServer:
    """One `ai-usage-server` process, its folder and its log."""

    folder: Path
    config: Path
    process: subprocess.Popen[bytes]
    address: str

    @property
    def url(self) -> str:
        """Where it answers, without TLS."""
        return f"http://{self.address}"

    @property
    def database(self) -> Path:
        """The database file."""
        return self.folder / "data.db"

    @property
    def log(self) -> str:
        """All that it has said on stderr."""
        return (self.folder / "server.log").read_text()

    def log_lines(self) -> list[dict[str, Any]]:
        """Return the structured lines of the log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def wait_for_lines(self, count: int, **wanted: object) -> list[dict[str, Any]]:
        """Return the lines that have these members, once there are so many: a line follows its answer."""
        deadline = time.monotonic() + 10
        while True:
            found = [line for line in self.log_lines() if wanted.items() <= line.items()]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.02)

    def client(self, host: str | None = None, **headers: str) -> httpx2.Client:
        """Open a client with the right token, as a machine if one is named."""
        known = {"authorization": f"Bearer {TOKEN}"} | ({"x-ai-usage-client": host} if host else {})
        return httpx2.Client(base_url=self.url, headers=known | headers, timeout=30)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def restart(self) -> None:
        """Start it again on the same address with the same database."""
        self.stop()
        settings = yaml.safe_load(self.config.read_text())
        self.config.write_text(yaml.safe_dump(settings | {"listen": self.address}))
        started = start_server(self.folder, self.config)
        self.process, self.address = started.process, started.address


def write_config(folder: Path, **settings: object) -> Path:
    """Write settings that are valid and private; each can be overridden, None leaves a key out."""
    values = {"listen": "127.0.0.1:0", "db_path": str(folder / "data.db"), "shared_token": TOKEN} | settings
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump({key: value for key, value in values.items() if value is not None}))
    config.chmod(0o600)
    return config


def start_server(
    folder: Path, config: Path, within: Sequence[str] = (), env: Mapping[str, str] = MappingProxyType({})
) -> RunningServer:
    """Start the console script and wait until it listens.

    Args:
        folder: for its log.
        config: its settings.
        within: a command that runs the one that follows it, in surroundings of its own.
        env: variables besides those of the tests.
    """
    log = folder / "server.log"
    seen = log.stat().st_size if log.exists() else 0
    with log.open("ab") as file:
        words = [*within, str(PROGRAMS / "ai-usage-server"), str(config)]
        process = subprocess.Popen(words, stdout=file, stderr=file, env=os.environ | dict(env))
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r'"address": "([^"]+)"', log.read_bytes()[seen:].decode("utf-8", "replace"))
        if found:
            return RunningServer(folder, config, process, found[1])
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not start: {log.read_bytes()[seen:].decode('utf-8', 'replace')}")


@contextlib.contextmanager
def running_server(
    folder: Path, env: Mapping[str, str] = MappingProxyType({}), **settings: object
) -> Iterator[RunningServer]:
    """Run a server in a folder for as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    server = start_server(folder, write_config(folder, **settings), env=env)
    try:
        yield server
    finally:
        server.stop()


@dataclass
class RunningProxy:
    """One Caddy process in front of a server, with a certificate of its own authority."""

    url: str
    root_certificate: Path
    process: subprocess.Popen[bytes] = field(repr=False)


@contextlib.contextmanager
def running_proxy(folder: Path, upstream: str, rules: str = "") -> Iterator[RunningProxy]:
    """Run Caddy with TLS and the shipped Caddyfile in front of an address for as long as the block lasts.

    Clients trust it when `SSL_CERT_FILE` names `root_certificate`.

    Args:
        folder: for its files.
        upstream: the address.
        rules: directives of its own, which come before the one that passes requests on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    shipped = (DEPLOY / "Caddyfile").read_text()
    site = shipped.replace(
        "usage.your-domain.example {", f"https://localhost:{port} {{\n\ttls internal\n{rules}"
    )
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n"
        f"\tstorage file_system {folder}\n}}\n" + site.replace("127.0.0.1:8787", upstream)
    )
    root = folder / "pki/authorities/local/root.crt"
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            [SCRIPTS / "caddy", "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"],
            stdout=log,
            stderr=log,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (root.exists() and _answers(port, root)):
            assert process.poll() is None, (folder / "caddy.log").read_text()
            assert time.monotonic() < deadline, (folder / "caddy.log").read_text()
            time.sleep(0.05)
        yield RunningProxy(f"https://localhost:{port}", root, process)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def trusting(root_certificate: Path) -> ssl.SSLContext:
    """Return a TLS context that trusts one authority."""
    return ssl.create_default_context(cafile=str(root_certificate))


def _answers(port: int, root: Path) -> bool:
    try:
        httpx2.get(f"https://localhost:{port}/v1/health", verify=trusting(root), timeout=2)
    except httpx2.TransportError:
        return False
    return True
