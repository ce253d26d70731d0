"""What an agent writes to the standard input of its status line: one JSON object, or nothing at all."""

import json
import os
import threading
from typing import Any, NamedTuple

PATIENCE_S = 0.15
_MOST_BYTES = 1 << 20


class AgentStatus(NamedTuple):
    """What the agent says of itself; None where it does not say it."""

    session_id: str | None = None
    model: str | None = None
    """As the agent shows it, else its id."""


def read_agent_status(fd: int = 0) -> AgentStatus:
    """Read the agent's object, if there is one; a silent or broken input costs a moment and says nothing."""
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
    """Take a text that can be looked up: JSON may spell half a character, which no database takes."""
    if not isinstance(value, str) or not 0 < len(value) <= 256:
        return None
    return value.encode("utf-8", "replace").decode()


def _read(fd: int) -> bytes:
    """Read to the end of the input, or for as long as the patience lasts.

    The reading thread is left behind when the input stays open: a pipe cannot be asked on every platform.
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
