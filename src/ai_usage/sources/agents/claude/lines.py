"""The lines of a transcript that contain usage, with only the fields that are read."""

from typing import Final

import msgspec

from ai_usage.sources.entries import EntryType
from ai_usage.sources.jsonl import Needles


class Split(msgspec.Struct, gc=False):
    """Cache writes by lifetime."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class Tools(msgspec.Struct, gc=False):
    """Requests to the provider's own tools."""

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
    """The usage of an answer."""

    server_tool_use: Tools | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    iterations: list[Iteration] | None = None


class Message(msgspec.Struct, gc=False):
    """An answer, or the part streamed so far."""

    id: str | None = None
    role: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Relayed(msgspec.Struct, gc=False):
    """A sub-agent's assistant line inside a `progress` line, as older versions wrote it."""

    message: Message | None = None
    requestId: str | None = None
    timestamp: str | None = None


class Progress(msgspec.Struct, gc=False):
    """The payload of a `progress` line."""

    message: Relayed | None = None


class Fork(msgspec.Struct, gc=False):
    """The origin of a copied line in a forked session."""

    sessionId: str | None = None


class Line(msgspec.Struct, gc=False):
    """A line of a transcript; only answers have usage."""

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
