"""Kimi CLI's wires: `sessions/<hash of the folder>/<session>/wire.jsonl`, sub-agents below."""

import os
from functools import lru_cache
from hashlib import md5
from io import FileIO
from typing import Final, NamedTuple

import msgspec

from ai_usage.sources.agents.kimi.counts import build_record, read_counts, record_key, response_key
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries, EntryType
from ai_usage.sources.fields import EqualLines, clean_model, dated, name_in_path
from ai_usage.sources.jsonl import Needles
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.side_file import identity, read_side_file
from ai_usage.usage.instant import from_number
from ai_usage.usage.record import UsageRecord, merge

FALLBACK_MODEL: Final = "kimi-for-coding"
"""What Kimi CLI uses when its settings name no model; prices know what it stood for on which day."""


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
    """What `parent_tool_call_id` was called before sub-agents had ids."""
    event: "_Event | None" = None


class _Event(msgspec.Struct):
    type: str | None = None
    payload: _Payload | None = None


class _Line(msgspec.Struct):
    timestamp: float | None = None
    message: _Event | None = None


_LINES = EntryType(_Line, Needles(b'"token_usage"'))


class _Place(NamedTuple):
    """What a wire's path tells."""

    share: str
    """Kimi CLI's folder."""
    project: str
    """The name of the project's folder: a hash, on another host after the host's name and `_`."""
    folder: str
    """The session's folder."""
    session: str
    agent: str


class _Setting(NamedTuple):
    """What the files beside a wire tell of its requests."""

    model: str
    cwd: str | None


def parse_cli(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read the status lines of one agent; what a parent mirrors of its sub-agents has the same ids."""
    parsed = Parsed(offset=offset)
    place = _place_of(log.path)
    setting = _Setting(_model(place.share), _folders(place.share).get(place.project))
    records: dict[str, UsageRecord] = {}
    lines = Entries(file, _LINES, parsed)
    equal = EqualLines(state)
    for line in lines:
        if line.message is None:
            continue
        agent, payload = _innermost(place.agent, line.message)
        if payload is None or payload.token_usage is None:
            continue
        mirrored = agent != place.agent
        if mirrored and not payload.message_id and _has_wire(place, agent):
            continue
        record = _record(line, payload, payload.token_usage, agent, place, setting, log)
        if not record.total_tokens:
            continue
        if not record.dedup_key:
            record = equal.identify(record, keep=not lines.unterminated)
        known = records.get(record.dedup_key)
        records[record.dedup_key] = record if known is None else merge(known, record)
    parsed.records = list(records.values())
    parsed.state = equal.state()
    return parsed


def _innermost(agent: str, event: _Event) -> tuple[str, _Payload | None]:
    """Unwrap what sub-agents told their parents; return whose event it is in the end, and its payload."""
    payload = event.payload
    while payload is not None and payload.event is not None:
        agent = payload.agent_id or payload.parent_tool_call_id or payload.task_tool_call_id or agent
        payload = payload.event.payload
    return agent, payload


def _record(
    line: _Line,
    payload: _Payload,
    usage: _Usage,
    agent: str,
    place: _Place,
    setting: _Setting,
    log: LogFile,
) -> UsageRecord:
    """Build the record of a line; its key is empty when neither an id nor a time tells it apart."""
    counts = read_counts(usage.input_other, usage.input_cache_read, usage.input_cache_creation, usage.output)
    time, undated = dated(from_number(line.timestamp or 0), log)
    if payload.message_id:
        key = response_key(payload.message_id)
    else:
        key = "" if undated else record_key(place.session, agent, time, counts)
    return build_record(key, time, undated, setting.model, None, counts, place.session, agent, setting.cwd)


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
    """Whether a sub-agent's requests stand in a wire of its own."""
    wire = os.path.join(place.folder, "subagents", agent, "wire.jsonl")
    return os.path.basename(agent) == agent and os.path.isfile(wire)


def _model(share: str) -> str:
    """The model that the settings name; Kimi CLI does not log it."""
    settings = read_side_file(os.path.join(share, "config.toml"))
    default = settings.get("default_model")
    if not isinstance(default, str) or not default.strip():
        return FALLBACK_MODEL
    models = settings.get("models")
    entry = models.get(default) if isinstance(models, dict) else None
    named = entry.get("model") if isinstance(entry, dict) else None
    return clean_model(named if isinstance(named, str) and named.strip() else default)


def _folders(share: str) -> dict[str, str]:
    """Folders by the name of their project's folder."""
    listing = os.path.join(share, "kimi.json")
    return _folders_of(listing, identity(listing))


@lru_cache(maxsize=8)
def _folders_of(listing: str, _as_of: object) -> dict[str, str]:
    folders: dict[str, str] = {}
    entries = read_side_file(listing).get("work_dirs")
    for entry in entries if isinstance(entries, list) else []:
        path = entry.get("path") if isinstance(entry, dict) else None
        if isinstance(path, str):
            name = md5(path.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
            folders[name] = path
            folders[f"{entry.get('kaos')}_{name}"] = path
    return folders
