"""The program we compare with: `ccusage` 20 from npm, installed beside the corpora."""

import json
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WANTED = "20"
FOLDER = Path(__file__).resolve().parent.parent / ".cache" / "ccusage"
KINDS = ("inputTokens", "cacheReadTokens", "cacheCreationTokens", "outputTokens")
"""The disjoint kinds of a row; cache writes of both lifetimes are one figure there."""

THEIR_NAMES = {"omp": "pi"}
"""Its names of our vendors, where they differ: it reads Oh My Pi's sessions as pi's."""


class NotInstalled(Exception):
    """The program is not there and cannot be fetched; the text says what is missing."""


@dataclass(frozen=True)
class CCUsage:
    """An installation."""

    native: Path
    """The program itself, started directly where the start of node would blur the comparison."""
    script: Path
    """What `npx ccusage` runs: a script for node that starts the program."""
    version: str

    def environment(self, home: Path, scratch: Path) -> dict[str, str]:
        """Return the environment in which it reads the same logs as we do, and nothing else."""
        return {
            "HOME": str(home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": "UTC",
            "TMPDIR": str(scratch),
            "XDG_CACHE_HOME": str(scratch / "cache"),
            "PI_AGENT_DIR": ",".join(str(home / agent / "agent/sessions") for agent in (".pi", ".omp")),
        }

    def daily(self) -> list[str]:
        """Return the command of its report of everything by day."""
        return [str(self.native), "daily", "--json", "--offline", "--by-agent"]

    def statusline(self) -> list[str]:
        """Return the command of its status line as people start it, without npx."""
        return [shutil.which("node") or "node", str(self.script), "statusline"]


def installed() -> CCUsage | None:
    """Return the installation, if there is one."""
    native = FOLDER / "node_modules" / _native_package() / "bin" / "ccusage"
    package = FOLDER / "node_modules" / "ccusage"
    if not native.exists() or not package.exists() or shutil.which("node") is None:
        return None
    native.chmod(0o755)
    script = json.loads((package / "package.json").read_text())["bin"]
    script = script["ccusage"] if isinstance(script, dict) else script
    version = json.loads((native.parent.parent / "package.json").read_text())["version"]
    return CCUsage(native, package / script, version)


def install() -> CCUsage:
    """Return the installation, fetched from npm when it is not there.

    Raises:
        NotInstalled: npm is missing or could not fetch it.
    """
    if there := installed():
        return there
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled("npm is missing; on Debian: apt-get install nodejs npm")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}\n')
    # The platform's package is an optional dependency of the first, which recent npm releases may leave out.
    packages = [f"ccusage@{WANTED}", f"{_native_package()}@{WANTED}"]
    command = [npm, "install", "--prefix", str(FOLDER), "--no-audit", "--no-fund", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    there = installed()
    if there is None:
        raise NotInstalled(f"npm could not install {' '.join(packages)}: {done.stderr.strip()[-300:]}")
    return there


def sums_by_agent(report: str) -> dict[str, list[int]]:
    """Sum a `daily --json --by-agent` report by agent, in the order of `KINDS`."""
    sums: dict[str, list[int]] = {}
    for day in json.loads(report)["daily"]:
        for row in day["agents"]:
            _add(sums, row["agent"], row)
    return sums


def _add(sums: dict[str, list[int]], agent: str, row: dict[str, Any]) -> None:
    before = sums.get(agent, [0] * len(KINDS))
    sums[agent] = [count + row[kind] for count, kind in zip(before, KINDS, strict=True)]


def main() -> int:
    """Install it and say which release it is; 1 when that cannot be done."""
    try:
        print(f"ccusage {install().version}")
    except NotInstalled as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def _native_package() -> str:
    machine = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64"}.get(
        platform.machine(), platform.machine()
    )
    return f"@ccusage/ccusage-{'win32' if sys.platform == 'win32' else sys.platform}-{machine}"


if __name__ == "__main__":
    sys.exit(main())
