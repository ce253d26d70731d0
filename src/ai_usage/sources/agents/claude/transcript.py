"""A transcript of Claude Code: from its lines to records."""

import os
from io import FileIO
from pathlib import Path
from typing import Final

import msgspec

from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import EqualLines, clean_model, count, dated, fit_key, name_in_path, usd
from ai_usage.sources.jsonl import Lines, Needles
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.repair import UNDECODABLE, repair
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import MAX_STORABLE, UsageRecord, merge

SHORTEST_ID: Final = 12
"""Proxies write constants such as `msg_1` for every answer; real ids are longer."""
CONSTANT_IDS: Final = frozenset({"msg_placeholder", "chatcmpl-unknown", "msg_00000000000000000000"})


class _Split(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class _Tools(msgspec.Struct, gc=False):
    web_search_requests: int | None = None


class _Details(msgspec.Struct, gc=False):
    thinking_tokens: int | None = None


class _Counts(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: _Split | None = None
    output_tokens_details: _Details | None = None
    speed: str | None = None


class _Iteration(_Counts, gc=False):
    type: str | None = None
    model: str | None = None


class _Usage(_Counts, gc=False):
    server_tool_use: _Tools | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    iterations: list[_Iteration] | None = None


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


class _Relayed(msgspec.Struct, gc=False):
    """What older versions wrote for a sub-agent: its assistant line inside a `progress` line."""

    message: _Message | None = None
    requestId: str | None = None
    timestamp: str | None = None


class _Progress(msgspec.Struct, gc=False):
    message: _Relayed | None = None


class _Line(msgspec.Struct, gc=False):
    type: str | None = None
    timestamp: str | None = None
    sessionId: str | None = None
    uuid: str | None = None
    requestId: str | None = None
    cwd: str | None = None
    gitBranch: str | None = None
    isSidechain: bool | None = None
    costUSD: float | None = None
    message: _Message | None = None
    data: _Progress | None = None


_NO_COSTS: Final = (None, None, None, None)
_ANYWHERE: Final = frozenset({None, "", "global", "not_available"})
_NEEDLES = Needles(b'"usage"')
_decode = msgspec.json.Decoder(_Line).decode


def parse(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read assistant lines; the copies that streaming leaves of one message become one record."""
    parsed = Parsed(offset=offset)
    answers = _Answers(log, state)
    lines = Lines(file, _NEEDLES, parsed)
    for text, at in lines:
        try:
            line = _decode(text)
        except UNDECODABLE:
            repaired = repair(text, at, _Line, lines, parsed)
            if repaired is None:
                continue
            line = repaired
        if line.type != "assistant":
            relayed = _relayed(line)
            if relayed is None:
                continue
            line = relayed
        message = line.message
        if message is not None and message.usage is not None:
            answers.add(line, message, message.usage, lines.unterminated)
    parsed.records = answers.records()
    parsed.state = answers.equal.state()
    return parsed


class _Answers:
    """Gathers lines to answers: while an answer streams it is written again and again, each time a little longer."""

    def __init__(self, log: LogFile, state: bytes) -> None:
        self.equal = EqualLines(state)
        self._log = log
        self._records: dict[str, UsageRecord] = {}
        self._held: tuple[_Line, _Message, _Usage] | None = None
        self._until = ""
        """When the last line of the held answer was written."""
        self._half_written = False

    def add(self, line: _Line, message: _Message, usage: _Usage, half_written: bool) -> None:
        """Take the next line; copies that follow each other become one record without building each."""
        if self._held is not None:
            held, held_message, held_usage = self._held
            time = line.timestamp
            if (
                message.id
                and message.id == held_message.id
                and line.requestId == held.requestId
                and line.isSidechain == held.isSidechain
                and line.sessionId == held.sessionId
                and time is not None
                and len(time) == len(self._until)
                and time >= self._until
                and usage.iterations == held_usage.iterations
            ):
                output, held_output = usage.output_tokens or 0, held_usage.output_tokens or 0
                if output > held_output:
                    line.timestamp = held.timestamp
                    self._held = line, message, usage
                    self._until = time
                    return
                if output < held_output or usage == held_usage:
                    self._until = time
                    return
            self._settle()
        self._held = line, message, usage
        self._until = line.timestamp or ""
        self._half_written = half_written

    def records(self) -> list[UsageRecord]:
        """Return the records of all lines so far."""
        self._settle()
        return list(self._records.values())

    def _settle(self) -> None:
        """Build the records of the held answer."""
        if self._held is None:
            return
        line, message, usage = self._held
        self._held = None
        record = _record(line, message, usage, self._until, self._log)
        if not record.dedup_key:
            record = self.equal.identify(record, keep=not self._half_written)
        self._keep(record)
        if usage.iterations:
            for each in _iterations(record, usage.iterations):
                self._keep(each)

    def _keep(self, record: UsageRecord) -> None:
        if any(record[8:13]):
            known = self._records.get(record.dedup_key)
            self._records[record.dedup_key] = record if known is None else merge(known, record)


def _relayed(line: _Line) -> _Line | None:
    """Turn a `progress` line that relays a sub-agent's answer into the answer's own line."""
    if line.type != "progress" or line.data is None or line.data.message is None:
        return None
    inner = line.data.message
    return msgspec.structs.replace(
        line,
        type="assistant",
        message=inner.message,
        requestId=inner.requestId,
        timestamp=inner.timestamp or line.timestamp,
        isSidechain=True,
        costUSD=None,
    )


def _record(line: _Line, message: _Message, usage: _Usage, until: str, log: LogFile) -> UsageRecord:
    """Build the record of an answer; its key is empty when the line has no id at all."""
    instant = parse_instant(line.timestamp or "")
    time, undated = dated(instant, log)
    end = time if until == line.timestamp or undated else parse_instant(until) or time
    session = line.sessionId or _session_of(log.path)
    counts = _counts(usage)
    cost = usd(line.costUSD)
    tools = usage.server_tool_use
    costs = (0.0, cost, 0.0, 0.0) if cost is not None else _NO_COSTS
    # By position, because naming 27 fields takes longer than reading the line.
    return UsageRecord._make(
        (
            "claude",
            _key(message.id, line, session, counts),
            time,
            time,
            end,
            clean_model(message.model),
            None,
            _fast(usage.speed),
            *counts,
            *costs,
            session,
            line.cwd,
            line.gitBranch,
            usage.service_tier if usage.service_tier != "standard" else None,
            usage.inference_geo if usage.inference_geo not in _ANYWHERE else None,
            count(tools.web_search_requests) if tools is not None else 0,
            1 if line.isSidechain else 0,
            undated,
            0,
        )
    )


def _key(
    message_id: str | None, line: _Line, session: str, counts: tuple[int, int, int, int, int, int]
) -> str:
    if not message_id:
        return fit_key(f"claude:line:{line.uuid}") if line.uuid else ""
    long_enough = len(message_id) >= SHORTEST_ID or len(message_id.encode()) >= SHORTEST_ID
    if long_enough and message_id not in CONSTANT_IDS:
        return fit_key(f"claude:message:{message_id}")
    request = line.requestId or f"{counts[0]},{counts[1]},{counts[2] + counts[3]}"
    return fit_key(f"claude:session:{session}:message:{message_id}:{request}")


def _counts(usage: _Counts) -> tuple[int, int, int, int, int, int]:
    """Input, cache read, 5-minute write, 1-hour write, output, reasoning."""
    fresh = usage.input_tokens or 0
    read = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    output = usage.output_tokens or 0
    split, details = usage.cache_creation, usage.output_tokens_details
    short = (split.ephemeral_5m_input_tokens or 0) if split is not None else 0
    long = (split.ephemeral_1h_input_tokens or 0) if split is not None else 0
    thinking = (details.thinking_tokens or 0) if details is not None else 0
    counts = (fresh, read, written, output, short, long, thinking)
    if min(counts) < 0 or max(counts) > MAX_STORABLE:
        fresh, read, written, output, short, long, thinking = map(count, counts)
    if short + long > written:
        written = short + long
    elif long > written:
        long = written
    return fresh, read, written - long, long, output, thinking if thinking < output else output


def _iterations(record: UsageRecord, iterations: list[_Iteration]) -> list[UsageRecord]:
    """Requests that one line carries beside its own: an adviser's, a compaction's.

    Those of kind `message` are in the line's own figures already; so are all of them when they add up to it.
    """
    counts = [_counts(iteration) for iteration in iterations]
    if tuple(map(sum, zip(*counts, strict=True)))[:5] == record[8:13]:
        return []
    return [
        record._replace(
            dedup_key=fit_key(f"{record.dedup_key}:{iteration.type}:{index}"),
            model=clean_model(iteration.model) if iteration.model else record.model,
            fast_tier=_fast(iteration.speed),
            input_tokens=own[0],
            cache_read_input_tokens=own[1],
            cache_creation_5m_input_tokens=own[2],
            cache_creation_1h_input_tokens=own[3],
            output_tokens=own[4],
            reasoning_output_tokens=own[5],
            cost_input=None,
            cost_output=None,
            cost_cache_read=None,
            cost_cache_creation=None,
            web_searches=0,
        )
        for index, (iteration, own) in enumerate(zip(iterations, counts, strict=True))
        if iteration.type not in (None, "message")
    ]


def _fast(speed: str | None) -> int:
    return -1 if speed is None else int(speed == "fast")


def _session_of(path: str) -> str:
    """The session whose file this is: the folder above `subagents`, else the file's own name."""
    folders = path.split(os.sep)
    if "subagents" in folders[:-1]:
        return name_in_path(folders[folders.index("subagents") - 1])
    return name_in_path(Path(path).stem)
