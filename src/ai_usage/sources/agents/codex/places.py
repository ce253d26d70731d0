"""How Codex names the places of its rollouts."""

from typing import Final

FOLDERS: Final = ("sessions", "archived_sessions")
PACKED: Final = ".jsonl.zst"
