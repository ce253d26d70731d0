"""The lines of Kimi Code's wires that concern usage, with only the fields that are read."""

from typing import Final

import msgspec

from ai_usage.sources.entries import EntryType
from ai_usage.sources.jsonl import Needles


class Usage(msgspec.Struct, gc=False):
    """Counts of one request, disjoint."""

    inputOther: int | None = None
    output: int | None = None
    inputCacheRead: int | None = None
    inputCacheCreation: int | None = None


class Event(msgspec.Struct):
    """What happened in an agent's loop; a step's end names the answer."""

    type: str | None = None
    uuid: str | None = None
    messageId: str | None = None
    usage: Usage | None = None


class Environment(msgspec.Struct, gc=False):
    """The working folder given to the agent."""

    cwd: str | None = None


class Line(msgspec.Struct):
    """The lines of all types; the type says which fields mean something."""

    type: str | None = None
    time: float | None = None
    created_at: float | None = None
    """When the wire was begun, in its first line."""
    model: str | None = None
    modelAlias: str | None = None
    thinkingEffort: str | None = None
    cwd: str | None = None
    environmentDisclosure: Environment | None = None
    usage: Usage | None = None
    usageScope: str | None = None
    event: Event | None = None


LINES: Final = EntryType(
    Line,
    Needles(
        b'"usage.record"',
        b'"step.end"',
        b'"llm.request"',
        b'"config.update"',
        b'"profile.bind"',
        b'"forked"',
        b'"metadata"',
    ),
)
