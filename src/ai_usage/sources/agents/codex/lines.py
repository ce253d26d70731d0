"""The lines of a rollout that concern usage, with only the fields that are read."""

from typing import Annotated, Any, Final

import msgspec

from ai_usage.sources.entries import EntryType
from ai_usage.sources.jsonl import Needles
from ai_usage.usage.record import MAX_STORABLE

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_STORABLE)]
"""Anything else in a count's place is damage: it becomes null and the line is counted."""


class Usage(msgspec.Struct, gc=False):
    """Counts as the OpenAI API gives them: input includes what the cache served and took, output the reasoning."""

    input_tokens: Count | None = 0
    cached_input_tokens: Count | None = 0
    cache_write_input_tokens: Count | None = 0
    output_tokens: Count | None = 0
    reasoning_output_tokens: Count | None = None
    total_tokens: Count | None = 0


class Info(msgspec.Struct, gc=False):
    """What a `token_count` tells: the counter after a request, and the request."""

    total_token_usage: Usage | None = None
    last_token_usage: Usage | None = None
    model: str | None = None


class Limits(msgspec.Struct, gc=False):
    """Whose quota a request counted against; each keeps a counter of its own."""

    limit_id: str | None = None


class Metadata(msgspec.Struct, gc=False):
    """Where some versions name an event's model."""

    model: str | None = None


class Git(msgspec.Struct, gc=False):
    """The work tree in which a session began."""

    branch: str | None = None


class HistoryBase(msgspec.Struct, gc=False):
    """How much of another rollout this one goes on from."""

    end_ordinal_exclusive: int | None = None


class Payload(msgspec.Struct, gc=False):
    """The payloads of all kinds of lines; the line's type says which fields mean something."""

    type: str | None = None
    # token_count
    info: Info | None = None
    rate_limits: Limits | None = None
    metadata: Metadata | None = None
    # turn_context; an event may name a model too, and a task its turn
    turn_id: str | None = None
    model: str | None = None
    effort: str | None = None
    cwd: str | None = None
    # token_usage_record
    thread_id: str | None = None
    response_id: str | None = None
    usage: Usage | None = None
    # session_meta
    id: str | None = None
    session_id: str | None = None
    timestamp: str | None = None
    forked_from_id: str | None = None
    parent_thread_id: str | None = None
    thread_source: Any = None
    source: Any = None
    git: Git | None = None
    subagent_history_start_ordinal: int | None = None
    history_base: HistoryBase | None = None


class Line(msgspec.Struct, gc=False):
    """A line of a rollout, or of what `codex exec --json` printed (`thread_id` and `usage` at the top)."""

    timestamp: str | None = None
    type: str | None = None
    ordinal: int | None = None
    payload: Payload | None = None
    thread_id: str | None = None
    usage: Usage | None = None


LINES: Final = EntryType(
    Line,
    Needles(
        b'"token_count"',
        b'"turn_context"',
        b'"token_usage_record"',
        b'"session_meta"',
        b'"turn.completed"',
        b'"thread.started"',
        b'"turn_aborted"',
        b'"external-import-turn-',
    ),
)
