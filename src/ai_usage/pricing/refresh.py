"""Fetch newer prices in the background: at most once a day, in a separate process (see `overlay`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ai_usage.plain_file import read_plain

SOURCE: Final = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
"""LiteLLM's table (see `pricing.litellm`)."""
EVERY_S: Final = 24 * 3600


class Attempt(NamedTuple):
    """The last attempt to fetch newer prices."""

    at_s: float
    """Seconds since 1970-01-01T00:00:00Z."""
    failure: str
    """Why it failed; empty if it succeeded or has not ended."""


def attempt_file(overlay: Path) -> Path:
    """Return the file with the last attempt: its time is the attempt's, its text the failure."""
    return overlay.with_suffix(".attempt")


def last_attempt(overlay: Path) -> Attempt | None:
    """Return the time and result of the last attempt to fetch newer prices; None without one."""
    file = attempt_file(overlay)
    try:
        return Attempt(file.stat().st_mtime, read_plain(file).decode("utf-8", "replace").strip())
    except OSError:
        return None


def start_refresh(overlay: Path, now_s: float, command: Sequence[str], source: str = SOURCE) -> bool:
    """Start a process that fetches newer prices, unless that was tried within a day; return whether it was started.

    No process waits for it, and its only result is a new file. If the folder cannot be written, nothing is started.

    Args:
        overlay: the file to write.
        now_s: seconds since 1970-01-01T00:00:00Z.
        command: the command that runs `overlay.refresh`; two arguments, the file and the address, are appended.
        source: the address of the table.
    """
    attempt = last_attempt(overlay)
    if attempt is not None and 0 <= now_s - attempt.at_s < EVERY_S:
        return False
    import subprocess  # once a day only

    try:
        overlay.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if attempt is None:
            attempt_file(overlay).unlink(missing_ok=True)  # writing to a pipe could block for ever
        attempt_file(overlay).write_text("", encoding="utf-8")
        process = subprocess.Popen(
            [*command, str(overlay), source],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    process.returncode = 0  # no wait follows; this avoids Python's ResourceWarning
    return True
