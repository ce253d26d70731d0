"""One log of each kind that a source reads, each line of it one request whose counts the caller chooses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.agents.codex import Codex
from ai_usage.sources.agents.gemini import Gemini
from ai_usage.sources.agents.kimi import Kimi
from ai_usage.sources.agents.omp import Omp
from ai_usage.sources.agents.pi import Pi
from ai_usage.sources.base import LogFile, Source
from ai_usage.sources.parsed import Parsed

Json = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """How one kind of log tells a request; `name` is what tests call it."""

    name: str
    source: Source
    path: str
    """Below a home."""
    answer: Callable[[int, Json], Json]
    """A request's line, given its number and its counts."""
    counts: Callable[[int], Json]
    """Counts as this log spells them: so many tokens of output, nothing else."""
    begins: tuple[Json, ...] = ()
    strict: bool = False
    """Whether counts outside of 0 to 2^63 are broken fields rather than 0 or the largest count."""

    def line(self, number: int, output: object = None) -> bytes:
        """The line of a request with `number` tokens of output, or with what the caller says instead."""
        counts = self.counts(number)
        if output is not None:
            counts = {key: output if value == number else value for key, value in counts.items()}
        return json.dumps(self.answer(number, counts), separators=(",", ":")).encode() + b"\n"

    def opening(self) -> bytes:
        """The lines that stand before the first request."""
        return b"".join(json.dumps(line).encode() + b"\n" for line in self.begins)

    def write(self, home: Path, text: bytes) -> LogFile:
        """Write a log where its agent would."""
        path = home / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        return log_at(path)

    def read(self, log: LogFile, offset: int = 0, state: bytes = b"") -> Parsed:
        """Read all there is."""
        whole = Parsed(offset=offset, state=state, finished=False)
        with FileIO(log.path) as file:
            while not whole.finished:
                parsed = self.source.parse(file, log, whole.offset, whole.state)
                parsed.records = [*whole.records, *parsed.records]
                parsed.rejected = [*whole.rejected, *parsed.rejected]
                parsed.rejected_count += whole.rejected_count
                whole = parsed
        return whole


def log_at(path: Path) -> LogFile:
    info = path.stat()
    return LogFile(str(path), info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)


def _time(number: int) -> str:
    return f"2026-05-01T09:{number // 60 % 60:02}:{number % 60:02}.000Z"


def _claude(number: int, counts: Json) -> Json:
    message = {"id": f"msg_01AAAAAAAA{number:06}", "model": "claude-opus-4-6", "usage": counts}
    return {
        "type": "assistant",
        "timestamp": _time(number),
        "sessionId": "s",
        "cwd": "/a",
        "message": message,
    }


def _codex(number: int, counts: Json) -> Json:
    payload = {"thread_id": "t", "response_id": f"resp_{number}", "usage": counts}
    return {"timestamp": _time(number), "type": "token_usage_record", "payload": payload}


def _gemini(number: int, counts: Json) -> Json:
    return {"id": f"m{number}", "timestamp": _time(number), "type": "gemini", "model": "g", "tokens": counts}


def _kimi_cli(number: int, counts: Json) -> Json:
    payload = {"token_usage": counts, "message_id": f"chatcmpl-{number}"}
    return {"timestamp": 1777800000.5 + number, "message": {"type": "StatusUpdate", "payload": payload}}


def _kimi_code(number: int, counts: Json) -> Json:
    time = 1777900000000 + number
    return {"type": "usage.record", "model": "k", "usage": counts, "usageScope": "session", "time": time}


def _omp(number: int, counts: Json) -> Json:
    message = {
        "role": "assistant",
        "model": "m",
        "provider": "p",
        "responseId": f"r{number}",
        "usage": counts,
    }
    return {"type": "message", "id": f"e{number}", "timestamp": _time(number), "message": message}


def _pi(number: int, counts: Json) -> Json:
    message = {"role": "assistant", "model": "m", "timestamp": 1778000000000 + number, "usage": counts}
    return {"type": "message", "id": f"e{number}", "timestamp": _time(number), "message": message}


def _spelt(output: str, **others: int) -> Callable[[int], Json]:
    return lambda number: {**others, output: number}


SAMPLES = [
    Sample(
        "claude",
        Claude(),
        ".claude/projects/-a/s.jsonl",
        _claude,
        _spelt("output_tokens", input_tokens=0, cache_read_input_tokens=0),
    ),
    Sample(
        "codex",
        Codex(),
        ".codex/sessions/2026/05/01/rollout-2026-05-01T09-00-00-019a0000-0000-7000-8000-000000000001.jsonl",
        _codex,
        _spelt("output_tokens", input_tokens=0),
        begins=(
            {"timestamp": _time(0), "type": "session_meta", "payload": {"id": "t", "timestamp": _time(0)}},
        ),
        strict=True,
    ),
    Sample(
        "gemini",
        Gemini(),
        ".gemini/tmp/a/chats/session-2026-05-01T09-00-s.jsonl",
        _gemini,
        _spelt("output", input=0, cached=0),
        begins=({"sessionId": "s", "projectHash": "a"},),
    ),
    Sample(
        "kimi-cli",
        Kimi(),
        ".kimi/sessions/0123456789abcdef0123456789abcdef/s/wire.jsonl",
        _kimi_cli,
        _spelt("output", input_other=0),
        begins=({"type": "metadata", "protocol_version": "1.10"},),
    ),
    Sample(
        "kimi-code",
        Kimi(),
        ".kimi-code/sessions/wd_a_0123456789ab/s/agents/main/wire.jsonl",
        _kimi_code,
        _spelt("output", inputOther=0),
        begins=({"type": "metadata", "protocol_version": "1", "created_at": 1},),
    ),
    Sample(
        "omp",
        Omp(),
        ".omp/agent/sessions/-a/2026-05-01T09-00-00-000Z_s.jsonl",
        _omp,
        _spelt("output", input=0, cacheRead=0),
        begins=({"type": "session", "version": 3, "id": "s", "cwd": "/a"},),
    ),
    Sample(
        "pi",
        Pi(),
        ".pi/agent/sessions/--a--/2026-05-01T09-00-00-000Z_s.jsonl",
        _pi,
        _spelt("output", input=0, cacheRead=0),
        begins=({"type": "session", "version": 3, "id": "s", "cwd": "/a"},),
    ),
]

BY_NAME: Mapping[str, Sample] = {sample.name: sample for sample in SAMPLES}
