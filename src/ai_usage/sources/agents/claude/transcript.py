"""Read a transcript of Claude Code: convert its lines to records."""

from collections.abc import Iterator
from io import FileIO

import msgspec

from ai_usage.sources.agents.claude.answer import former_key, identifies, record_of
from ai_usage.sources.agents.claude.iterations import NOTHING, Within, records_within
from ai_usage.sources.agents.claude.lines import LINES, Line, Message, Usage
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.fields import EqualLines
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import UsageRecord, merge, retraction_of, with_key

_Answer = tuple[Line, Message, Usage, int | None, str | None, bool]
"""The most complete line of an answer, its message and usage, the times of the answer's first and last line (None for a
single line), and whether the answer may be incomplete."""


def parse(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read assistant lines; the copies that streaming leaves of one message become one record."""
    parsed = Parsed(offset=offset)
    equal = EqualLines(state)
    records: dict[str, UsageRecord] = {}
    for line, message, usage, since, until, half_written in _answers(Entries(file, LINES, parsed)):
        record = record_of(line, message, usage, since, until, log)
        if not record.dedup_key:
            record = equal.identify(record, keep=not half_written)
        beside = NOTHING
        if usage.iterations:
            beside = records_within(record, usage.iterations)
            for each in beside.records:
                _keep(records, each)
            parsed.former += beside.former
        if message.stop_reason == "refusal" and not record.output_tokens:
            # An attempt declined before any output is not billed; retract an earlier record of it.
            records[record.dedup_key] = retraction_of(record)
        else:
            _keep(records, record)
        if record.dedup_key[7] == "s" and message.id:  # claude:session:...
            parsed.former += _under_former_key(message.id, record, beside)
    parsed.records = list(records.values())
    parsed.state = equal.state()
    return parsed


def _under_former_key(answer: str, record: UsageRecord, beside: Within) -> list[UsageRecord]:
    """Return all records of an answer whose id does not identify it under the key that it had before, if it had one."""
    key = former_key(answer, record)
    if key is None:
        return []
    begin = len(record.dedup_key)
    return [
        with_key(each, key + each.dedup_key[begin:]) for each in (record, *beside.records, *beside.former)
    ]


def _keep(records: dict[str, UsageRecord], record: UsageRecord) -> None:
    if record.output_tokens or any(record[8:12]):
        key = record.dedup_key
        known = records.get(key)
        records[key] = record if known is None else merge(known, record)


def _answers(lines: Entries[Line]) -> Iterator[_Answer]:
    """Group lines into answers: while an answer streams, it is written several times, each time longer.

    Copies that follow each other become one answer here; all others are merged when they are records.
    """
    held: Line | None = None
    held_message, held_usage = Message(), Usage()
    since: int | None = None
    first = until = ""
    half_written = False
    for line in lines:
        if line.type != "assistant":
            found = _answer_in(line)
            if found is None:
                continue
            line = found
        message = line.message
        if message is None or (usage := message.usage) is None:
            continue
        time = line.timestamp
        if held is not None:
            if (
                message.id == held_message.id
                and message.id
                and line.requestId == held.requestId
                and (line.requestId or identifies(message.id))
                and line.isSidechain == held.isSidechain
                and line.sessionId == held.sessionId
                and time is not None
                and time >= until
                and len(time) == len(until)
                and usage.iterations == held_usage.iterations
            ):
                output, held_output = usage.output_tokens or 0, held_usage.output_tokens or 0
                if output > held_output:
                    held, held_message, held_usage, until = line, message, usage, time
                    continue
                if message.stop_reason != "refusal" and (
                    output < held_output
                    or (
                        usage == held_usage
                        and message.model == held_message.model
                        and line.cwd == held.cwd
                        and line.gitBranch == held.gitBranch
                        and line.costUSD == held.costUSD
                    )
                ):
                    until = time
                    continue
            yield held, held_message, held_usage, since, until if until != first else None, half_written
        held, held_message, held_usage = line, message, usage
        since = parse_instant(time) if time else None
        first = until = time if time and since is not None else ""
        half_written = lines.unterminated
    if held is not None:
        yield held, held_message, held_usage, since, until if until != first else None, half_written


def _answer_in(line: Line) -> Line | None:
    """Return the answer's own line: this one if it only lacks a type, or the one that a `progress` line relays."""
    if line.type is None:
        return line if line.message is not None and line.message.role == "assistant" else None
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
