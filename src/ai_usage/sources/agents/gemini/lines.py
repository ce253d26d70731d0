"""The lines of Gemini CLI's chats that concern usage, with only the fields that are read."""

from typing import Any, Final, Generic, TypeVar

import msgspec

from ai_usage.sources.entries import EntryType
from ai_usage.sources.jsonl import Needles

M = TypeVar("M")


class Tokens(msgspec.Struct, gc=False):
    """Counts of one request."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    thoughts: int | None = None
    tool: int | None = None
    total: int | None = None


class Message(msgspec.Struct, gc=False):
    """A message of a chat; an answer has counts."""

    id: str | None = None
    timestamp: str | None = None
    model: str | None = None
    tokens: Tokens | None = None


class About(msgspec.Struct, Generic[M]):
    """What holds for the whole chat; it may carry all messages. `M` is Any when one of them may be broken."""

    sessionId: str | None = None
    startTime: str | None = None
    kind: str | None = None
    messages: list[M] | None = None


class Line(About[M], Generic[M], rename={"update": "$set"}):
    """A line of a chat: a message, or something that holds for the whole chat."""

    id: str | None = None
    timestamp: str | None = None
    model: str | None = None
    tokens: Tokens | None = None
    update: About[M] | None = None


LINES: Final[EntryType[Line[Any]]] = EntryType(
    Line[Message], Needles(b'"tokens"', b'"sessionId"'), forgiving=Line[Any]
)
