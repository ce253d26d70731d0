"""A release channel, a folder with an installed stand-in, and a process that updates it."""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import ai_usage
from ai_usage.update.keys import write_key
from ai_usage.update.target import Program, name_target
from tests.release_channel import ReleaseChannel, running_channel

TARGET: Final = name_target(platform.system(), platform.machine(), platform.libc_ver()[0])
ASSET: Final = "ai-usage-x86_64-linux-gnu"
UPDATING: Final = Path(__file__).with_name("updating.py")


def stand_in(version: str, *, before: str = "", padding: int = 0) -> bytes:
    """Return a small program that is built like the real one: a shell script with bytes behind it."""
    script = f"#!/bin/sh\n{before}\necho 'ai-usage {version}'\nexit 0\n"
    return script.encode() + b"\0" * padding


def real_program(folder: Path, program: Program, version: str, keys: Sequence[bytes]) -> bytes:
    """Return this very program as one file for tests, with a version and release keys of its own.

    What the builder of single files packs lies in a folder beside it instead; everything else is the same.
    """
    tree = folder / f"{program}-{version}"
    shutil.copytree(
        Path(ai_usage.__file__).parent, tree / "ai_usage", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tree / "ai_usage/__init__.py").write_text(f'__version__ = "{version}"\n')
    (tree / "ai_usage/build.json").write_text(json.dumps({"target": TARGET}))
    (tree / "ai_usage/update/release_keys.txt").write_text("\n".join(map(write_key, keys)))
    module = "server.main" if program == "ai-usage-server" else "__main__"
    return (
        f"#!{sys.executable} -I\nimport sys\nsys.path.insert(0, {str(tree)!r})\n"
        f"from ai_usage.{module} import main\nsys.exit(main())\n"
    ).encode()


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
