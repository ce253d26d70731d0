"""Finding sessions under a folder."""

from collections.abc import Iterator

from ai_usage.sources.base import LogFile, Unreadable
from ai_usage.sources.walk import find_logs

_CONVERTED = "bridge"
"""Where other programs put copies of their own sessions."""


def find_sessions(root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
    """Yield every `.jsonl`, at any depth, but for sessions that other programs converted."""
    return find_logs(
        root, lambda name: name.endswith(".jsonl"), unreadable, enter=lambda name: name != _CONVERTED
    )
