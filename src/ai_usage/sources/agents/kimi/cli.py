"""Kimi CLI's wires: `sessions/<hash of the folder>/<session>/wire.jsonl`, sub-agents below."""

import os
from io import FileIO
from typing import NamedTuple

import msgspec

from ai_usage.sources.agents.kimi.cli_settings import FALLBACK_MODEL, folders_of, model_of
from ai_usage.sources.agents.kimi.counts import build_record, read_counts
from ai_usage.sources.agents.kimi.keys import By, is_counted_up, is_told_apart, response_key, status_key
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries, EntryType
from ai_usage.sources.fields import EqualLines, dated, name_in_path
from ai_usage.sources.jsonl import Needles
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.instant import from_number
from ai_usage.usage.record import UsageRecord, merge, with_key


class _Usage(msgspec.Struct, gc=False):
    input_other: int | None = None
    output: int | None = None
    input_cache_read: int | None = None
    input_cache_creation: int | None = None


class _Payload(msgspec.Struct):
    token_usage: _Usage | None = None
    message_id: str | None = None
    agent_id: str | None = None
    parent_tool_call_id: str | None = None
    task_tool_call_id: str | None = None
    """The name of `parent_tool_call_id` before sub-agents had ids."""
    event: "_Event | None" = None


class _Event(msgspec.Struct):
    type: str | None = None
    payload: _Payload | None = None


class _Line(msgspec.Struct):
    timestamp: float | None = None
    message: _Event | None = None


_LINES = EntryType(_Line, Needles(b'"token_usage"'))


class _Place(NamedTuple):
    """The parts of a wire's path."""

    share: str
    """Kimi CLI's folder."""
    project: str
    """The name of the project's folder: a hash, on another host after the host's name and `_`."""
    folder: str
    """The session's folder."""
    session: str
    agent: str


class _Setting(NamedTuple):
    """Data on a wire's requests from the files beside it."""

    model: str | None
    cwd: str | None


def parse_cli(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read the status lines of one agent; what a parent mirrors of its sub-agents has the same ids."""
    parsed = Parsed(offset=offset)
    place = _place_of(log.path)
    setting = _Setting(model_of(place.share), folders_of(place.share).get(place.project))
    records: dict[str, UsageRecord] = {}
    lines = Entries(file, _LINES, parsed)
    equal = EqualLines(state)
    for line in lines:
        if line.message is None:
            continue
        by, payload = _innermost(place, line.message)
        if payload is None or payload.token_usage is None:
            continue
        answer = payload.message_id
        mirrored = by.agent != place.agent
        if mirrored and not is_told_apart(answer, by) and _has_wire(place, by.agent):
            continue
        record = _record(line, payload, payload.token_usage, by, place, setting, log)
        if not record.total_tokens:
            continue
        if not record.dedup_key:
            record = equal.identify(record, keep=not lines.unterminated)
        if is_counted_up(answer):
            parsed.former.append(with_key(record, response_key(answer)))
        known = records.get(record.dedup_key)
        records[record.dedup_key] = record if known is None else merge(known, record)
    parsed.records = list(records.values())
    parsed.state = equal.state()
    return parsed


def _innermost(place: _Place, event: _Event) -> tuple[By, _Payload | None]:
    """Unwrap a sub-agent's event inside its parents' lines; return the event's agent and payload."""
    by, payload = By(place.agent, place.agent != "main"), event.payload
    while payload is not None and payload.event is not None:
        agent = payload.agent_id or payload.parent_tool_call_id or payload.task_tool_call_id
        if agent:
            by = By(agent, bool(payload.agent_id))
        payload = payload.event.payload
    return by, payload


def _record(
    line: _Line,
    payload: _Payload,
    usage: _Usage,
    by: By,
    place: _Place,
    setting: _Setting,
    log: LogFile,
) -> UsageRecord:
    """Build the record of a line; its key is empty if the line has neither an id nor a time that identifies it."""
    counts = read_counts(usage.input_other, usage.input_cache_read, usage.input_cache_creation, usage.output)
    time, undated = dated(from_number(line.timestamp or 0), log)
    key = status_key(payload.message_id, by, place.session, 0 if undated else time, counts)
    # A server whose ids are consecutive numbers is not Kimi's.
    model = setting.model or ("unknown" if is_counted_up(payload.message_id) else FALLBACK_MODEL)
    return build_record(key, time, undated, model, None, counts, place.session, by.agent, setting.cwd)


def _place_of(path: str) -> _Place:
    """Read a path `<share>/sessions/<project>/<session>/[subagents/<agent>/]wire.jsonl`."""
    folder, agent = os.path.dirname(path), "main"
    above, _, below = folder.partition(f"{os.sep}subagents{os.sep}")
    if below:
        folder, agent = above, name_in_path(os.path.basename(below))
    project, session = os.path.split(folder)
    sessions, project = os.path.split(project)
    return _Place(os.path.dirname(sessions), project, folder, name_in_path(session), agent)


def _has_wire(place: _Place, agent: str) -> bool:
    """Whether a sub-agent's requests are in a separate wire."""
    wire = os.path.join(place.folder, "subagents", agent, "wire.jsonl")
    return os.path.basename(agent) == agent and os.path.isfile(wire)
