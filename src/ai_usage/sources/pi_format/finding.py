"""Finding sessions under a folder."""

from collections.abc import Iterator

from ai_usage.sources.base import LogFile, Unreadable
from ai_usage.sources.walk import find_logs

_CONVERTED = "bridge"
"""Where other programs put copies of their own sessions."""


def find_sessions(root: str, unreadable: list[Unreadable], packed: tuple[str, ...] = ()) -> Iterator[LogFile]:
    """Yield every `.jsonl`, at any depth, except sessions that other programs converted.

    Args:
        root: the folder to look into.
        unreadable: takes what was named like a session but could not be one.
        packed: how names of packed sessions end.
    """
    names = (".jsonl", *packed)
    return find_logs(
        root, lambda name: name.endswith(names), unreadable, enter=lambda name: name != _CONVERTED
    )
