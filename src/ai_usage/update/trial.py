"""Start a new program to check that it runs, before it is put in place."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ai_usage.errors import UpdateError
from ai_usage.update.version import Version

TIMEOUT_S: Final = 120.0
"""Long enough for a first start, which unpacks the program, on a slow disk."""


def try_version(executable: Path, program: str, expected: Version) -> None:
    """Start a program with `--version` and compare the answer.

    Raises:
        UpdateError: it does not start, or is another program or version.
    """
    said = ask_version(executable, program, f"the new {program}")
    if said != expected:
        raise UpdateError(f"the new {program} was signed as {expected}, but says that it is {said}")


def ask_version(executable: Path, program: str, called: str) -> Version:
    """Return the version that a program prints.

    Args:
        executable: its file.
        program: the name that it prints.
        called: its name in error messages.

    Raises:
        UpdateError: it does not start, or prints something else than its name and version.
    """
    output = run(executable, ("--version",), called)
    words = output.split("\n", 1)[0].split()
    version = Version.read(words[-1]) if words else None
    if version is None or words[0].rstrip(",") != program:
        raise UpdateError(f"{called} answers --version with {output[:200]!r} instead of its name and version")
    return version


def run(executable: Path, arguments: Sequence[str], called: str, timeout_s: float = TIMEOUT_S) -> str:
    """Start a program, wait for its end, and return what it wrote on stdout.

    Raises:
        UpdateError: it does not start, fails, or takes too long.
    """
    words = " ".join(arguments)
    try:
        # A separate session, so that a hanging program is killed with its children.
        process = subprocess.Popen(
            [executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise UpdateError(f"{called} does not start: {error.strerror}") from error
    with process:
        try:
            output, errors = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise UpdateError(f"{called} was not done with {words} in {timeout_s:.0f} s") from error
    if process.returncode != 0:
        last = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        reason = f": {last[:500]}" if last else ""
        end = f"signal {-process.returncode}" if process.returncode < 0 else f"exit {process.returncode}"
        raise UpdateError(f"{called} does not run: {words} ended with {end}{reason}")
    return output.decode("utf-8", "replace")
