"""The entries of a session that concern usage, with only the fields that are read."""

from typing import Any, Final

import msgspec

from ai_usage.sources.entries import EntryType
from ai_usage.sources.jsonl import Needles


class Orchestration(msgspec.Struct, gc=False):
    """What the provider spent on its own calls of models, on top of the request."""

    input: int | None = None
    output: int | None = None
    cacheRead: int | None = None


class Lifetimes(msgspec.Struct, gc=False):
    """Cache writes by how long they last."""

    ephemeral5m: int | None = None
    ephemeral1h: int | None = None


class Server(msgspec.Struct, gc=False):
    """What the provider's own tools were asked."""

    webSearch: int | None = None


class Cost(msgspec.Struct, gc=False):
    """USD, as the agent or its provider computed it."""

    input: float | None = None
    output: float | None = None
    cacheRead: float | None = None
    cacheWrite: float | None = None
    total: float | None = None


class Usage(msgspec.Struct):
    """Counts of one request; all but the reasoning are disjoint."""

    input: int | None = None
    output: int | None = None
    cacheRead: int | None = None
    cacheWrite: int | None = None
    cacheWrite1h: int | None = None
    """pi's word for what of `cacheWrite` lasts an hour; Oh My Pi's is `cttl`."""
    totalTokens: int | None = None
    reasoning: int | None = None
    """pi's word for the part of the output that was thinking."""
    reasoningTokens: int | None = None
    """Oh My Pi's."""
    orchestration: Orchestration | None = None
    cttl: Lifetimes | None = None
    server: Server | None = None
    cost: Cost | None = None


class Answer(msgspec.Struct):
    """An answer, whose entry names it; a side request names the same fields in its entry."""

    role: str | None = None
    api: str | None = None
    provider: str | None = None
    model: str | None = None
    responseModel: str | None = None
    """What answered, where a router chose it."""
    responseId: str | None = None
    providerThinkingLevel: str | None = None
    """The level as the provider calls it."""
    thinkingLevel: str | None = None
    """pi's own, in newer versions."""
    usage: Usage | None = None
    timestamp: float | None = None
    """Milliseconds."""


class Entry(msgspec.Struct):
    """The entries of all types; the type says which fields mean something."""

    type: str | None = None
    id: str | None = None
    timestamp: str | None = None
    cwd: str | None = None
    message: Answer | None = None
    api: str | None = None
    provider: str | None = None
    model: str | None = None
    modelId: str | None = None
    role: str | None = None
    responseId: str | None = None
    usage: Usage | None = None
    thinkingLevel: str | None = None
    serviceTier: dict[str, Any] | str | None = None


ENTRIES: Final = EntryType(
    Entry,
    Needles(
        b'"usage"', b'"session"', b'"model_change"', b'"thinking_level_change"', b'"service_tier_change"'
    ),
)
