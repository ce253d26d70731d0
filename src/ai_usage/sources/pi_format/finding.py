"""Finding sessions under a folder."""

from collections.abc import Iterator
from io import FileIO
from typing import Final

from ai_usage.sources.base import LogFile, Unreadable
from ai_usage.sources.walk import find_logs

TITLE_SLOT_BYTES: Final = 256
"""The first line of Oh My Pi's sessions is a slot of this size for the title, rewritten in place."""
_TITLE_SLOT: Final = b'{"type":"title"'
_CONVERTED: Final = "bridge"
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


def is_of_omp(file: FileIO) -> bool:
    """Whether a session begins with a slot for the title: pi writes none, Oh My Pi does since before version 18."""
    file.seek(0)
    return file.read(len(_TITLE_SLOT)) == _TITLE_SLOT
