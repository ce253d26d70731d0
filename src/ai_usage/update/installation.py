"""Find out how this program was installed, and so what may replace it."""

import json
import shlex
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from ai_usage.update.target import Program

BUILD: Final = Path(__file__).parents[1] / "build.json"
"""Written beside the package by the builder of the single files: `{"target": "x86_64-linux-gnu"}`."""

_MANAGERS: Final = {
    "/usr/bin/apt-get": "apt-get install --only-upgrade ai-usage",
    "/usr/bin/dnf": "dnf upgrade ai-usage",
    "/usr/bin/zypper": "zypper update ai-usage",
    "/usr/bin/pacman": "pacman -Syu ai-usage",
    "/sbin/apk": "apk upgrade ai-usage",
}


class SingleFile(NamedTuple):
    """A program in one file, which replaces itself."""

    executable: Path
    target: str


class Managed(NamedTuple):
    """A program that was installed, and must be upgraded, by another tool."""

    by: str
    command: str


Installation = SingleFile | Managed


class Facts(NamedTuple):
    """The observable facts of an installation."""

    program: Program
    started_as: Path
    """`sys.argv[0]`, absolute and without links."""
    prefix: Path
    """`sys.prefix`."""
    python: str
    """`sys.executable`."""
    target: str | None
    """The target in `BUILD`, None without that file."""
    installer: str
    """The distribution's INSTALLER file: `pip`, `uv`, a packager's name, or nothing."""
    source: str | None
    """The folder of an installation that runs from its source."""
    marks: frozenset[str]
    """The names of files in the prefix."""
    managers: tuple[str, ...]
    """Commands of the system's package managers."""


def recognise(facts: Facts) -> Installation:
    """Return what may replace the program; a pure function."""
    if facts.target is not None:
        if facts.started_as.is_relative_to(facts.prefix):
            return Managed("a single file that was unpacked", "ai-usage update")
        return SingleFile(facts.started_as, facts.target)
    if facts.source is not None:
        return Managed("a checkout of its source", f"git -C {shlex.quote(facts.source)} pull")
    python = shlex.quote(facts.python)
    extra = "[server]" if facts.program == "ai-usage-server" else ""
    if "uv-receipt.toml" in facts.marks:
        return Managed("uv", "uv tool upgrade ai-usage")
    if "pipx_metadata.json" in facts.marks:
        return Managed("pipx", "pipx upgrade ai-usage")
    if "Cellar" in facts.prefix.parts:
        return Managed("Homebrew", "brew upgrade ai-usage")
    if facts.installer == "uv":
        return Managed("uv", f"uv pip install --python {python} --upgrade 'ai-usage{extra}'")
    if facts.installer == "pip":
        return Managed("pip", f"{python} -m pip install --upgrade 'ai-usage{extra}'")
    command = next(iter(facts.managers), "use the package manager of your system")
    return Managed("the packages of your system", command)


def find_installation(program: Program) -> Installation:
    """Inspect this process, and return what may replace the program."""
    return recognise(find_facts(program))


def find_facts(program: Program) -> Facts:
    """Inspect this process."""
    prefix = Path(sys.prefix)
    installer, source = _distribution()
    return Facts(
        program=program,
        started_as=Path(sys.argv[0]).resolve(),
        prefix=prefix,
        python=sys.executable,
        target=_read(BUILD).get("target"),
        installer=installer,
        source=source,
        marks=frozenset(path.name for path in prefix.iterdir()),
        managers=tuple(command for path, command in _MANAGERS.items() if Path(path).exists()),
    )


def _distribution() -> tuple[str, str | None]:
    try:
        distribution = metadata.distribution("ai-usage")
    except metadata.PackageNotFoundError:
        return "", None
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    is_source = origin.get("dir_info", {}).get("editable", False)
    source = unquote(str(origin.get("url", "")).removeprefix("file://")) if is_source else None
    return (distribution.read_text("INSTALLER") or "").strip(), source


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    return document
