"""`make run`: the person's own usage, or, where there are no logs, sample data that says that it is sample data."""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ai_usage.sources.registry import SOURCES
from scripts.sample_logs import MACHINES, write_sample

PROGRAM = Path(sys.executable).parent / "ai-usage"
TERMINAL = (
    "PATH",
    "LANG",
    "TERM",
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "TZ",
    "LC_ALL",
)
"""What a sample run keeps of the environment: how to draw, and nothing that names a folder of the person."""


def main() -> int:
    """Run `ai-usage --once` with the words that were given; return its exit code."""
    words = sys.argv[1:] or ["--once"]
    if _has_logs():
        return subprocess.run([str(PROGRAM), *words], check=False).returncode
    print("No logs of AI coding agents were found on this machine (looked where these keep theirs:")
    print(
        f"{', '.join(source.label for source in SOURCES)}). This is SAMPLE DATA of two invented machines:\n"
    )
    with tempfile.TemporaryDirectory(prefix="ai-usage-sample-") as folder:
        return max(_show(Path(folder) / machine, machine, words) for machine in MACHINES)


def _has_logs() -> bool:
    """Look for the first log of any agent."""
    home = Path.home()
    return any(
        True
        for source in SOURCES
        for root in source.roots(os.environ, home)
        for _ in source.discover(str(root.path), [])
    )


def _show(home: Path, machine: str, words: list[str]) -> int:
    write_sample(home, machine, datetime.now(UTC))
    print(f"SAMPLE DATA: {machine}", flush=True)
    return subprocess.run([str(PROGRAM), *words], env=_environment(home, machine), check=False).returncode


def _environment(home: Path, machine: str) -> dict[str, str]:
    """Return an environment in which the program sees only a home, as the machine of that name."""
    secrets = home / "ai-usage.yaml"
    secrets.touch(mode=0o600)
    secrets.write_text(
        f"sync:\n  enabled: false\n  server_url: https://sample.example\n"
        f"  token: sample-sample-sample-sample-sample\n  machine_id: {machine}\n"
    )
    kept = {name: os.environ[name] for name in TERMINAL if name in os.environ}
    return kept | {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "AI_USAGE_SECRETS": str(secrets),
    }


if __name__ == "__main__":
    sys.exit(main())
