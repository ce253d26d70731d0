"""A transcript of Claude Code: from its lines to records."""

from io import FileIO

import msgspec

from ai_usage.sources.agents.claude.answer import record_of, records_within
from ai_usage.sources.agents.claude.lines import LINES, Line, Message, Usage
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.fields import EqualLines
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.record import UsageRecord, merge


def parse(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read assistant lines; the copies that streaming leaves of one message become one record."""
    parsed = Parsed(offset=offset)
    answers = _Answers(log, state)
    lines = Entries(file, LINES, parsed)
    for line in lines:
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
        self._held: tuple[Line, Message, Usage] | None = None
        self._until = ""
        """When the last line of the held answer was written."""
        self._half_written = False

    def add(self, line: Line, message: Message, usage: Usage, half_written: bool) -> None:
        """Take the next line; copies that follow each other become one record without building each."""
        if self._held is not None:
            held, held_message, held_usage = self._held
            time = line.timestamp
            if (
                message.id == held_message.id
                and message.id
                and line.requestId == held.requestId
                and line.isSidechain == held.isSidechain
                and line.sessionId == held.sessionId
                and time is not None
                and time >= self._until
                and len(time) == len(self._until)
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
            self._settle(held, held_message, held_usage)
        self._held = line, message, usage
        self._until = line.timestamp or ""
        self._half_written = half_written

    def records(self) -> list[UsageRecord]:
        """Return the records of all lines so far."""
        if self._held is not None:
            self._settle(*self._held)
            self._held = None
        return list(self._records.values())

    def _settle(self, line: Line, message: Message, usage: Usage) -> None:
        """Build the records of the held answer."""
        record = record_of(line, message, usage, self._until, self._log)
        if not record.dedup_key:
            record = self.equal.identify(record, keep=not self._half_written)
        self._keep(record)
        if usage.iterations:
            for each in records_within(record, usage.iterations):
                self._keep(each)

    def _keep(self, record: UsageRecord) -> None:
        if record.output_tokens or any(record[8:12]):
            key = record.dedup_key
            known = self._records.get(key)
            self._records[key] = record if known is None else merge(known, record)


def _relayed(line: Line) -> Line | None:
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
