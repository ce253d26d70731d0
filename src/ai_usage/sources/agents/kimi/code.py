"""Kimi Code's wires: `sessions/wd_<name>_<hash>/<session>/agents/<agent>/wire.jsonl`.

A request made in a turn is told twice: as `usage.record` and, with the id of the answer, as `step.end`. Older versions
write `step.end` first, newer ones only when the step's tools are done, and never when the turn is broken off.
"""

import os
from io import FileIO

import msgspec

from ai_usage.sources.agents.kimi.code_lines import LINES, Event, Line, Usage
from ai_usage.sources.agents.kimi.counts import Counts, build_record, read_counts
from ai_usage.sources.agents.kimi.forks import read_lineage, session_folder
from ai_usage.sources.agents.kimi.keys import record_key, response_key, step_key
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.fields import EqualLines, clean_model, dated, name_in_path
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.instant import from_number
from ai_usage.usage.record import UsageRecord, merge, retraction_of, with_key


class _State(msgspec.Struct, array_like=True):
    model: str | None = None
    """What the last request asked for, by its real name."""
    alias: str | None = None
    """The name that the settings have for it."""
    effort: str | None = None
    cwd: str | None = None
    forks: int = 0
    """How many `forked` lines went by; each ends what was copied from one older session."""
    ended: tuple[str, Counts] | None = None
    """Key and counts of a `step.end` whose `usage.record` has not come yet."""
    pending: UsageRecord | None = None
    """A `usage.record` whose `step.end` has not come yet."""
    shown: str = ""
    """The key of the pending record if an earlier reading gave it already."""
    equal: bytes = b""
    begun: int | None = None
    """When the wire begins."""


def parse_code(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read what each request of one agent used, in a turn or outside of one."""
    parsed = Parsed(offset=offset)
    kept = msgspec.msgpack.decode(state, type=_State) if state else _State()
    wire = _Wire(log, kept)
    lines = Entries(file, LINES, parsed)
    for line in lines:
        if lines.unterminated:
            wire.forget_from_here()
        wire.take(line)
    kept.equal = wire.equal.state()
    if parsed.finished:
        kept.shown = wire.show_pending()
    parsed.state = msgspec.msgpack.encode(kept)
    parsed.records = list(wire.records.values())
    parsed.former = wire.former
    return parsed


class _Wire:
    """Collects the records of one agent, line by line."""

    def __init__(self, log: LogFile, state: _State) -> None:
        self.state = state
        self.records: dict[str, UsageRecord] = {}
        self.former: list[UsageRecord] = []
        """Records of an older parser version that no longer count."""
        self.equal = EqualLines(state.equal)
        self._remember = True
        self._log = log
        self._folder, self._agent = session_folder(log.path)
        self._lineage, self._work_dir = read_lineage(self._folder)

    def forget_from_here(self) -> None:
        """Stop updating the state: the next reading starts from it, and reads the following lines again."""
        self.state = msgspec.structs.replace(self.state)
        self._remember = False

    def take(self, line: Line) -> None:
        """Handle one line."""
        state = self.state
        match line.type:
            case "usage.record" if line.usage is not None:
                self._used(line, line.usage)
            case "context.append_loop_event" if line.event is not None:
                if line.event.type == "step.end" and line.event.usage is not None:
                    self._ended(line, line.event, line.event.usage)
            case "llm.request":
                state.model, state.alias = line.model, line.modelAlias
                state.effort = line.thinkingEffort or state.effort
            case "metadata":
                state.begun = from_number(line.created_at or line.time or 0) or state.begun
            case "config.update" | "profile.bind":
                inside = line.environmentDisclosure
                state.cwd = line.cwd or (inside.cwd if inside is not None else None) or state.cwd
                state.effort = line.thinkingEffort or state.effort
            case "forked":
                if state.pending is not None and self._is_told_by_older():
                    state.pending, state.shown = None, ""
                state.forks += 1

    def show_pending(self) -> str:
        """Give the record that waits for its step's end, for it may wait for ever; return its key.

        One that was copied is left to the wire that it was copied from, which may tell the step's end.
        """
        pending = self.state.pending
        if pending is None or self._is_told_by_older():
            return ""
        if pending.dedup_key != self.state.shown:
            self._keep(pending)
        return pending.dedup_key

    def _used(self, line: Line, usage: Usage) -> None:
        """Handle the record of a request."""
        state = self.state
        counts = _counts(usage)
        if not any(counts):
            return
        record = self._record(line, counts, line.model, None)
        if not record.dedup_key:
            record = self.equal.identify(record, keep=self._remember, timed=False)
        if line.usageScope == "session":
            self._keep(record)
            return
        ended = state.ended
        if ended is not None and ended[1] == counts:
            state.ended = None
            self._keep(with_key(record, ended[0]))
        elif line.usageScope is None and (ended is not None or state.pending is not None):
            self._keep(record)  # outside of the turn of which the other line has not come yet
        else:
            state.ended = None
            self.show_pending()
            state.pending = record

    def _ended(self, line: Line, event: Event, usage: Usage) -> None:
        """Handle the end of a step, which names the answer."""
        state = self.state
        counts = _counts(usage)
        answer = event.messageId or event.uuid
        if not any(counts) or not answer:
            return
        key = step_key(event.messageId, event.uuid, from_number(line.time or 0) or 0, counts)
        if key != response_key(answer):
            self.former.append(self._record(line, counts, None, response_key(answer)))
        pending = state.pending
        self._keep(self._record(line, counts, None, key))
        if pending is None or _counts_of(pending) != counts:
            state.ended = (key, counts)
            return
        self._keep(with_key(pending, key))
        if pending.dedup_key == state.shown:
            self._keep(retraction_of(pending))
        state.pending, state.shown = None, ""

    def _record(self, line: Line, counts: Counts, alias: str | None, key: str | None) -> UsageRecord:
        """Build the record of a line; without a given key, it is empty when no time tells the line apart."""
        state = self.state
        own = from_number(line.time or 0)
        time, undated = dated(own, self._log, state.begun)
        # The request that was asked for last is this one, unless it went by another name.
        asked = state.model if alias is None or state.alias in (None, alias) else None
        session = self._present_session()
        if key is None:
            key = "" if own is None else record_key(session, self._agent, time, counts)
        model, cwd = clean_model(asked or alias), state.cwd or self._work_dir
        return build_record(key, time, undated, model, state.effort, counts, session, self._agent, cwd)

    def _present_session(self) -> str:
        """Whose lines these are: the oldest session's first, this one's own after the last `forked`."""
        return self._lineage[max(len(self._lineage) - 1 - self.state.forks, 0)]

    def _is_told_by_older(self) -> bool:
        """Whether these lines were copied from another session's wire that is still there."""
        above, own = os.path.split(self._folder)
        older = self._present_session()
        inside = self._log.path[len(self._folder) + 1 :]
        return older != name_in_path(own) and os.path.isfile(os.path.join(above, older, inside))

    def _keep(self, record: UsageRecord) -> None:
        known = self.records.get(record.dedup_key)
        self.records[record.dedup_key] = record if known is None else merge(known, record)


def _counts(usage: Usage) -> Counts:
    return read_counts(usage.inputOther, usage.inputCacheRead, usage.inputCacheCreation, usage.output)


def _counts_of(record: UsageRecord) -> Counts:
    return (
        record.input_tokens,
        record.cache_read_input_tokens,
        record.cache_creation_5m_input_tokens,
        record.output_tokens,
    )
