"""Machines as people have them: homes of their own, the installed program, a server behind a proxy with TLS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.homes import Home
from tests.servers import TOKEN, RunningProxy, RunningServer, running_proxy, running_server

SECRETS = ".secrets/ai-usage.yaml"


class Fleet(NamedTuple):
    """A server, the proxy in front of it, and a folder for homes."""

    server: RunningServer
    proxy: RunningProxy
    folder: Path

    def home(self, name: str, machine_id: str | None = None, **changes: Any) -> Home:
        """Make a home that trusts the proxy's authority and knows the server."""
        home = self.bare_home(name)
        secrets(home, machine_id or name, self.proxy.url, **changes)
        return home

    def bare_home(self, name: str) -> Home:
        """Make a home that trusts the proxy's authority and knows nothing else."""
        home = Home(self.folder / name)
        home.env["AI_USAGE_SECRETS"] = str(home.path / SECRETS)
        home.env["SSL_CERT_FILE"] = str(self.proxy.root_certificate)
        return home


def secrets(
    home: Home, machine_id: str, url: str, token: str = TOKEN, extra: str = "", mode: int = 0o600
) -> Path:
    """Write a secrets file into a home."""
    path = home.write(
        SECRETS,
        f'sync:\n  enabled: true\n  server_url: "{url}"\n  token: "{token}"\n  machine_id: "{machine_id}"\n{extra}',
    )
    path.chmod(mode)
    return path


@pytest.fixture(scope="session")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, RunningProxy]]:
    """Run one server behind one proxy for all tests here; each test uses machine names of its own."""
    folder = tmp_path_factory.mktemp("fleet")
    with (
        running_server(folder / "server") as server,
        running_proxy(folder / "proxy", server.address) as proxy,
    ):
        yield server, proxy


@pytest.fixture
def fleet(proxied: tuple[RunningServer, RunningProxy], tmp_path: Path) -> Fleet:
    """Homes beside a server that other tests use, too."""
    return Fleet(*proxied, tmp_path)


@pytest.fixture
def own_fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Homes beside a server of their own."""
    with (
        running_server(tmp_path / "server") as server,
        running_proxy(tmp_path / "proxy", server.address) as proxy,
    ):
        yield Fleet(server, proxy, tmp_path)
