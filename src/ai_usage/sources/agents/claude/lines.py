"""The lines of a transcript that concern usage, with only the fields that are read."""

from typing import Final

import msgspec

from ai_usage.sources.entries import EntryType
from ai_usage.sources.jsonl import Needles


class Split(msgspec.Struct, gc=False):
    """Cache writes by how long they last."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class Tools(msgspec.Struct, gc=False):
    """What the provider's own tools were asked."""

    web_search_requests: int | None = None


class Details(msgspec.Struct, gc=False):
    """Parts of the output."""

    thinking_tokens: int | None = None


class Counts(msgspec.Struct, gc=False):
    """Counts as the Anthropic API gives them: input, cache reads and cache writes are disjoint."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: Split | None = None
    output_tokens_details: Details | None = None
    speed: str | None = None


class Iteration(Counts, gc=False):
    """One of several requests behind one answer."""

    type: str | None = None
    model: str | None = None


class Usage(Counts, gc=False):
    """What an answer used."""

    server_tool_use: Tools | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    iterations: list[Iteration] | None = None


class Message(msgspec.Struct, gc=False):
    """An answer, or as much of it as was streamed so far."""

    id: str | None = None
    role: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Relayed(msgspec.Struct, gc=False):
    """What older versions wrote for a sub-agent: its assistant line inside a `progress` line."""

    message: Message | None = None
    requestId: str | None = None
    timestamp: str | None = None


class Progress(msgspec.Struct, gc=False):
    """The payload of a `progress` line."""

    message: Relayed | None = None


class Fork(msgspec.Struct, gc=False):
    """Where a line of a forked session was copied from."""

    sessionId: str | None = None


class Line(msgspec.Struct, gc=False):
    """A line of a transcript; only answers say what was used."""

    type: str | None = None
    timestamp: str | None = None
    sessionId: str | None = None
    uuid: str | None = None
    requestId: str | None = None
    cwd: str | None = None
    gitBranch: str | None = None
    isSidechain: bool | None = None
    costUSD: float | None = None
    message: Message | None = None
    data: Progress | None = None
    requestSessionId: str | None = None
    """The session that made the request, in a fork of it."""
    forkedFrom: Fork | None = None


LINES: Final = EntryType(Line, Needles(b'"usage"'))
