"""One reading of one Codex log: which of its lines tell a request that no other line told before."""

import os
from pathlib import Path
from typing import Final

from ai_usage.sources.agents.codex.counters import (
    NOTHING,
    Counters,
    difference,
    read_counters,
    spell,
    split,
    was_reset,
)
from ai_usage.sources.agents.codex.lines import Info, Line, Payload, Usage
from ai_usage.sources.agents.codex.thread import Event, Thread
from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import clean_model
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import UsageRecord, merge

_NO_COSTS: Final = (None, None, None, None)
FOLDERS: Final = ("sessions", "archived_sessions")


class Reading:
    """One reading of one log: takes its lines in order, holds the records that they gave."""

    def __init__(self, log: LogFile, thread: Thread) -> None:
        self.records: dict[str, UsageRecord] = {}
        self._log = log
        self._thread = thread
        self._fallback_model: str | None = None
        self._logged: dict[str, bool] = {}

    def take(self, line: Line) -> None:
        """Take the next line, whatever it is."""
        kind, payload = line.type, line.payload
        if payload is None:
            if kind in ("thread.started", "turn.completed"):
                self._take_printed(line)
            return
        if kind == "session_meta":
            self._thread.introduce(payload, line.timestamp)
            return
        if not self._thread.id:
            self._thread.adopt(Path(self._log.path).stem)
        if kind == "event_msg":
            if payload.info is not None and payload.type == "token_count":
                self._take_count(line, payload, payload.info)
        elif kind == "turn_context":
            self._thread.turn_to(payload)
        elif kind == "token_usage_record" and payload.usage is not None:
            self._take_record(line, payload, payload.usage)

    def announce(self) -> None:
        """Give away, where the log ends, a record whose `token_count` may never come."""
        thread = self._thread
        if thread.unpaired is not None:
            self._add(thread.unpaired)
            thread.announced = thread.unpaired.dedup_key

    def _take_count(self, line: Line, payload: Payload, info: Info) -> None:
        """Count the request that moved a counter; what did not move one is sent again, or an estimate."""
        thread = self._thread
        last = NOTHING if info.last_token_usage is None else read_counters(info.last_token_usage)
        lane = (payload.rate_limits.limit_id or "") if payload.rate_limits is not None else ""
        before = thread.lanes.get(lane)
        if info.total_token_usage is not None:
            current = read_counters(info.total_token_usage)
        else:
            current = tuple(map(int.__add__, before or NOTHING, last))  # type: ignore[assignment]
        if current == before or current in thread.lanes.values():
            return
        if current[:5] == NOTHING[:5]:
            # An overflowing context or a compaction: the counter is set to an estimate, and counts from there.
            thread.lanes.pop(lane, None)
            return
        if before is not None and was_reset(before, current):
            before = None
        counts = last if last[:5] != NOTHING[:5] else difference(before or NOTHING, current)
        thread.move(lane, current)
        instant = parse_instant(line.timestamp or "")
        if not thread.turn and thread.is_copied(line.ordinal, instant):
            return
        key = f"{thread.key_prefix()}:cumulative:{'start' if before is None else spell(before)}->{spell(current)}"
        record = self._record(key, counts, instant, payload.model or info.model or _model(payload))
        known = thread.unpaired
        if known is not None:
            thread.unpaired = None
            if thread.unpaired_counts[:5] == counts[:5]:
                self._pair(known, key, record)
                return
            self._add(known)
        self._add(record)
        thread.event = Event(key, counts)

    def _take_record(self, line: Line, payload: Payload, usage: Usage) -> None:
        """Keep a response's own record until its `token_count` comes, which tells the key."""
        thread = self._thread
        counts = read_counters(usage)
        response = payload.response_id or f"{payload.turn_id}:{spell(counts)}"
        key = f"codex:response:{payload.thread_id or thread.id}:{response}"
        if key == thread.paired or (thread.unpaired is not None and key == thread.unpaired.dedup_key):
            return
        record = self._record(key, counts, parse_instant(line.timestamp or ""), payload.model)
        event = thread.event
        if event is not None and event.counts[:5] == counts[:5]:
            self._pair(record, event.key, record)
            return
        if thread.unpaired is not None:
            self._add(thread.unpaired)
        thread.unpaired, thread.unpaired_counts, thread.event = record, counts, None

    def _pair(self, record: UsageRecord, key: str, event: UsageRecord) -> None:
        """Give a response's record the key of its `token_count`, and take back what went out without it."""
        thread = self._thread
        thread.paired, thread.event = record.dedup_key, None
        self._add(
            record._replace(
                dedup_key=key,
                timestamp=min(record.timestamp, event.timestamp),
                session_start_time=min(record.timestamp, event.timestamp),
                session_end_time=max(record.timestamp, event.timestamp),
            )
        )
        if thread.announced == record.dedup_key:
            thread.announced = ""
            taken_back = self._record(record.dedup_key, NOTHING, record.timestamp, record.model)
            self.records[record.dedup_key] = taken_back

    def _take_printed(self, line: Line) -> None:
        """Count what `codex exec --json` printed: the thread's running total after each turn, without a time."""
        thread = self._thread
        if line.type == "thread.started":
            if line.thread_id and line.thread_id != thread.id:
                thread.adopt(line.thread_id)
            return
        if not thread.id:
            thread.adopt(Path(self._log.path).stem)
        if line.usage is not None and not self._is_logged():
            self._take_count(line, Payload(), Info(total_token_usage=line.usage))

    def _record(self, key: str, counts: Counters, instant: int | None, model: str | None) -> UsageRecord:
        thread = self._thread
        kinds = split(counts)
        time = self._log.mtime_ns // 1000 if instant is None else instant
        # By position, because naming the fields takes longer than reading the line.
        return UsageRecord._make(
            (
                "codex",
                key,
                time,
                time,
                time,
                clean_model(model or thread.model or self._configured_model()),
                thread.effort,
                -1,
                kinds.input,
                kinds.cache_read,
                kinds.cache_write,
                0,
                kinds.output,
                kinds.reasoning,
                *_NO_COSTS,
                thread.session,
                thread.cwd,
                thread.branch,
                None,
                None,
                0,
                thread.side_chain,
                1 if instant is None else 0,
                kinds.unreconciled,
            )
        )

    def _add(self, record: UsageRecord) -> None:
        if any(record[8:13]):
            known = self.records.get(record.dedup_key)
            self.records[record.dedup_key] = record if known is None else merge(known, record)

    def _configured_model(self) -> str:
        """What `config.toml` names now: weak, but better than nothing for logs that name no model."""
        if self._fallback_model is None:
            home = _home_of(self._log.path)
            self._fallback_model = _model_in(home / "config.toml") if home is not None else ""
        return self._fallback_model

    def _is_logged(self) -> bool:
        """Whether the thread left a rollout, which tells more than what it printed."""
        thread = self._thread.id
        if thread not in self._logged:
            home = _home_of(self._log.path)
            self._logged[thread] = home is not None and any(
                name.startswith("rollout-") and name.endswith(f"-{thread}.jsonl")
                for folder in FOLDERS
                for _, _, names in os.walk(home / folder)
                for name in names
            )
        return self._logged[thread]


def _model(payload: Payload) -> str | None:
    return payload.metadata.model if payload.metadata is not None else None


def _home_of(path: str) -> Path | None:
    """Find the agent's folder: the one above the folder with rollouts in which a log lies."""
    return next((folder.parent for folder in Path(path).parents if folder.name in FOLDERS), None)


def _model_in(config: Path) -> str:
    import tomllib  # rarely needed

    try:
        model = tomllib.loads(config.read_text()).get("model")
    except (OSError, ValueError):
        return ""
    return model if isinstance(model, str) else ""
