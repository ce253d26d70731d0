"""A rollout of Codex: from its lines, packed or not, to records."""

import sys
from io import FileIO
from typing import Final

import msgspec

from ai_usage.sources.agents.codex.lines import LINES
from ai_usage.sources.agents.codex.places import PACKED
from ai_usage.sources.agents.codex.reading import Reading
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.jsonl import Limits, Readable
from ai_usage.sources.parsed import Parsed

_LIMITS: Final = Limits()
_WHOLE: Final = Limits(slice=sys.maxsize)
_RECOVERED: Final = "no line for a response whose turn was aborted; the counter tells its tokens"
_load: Final = msgspec.msgpack.Decoder(Thread).decode
_dump: Final = msgspec.msgpack.Encoder().encode


def parse(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read the requests that moved a counter, each once."""
    parsed = Parsed(offset=offset)
    thread = _load(state) if state else Thread()
    reading = Reading(log, thread)
    if log.path.endswith(PACKED):
        parsed.offset = 0
        _read_packed(file, reading, parsed)
        parsed.offset = log.size
    else:
        thread = _read(file, reading, parsed)
        parsed.state = _dump(thread)
    reading.given.hand_over(parsed)
    return parsed


def _read(file: Readable, reading: Reading, parsed: Parsed, limits: Limits = _LIMITS) -> Thread:
    """Take a log's lines; returns the state for the next reading, in which a line without an end took no part."""
    lines = Entries(file, LINES, parsed, limits)
    before_last: Thread | None = None
    recovered = 0
    for line in lines:
        if lines.unterminated and before_last is None:
            before_last, recovered = _load(_dump(reading.thread)), reading.given.recovered
        reading.take(line)
    for _ in range(reading.given.recovered if before_last is None else recovered):
        parsed.reject(_RECOVERED, parsed.offset)
    if parsed.finished:
        reading.announce()
    if before_last is None:
        return reading.thread
    before_last.announced = reading.thread.announced
    before_last.pending_told |= reading.thread.pending_told
    return before_last


def _read_packed(file: FileIO, reading: Reading, parsed: Parsed) -> None:
    """Take all lines of a log that Codex packed with zstd, as it does with those that lay idle for a week."""
    from ai_usage.sources.agents.codex.packed import Unpacked

    file.seek(0)
    plain = Unpacked(file)
    _read(plain, reading, parsed, _WHOLE)
    if plain.damaged:
        parsed.reject("damaged compression", parsed.offset)
