"""One reading of one Codex log: which of its lines tell a request that no other line told before."""

import os
from pathlib import Path
from typing import Final

from ai_usage.plain_file import read_plain
from ai_usage.sources.agents.codex.counters import (
    NOTHING,
    Counters,
    added,
    difference,
    read_counters,
    spell,
    split,
    tells_nothing,
    was_reset,
)
from ai_usage.sources.agents.codex.lines import Info, Line, Payload, Usage
from ai_usage.sources.agents.codex.places import FOLDERS
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import clean_model, dated, fit_key, name_in_path
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import UsageRecord, merge, new_record, with_key

_SILENT: Final = Usage()


class Reading:
    """One reading of one log: takes its lines in order, holds the records that they gave."""

    def __init__(self, log: LogFile, thread: Thread) -> None:
        self.records: dict[str, UsageRecord] = {}
        self._log = log
        self.thread = thread
        self._fallback_model: str | None = None
        self._logged: dict[str, bool] = {}
        self._spelled_counters = NOTHING
        self._spelled = ""

    def take(self, line: Line) -> None:
        """Take the next line, whatever it is."""
        kind, payload = line.type, line.payload
        if not self.thread.id and kind not in ("session_meta", "thread.started"):
            self.thread.adopt(name_in_path(Path(self._log.path.removesuffix(".zst")).stem))
        if payload is None:
            self._take_printed(line)
        elif kind == "event_msg":
            if payload.info is not None and payload.type == "token_count":
                self._take_count(line, payload, payload.info)
        elif kind == "session_meta":
            self.thread.introduce(payload, line.timestamp)
        elif kind == "turn_context":
            self.thread.turn_to(payload)
        elif kind == "token_usage_record" and payload.usage is not None:
            self._take_record(line, payload, payload.usage)

    def announce(self) -> None:
        """Give away, where the log ends, a record whose `token_count` may never come."""
        thread = self.thread
        if thread.unpaired is not None:
            self._add(thread.unpaired)
            thread.announced = thread.unpaired.dedup_key

    def _take_count(self, line: Line, payload: Payload, info: Info) -> None:
        """Count the request that moved a counter; what did not move one is sent again, or an estimate."""
        thread = self.thread
        lanes = thread.lanes
        limits = payload.rate_limits
        lane = limits.limit_id[:64] if limits is not None and limits.limit_id is not None else ""
        before = lanes.get(lane)
        total = info.total_token_usage
        current = added(before or NOTHING, _last(info)) if total is None else read_counters(total)
        if current in lanes.values():
            return
        if tells_nothing(current):
            # An overflowing context or a compaction: the counter is set to an estimate, and counts from there.
            lanes.pop(lane, None)
            return
        if before is None:
            origin = "start"
        elif was_reset(before, current):
            before, origin = None, "start"
        else:
            origin = self._spelled if before is self._spelled_counters else spell(before)
        thread.move(lane, current)
        instant = parse_instant(line.timestamp or "")
        if not thread.turn and thread.is_copied(line.ordinal, instant):
            return
        counts = _last(info)
        if tells_nothing(counts):
            counts = difference(before or NOTHING, current)
        # The next request of this lane begins where this one ends.
        self._spelled_counters, self._spelled = current, spell(current)
        key = f"{thread.prefix}:cumulative:{origin}->{self._spelled}"
        record = self._record(key, counts, instant, payload.model or info.model or _model(payload))
        if (info.last_token_usage or total or _SILENT).reasoning_output_tokens is None:
            record = _without_reasoning(record)
        if thread.unpaired is None:
            self._add(record)
            thread.event = (key, counts)
        elif thread.unpaired_counts[:5] == counts[:5]:
            self._pair(thread.unpaired, record)
            thread.unpaired = None
        else:
            self._add(thread.unpaired)
            self._add(record)
            thread.unpaired, thread.event = None, (key, counts)

    def _take_record(self, line: Line, payload: Payload, usage: Usage) -> None:
        """Keep a response's own record until its `token_count` comes, which tells the key."""
        thread = self.thread
        counts = read_counters(usage)
        response = payload.response_id or f"{payload.turn_id}:{spell(counts)}"
        key = fit_key(f"codex:response:{payload.thread_id or thread.id}:{response}")
        if key == thread.paired or (thread.unpaired is not None and key == thread.unpaired.dedup_key):
            return
        record = self._record(key, counts, parse_instant(line.timestamp or ""), payload.model)
        if usage.reasoning_output_tokens is None:
            record = _without_reasoning(record)
        event = thread.event
        if event is not None and event[1][:5] == counts[:5]:
            self._pair(record, with_key(record, event[0]))
            return
        if thread.unpaired is not None:
            self._add(thread.unpaired)
        thread.unpaired, thread.unpaired_counts, thread.event = record, counts, None

    def _pair(self, response: UsageRecord, event: UsageRecord) -> None:
        """Give a response's record the key of its `token_count`, and take back what went out without it."""
        thread = self.thread
        own_key = response.dedup_key
        thread.paired, thread.event = own_key, None
        self._add(merge(with_key(response, event.dedup_key), event))
        if thread.announced == own_key:
            thread.announced = ""
            self.records[own_key] = self._record(own_key, NOTHING, response.timestamp, response.model)

    def _take_printed(self, line: Line) -> None:
        """Count what `codex exec --json` printed: the thread's running total after each turn, without a time."""
        if line.type == "thread.started":
            if line.thread_id and line.thread_id != self.thread.id:
                self.thread.adopt(line.thread_id)
        elif line.type == "turn.completed" and line.usage is not None and not self._is_logged():
            self._take_count(line, Payload(), Info(total_token_usage=line.usage))

    def _record(self, key: str, counts: Counters, instant: int | None, model: str | None) -> UsageRecord:
        thread = self.thread
        given, cached, written, output, reasoning, unreconciled = split(counts)
        time, undated = (instant, 0) if instant is not None else dated(None, self._log)
        return new_record(
            (
                "codex",
                key,
                time,
                time,
                time,
                clean_model(model or thread.model or self._configured_model()),
                thread.effort,
                -1,
                given,
                cached,
                written,
                0,
                output,
                reasoning,
                None,
                None,
                None,
                None,
                thread.session,
                thread.cwd,
                thread.branch,
                None,
                None,
                0,
                thread.side_chain,
                undated,
                unreconciled,
                0,
                (),
            )
        )

    def _add(self, record: UsageRecord) -> None:
        if record.output_tokens or any(record[8:12]):
            key = record.dedup_key
            known = self.records.get(key)
            self.records[key] = record if known is None else merge(known, record)

    def _configured_model(self) -> str:
        """What `config.toml` names now: weak, but better than nothing for logs that name no model."""
        if self._fallback_model is None:
            home = _home_of(self._log.path)
            self._fallback_model = _model_in(home / "config.toml") if home is not None else ""
        return self._fallback_model

    def _is_logged(self) -> bool:
        """Whether the thread left a rollout, which tells more than what it printed."""
        thread = self.thread.id
        if thread not in self._logged:
            home = _home_of(self._log.path)
            self._logged[thread] = home is not None and any(
                name.startswith("rollout-") and name.removesuffix(".zst").endswith(f"-{thread}.jsonl")
                for folder in FOLDERS
                for _, _, names in os.walk(home / folder)
                for name in names
            )
        return self._logged[thread]


def _without_reasoning(record: UsageRecord) -> UsageRecord:
    """Mark that the log does not say how much of the output was thinking."""
    return record._replace(reasoning_output_tokens=record.reasoning_output_tokens or None)


def _last(info: Info) -> Counters:
    return NOTHING if info.last_token_usage is None else read_counters(info.last_token_usage)


def _model(payload: Payload) -> str | None:
    return payload.metadata.model if payload.metadata is not None else None


def _home_of(path: str) -> Path | None:
    """Find the agent's folder: the one above the folder with rollouts in which a log lies."""
    return next((folder.parent for folder in Path(path).parents if folder.name in FOLDERS), None)


def _model_in(config: Path) -> str:
    import tomllib  # rarely needed

    try:
        model = tomllib.loads(read_plain(config).decode("utf-8-sig")).get("model")
    except (OSError, ValueError, RecursionError):
        return ""
    return model if isinstance(model, str) else ""
