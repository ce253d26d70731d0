"""`make run`: the person's own usage or, where there are no logs, sample data that is marked as such."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ai_usage.config.paths import find_paths
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
"""What a sample run keeps of the environment: how to draw, and no folder of the person."""


def main() -> int:
    """Open the monitor in a terminal, print `ai-usage --once` elsewhere, or run the arguments; return the exit code."""
    words = sys.argv[1:]
    in_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    with tempfile.TemporaryDirectory(prefix="ai-usage-sample-") as folder:
        sources = _sources(Path(folder))
        if any(source["files"] or source["records"] for source in sources):
            code = subprocess.run(
                [str(PROGRAM), *(words or _first_look(in_terminal))], check=False
            ).returncode
        else:
            print("There are no logs of AI coding agents on this machine. Looked for:")
            print(f"{', '.join(source['label'] for source in sources)}.\n")
            if in_terminal:
                input("Press Enter to see sample data of two invented machines instead, or Ctrl-C to end. ")
            commands = [words] if words or in_terminal else [["--once"], ["hosts"]]
            code = _show_sample(Path(folder), commands)
    print(f"\nThis program is {_shown(PROGRAM)}; run it with --help for all commands.")
    return code


def _first_look(in_terminal: bool) -> list[str]:
    """Return the words that open the monitor in a terminal, and the same figures once elsewhere."""
    return [] if in_terminal else ["--once"]


def _shown(program: Path) -> str:
    """Write a path as short as it works in the folder that `make` was started in."""
    here = Path.cwd()
    return str(program.relative_to(here) if program.is_relative_to(here) else program)


def _sources(folder: Path) -> list[dict[str, Any]]:
    """Ask where logs are and what was read before; a missing ledger is not created."""
    env = dict(os.environ)
    if not find_paths(env, Path.home()).ledger.exists():
        env |= {"AI_USAGE_DATA_DIR": str(folder / "look"), "AI_USAGE_CACHE_DIR": str(folder / "look")}
    command = [str(PROGRAM), "sources", "--json", "--no-ingest", "--offline"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    sources: list[dict[str, Any]] = json.loads(done.stdout)["sources"]
    return sources


def _show_sample(folder: Path, commands: list[list[str]]) -> int:
    """Show the first sample machine, which has the records of the others as if it had pulled them."""
    here, *others = MACHINES
    for machine in others:
        write_sample(folder / machine, machine, datetime.now(UTC))
        subprocess.run([str(PROGRAM), "ingest"], env=_environment(folder, machine), check=True)
        remote = folder / here / "cache" / "remote" / f"{machine}.bin"
        remote.parent.mkdir(parents=True, mode=0o700)
        _copy_database(folder / machine / "data" / "ledger.db", remote)
    write_sample(folder / here, here, datetime.now(UTC))
    code = 0
    for words in commands:
        print(
            f"SAMPLE DATA of two invented machines, {' and '.join(MACHINES)}; none of it is yours:\n",
            flush=True,
        )
        done = subprocess.run(
            [str(PROGRAM), *words, "--offline"], env=_environment(folder, here), check=False
        )
        code = code or done.returncode
        print()
    return code


def _copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file as a whole, whatever lies in its log."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    target.chmod(0o600)


def _environment(folder: Path, machine: str) -> dict[str, str]:
    """Return an environment in which the program sees only one machine's home and is called by its name."""
    home = folder / machine
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
        "XDG_CONFIG_HOME": str(home / "config"),
        "AI_USAGE_DATA_DIR": str(home / "data"),
        "AI_USAGE_CACHE_DIR": str(home / "cache"),
        "AI_USAGE_SECRETS": str(secrets),
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        print(error.stderr or "", end="", file=sys.stderr)
        sys.exit(error.returncode)
    except (KeyboardInterrupt, EOFError):
        print()
        sys.exit(130)
    except BrokenPipeError:  # the reader closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
