"""Newer prices without waiting for them: at most once a day a process of its own fetches them (see `overlay`)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ai_usage.plain_file import read_plain

SOURCE: Final = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
"""LiteLLM's table (see `pricing.litellm`)."""
EVERY_S: Final = 24 * 3600


class Attempt(NamedTuple):
    """The last time that newer prices were asked for."""

    at_s: float
    """Seconds since 1970-01-01T00:00:00Z."""
    failure: str
    """Why it failed; empty when it did not, or has not ended."""


def attempt_file(overlay: Path) -> Path:
    """Name the file whose time is that of the last attempt and whose text is its failure."""
    return overlay.with_suffix(".attempt")


def last_attempt(overlay: Path) -> Attempt | None:
    """Tell when and with what result newer prices were last asked for; None when they never were."""
    file = attempt_file(overlay)
    try:
        return Attempt(file.stat().st_mtime, read_plain(file).decode("utf-8", "replace").strip())
    except OSError:
        return None


def start_refresh(overlay: Path, now_s: float, command: Sequence[str], source: str = SOURCE) -> bool:
    """Start a process that fetches newer prices, unless that was tried within a day; return whether it was started.

    Nothing waits for it, and nothing is seen of it but a new file. A folder that cannot be written is left alone.

    Args:
        overlay: the file to write.
        now_s: seconds since 1970-01-01T00:00:00Z.
        command: what runs `overlay.refresh`; two arguments, the file and the address, are appended.
        source: the address of the table.
    """
    attempt = last_attempt(overlay)
    if attempt is not None and 0 <= now_s - attempt.at_s < EVERY_S:
        return False
    import subprocess  # once a day only

    try:
        overlay.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if attempt is None:
            attempt_file(overlay).unlink(missing_ok=True)  # where it is no file, writing could wait for ever
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
    process.returncode = 0  # nobody will wait for it, and Python shall not complain about that
    return True
