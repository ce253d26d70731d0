"""The Codex source: where its logs are, and how one of them is read."""

from collections.abc import Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from ai_usage.sources.agents.codex.lines import NEEDLES, Line, decode
from ai_usage.sources.agents.codex.reading import FOLDERS, Reading
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.base import LogFile, Parsed, Root, Unreadable
from ai_usage.sources.jsonl import Lines
from ai_usage.sources.repair import UNDECODABLE, repair
from ai_usage.sources.roots import find_roots, log_folders
from ai_usage.sources.walk import find_logs

_load: Final = msgspec.msgpack.Decoder(Thread).decode
_dump: Final = msgspec.msgpack.Encoder().encode


class Codex:
    """Reads Codex CLI's rollouts, and what `codex exec --json` printed into a file beside them."""

    name: ClassVar[str] = "codex"
    label: ClassVar[str] = "Codex CLI"
    parser_version: ClassVar[int] = 1
    mutable_head: ClassVar[int] = 0

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """The two folders with rollouts in `CODEX_HOME`, or in `~/.codex`."""
        return find_roots(env, ["CODEX_HOME", "CODEX_CONFIG_DIR"], [home / ".codex"], FOLDERS)

    def entry_roots(self, entry: Path) -> list[Path]:
        """The two folders inside an entry, or the entry when it is one of them."""
        return log_folders(entry, FOLDERS)

    def discover(self, root: str, unreadable: list[Unreadable]) -> Iterator[LogFile]:
        """Every `.jsonl` below the root."""
        return find_logs(root, lambda name: name.endswith(".jsonl"), unreadable)

    def whole_file(self, path: str) -> bool:  # noqa: ARG002
        """Never: rollouts are appended to."""
        return False

    def parse(self, file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
        """Read the requests that moved a counter, each once."""
        parsed = Parsed(offset=offset)
        thread = _load(state) if state else Thread()
        reading = Reading(log, thread)
        lines = Lines(file, NEEDLES, parsed)
        before_last: Thread | None = None
        for text, at in lines:
            if lines.unterminated:
                before_last = _load(_dump(thread))
            try:
                line = decode(text)
            except UNDECODABLE:
                repaired = repair(text, at, Line, lines, parsed)
                if repaired is None:
                    continue
                line = repaired
            reading.take(line)
        if parsed.finished:
            reading.announce()
        if before_last is not None:
            before_last.announced = thread.announced
            thread = before_last
        parsed.records = list(reading.records.values())
        parsed.state = _dump(thread)
        return parsed
