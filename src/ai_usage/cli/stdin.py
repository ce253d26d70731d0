"""Read what an agent writes to the standard input of its status line: one JSON object, or nothing."""

import json
import os
import threading
from typing import Any, NamedTuple

PATIENCE_S = 0.15
_MOST_BYTES = 1 << 20


class AgentStatus(NamedTuple):
    """The session and model that the agent names; None where it names none."""

    session_id: str | None = None
    model: str | None = None
    """The model's display name, else its id."""


def read_agent_status(fd: int = 0) -> AgentStatus:
    """Read the agent's object; an empty or broken input gives an empty status after a short wait."""
    try:
        document = json.loads(_read(fd))
    except (ValueError, RecursionError):
        return AgentStatus()
    if not isinstance(document, dict):
        return AgentStatus()
    model = document.get("model")
    if isinstance(model, dict):
        model = model.get("display_name") or model.get("id")
    return AgentStatus(_text(document.get("session_id")), _text(model))


def _text(value: Any) -> str | None:
    """Return a text that SQLite accepts: JSON may contain half a surrogate pair, which is replaced."""
    if not isinstance(value, str) or not 0 < len(value) <= 256:
        return None
    return value.encode("utf-8", "replace").decode()


def _read(fd: int) -> bytes:
    """Read to the end of the input, or until a time limit.

    If the input stays open, the reading thread is abandoned: not every platform can poll a pipe.
    """
    if os.isatty(fd):
        return b""
    chunks: list[bytes] = []

    def drain() -> None:
        try:
            while sum(map(len, chunks)) < _MOST_BYTES and (chunk := os.read(fd, 1 << 16)):
                chunks.append(chunk)
        except OSError:
            return

    thread = threading.Thread(target=drain, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return b"".join(chunks)
