"""A release channel, a folder with an installed stand-in, and a process that updates it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.release_channel import ReleaseChannel, running_channel

ASSET: Final = "ai-usage-x86_64-linux-gnu"
UPDATING: Final = Path(__file__).with_name("updating.py")


def stand_in(version: str, *, before: str = "", padding: int = 0) -> bytes:
    """Return a small program that is built like the real one: a shell script with bytes behind it."""
    script = f"#!/bin/sh\n{before}\necho 'ai-usage {version}'\nexit 0\n"
    return script.encode() + b"\0" * padding


@dataclass
class Installed:
    """A stand-in in a folder, and what it is updated from."""

    executable: Path
    channel: ReleaseChannel

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.executable.parent

    def command(self, **options: object) -> list[str]:
        """Return the command that updates it in a process of its own; see `updating.py`."""
        asked = {
            "executable": str(self.executable),
            "api_url": self.channel.url,
            "keys": [self.channel.public_key.hex()],
            **options,
        }
        return [sys.executable, str(UPDATING), json.dumps(asked)]

    def env(self) -> dict[str, str]:
        """Return the environment in which the channel's certificate is believed."""
        return os.environ | {"SSL_CERT_FILE": str(self.channel.root_certificate)}

    def update(self, **options: object) -> subprocess.CompletedProcess[str]:
        """Update it and return what was printed."""
        return subprocess.run(self.command(**options), capture_output=True, text=True, env=self.env())

    def says(self) -> str:
        """Start it and return what it says of itself."""
        started = subprocess.run([self.executable, "--version"], capture_output=True, text=True, check=True)
        return started.stdout.strip()

    def beside(self) -> list[str]:
        """Return the names of all files in its folder."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[ReleaseChannel]:
    """Run a channel without releases."""
    with running_channel(tmp_path / "channel") as running:
        yield running


@pytest.fixture
def installed(tmp_path: Path, channel: ReleaseChannel) -> Installed:
    """Install a stand-in that says that it is 4.0.0."""
    folder = tmp_path / "bin"
    folder.mkdir()
    executable = folder / "ai-usage"
    executable.write_bytes(stand_in("4.0.0"))
    executable.chmod(0o755)
    return Installed(executable, channel)
