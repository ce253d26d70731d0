"""Convert an answer in a transcript to the records of its requests."""

import os
from pathlib import Path
from typing import Final

from ai_usage.sources.agents.claude.lines import Counts, Line, Message, Usage
from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import clean_model, count, dated, fit_key, name_in_path, usd
from ai_usage.sources.request_id import identifies_request
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import MAX_STORABLE, UsageRecord, hash_request, new_record

_SHORTEST_ID: Final = 12
_ANTHROPIC_BYTES: Final = 20
"""Longer ids that begin with `msg_01` come from the Anthropic API, as most do, and need no check."""
_LONG_BYTES: Final = 100
_FORMER_CONSTANTS: Final = frozenset({"msg_placeholder", "chatcmpl-unknown", "msg_00000000000000000000"})
"""Ids that parser version 1 did not accept as a request's own, regardless of their length."""
_ANYWHERE: Final = frozenset({None, "", "global", "not_available"})

Kinds = tuple[int, int, int, int, int, int | None]
"""Input, cache read, 5-minute write, 1-hour write, output; the reasoning in the output, None if the log lacks it."""


def record_of(
    line: Line, message: Message, usage: Usage, since: int | None, until: str | None, log: LogFile
) -> UsageRecord:
    """Build the record of an answer; its key is empty when the line has no id at all.

    Args:
        line: the answer's most complete line.
        message: the line's message.
        usage: the message's usage.
        since: when the answer's first line was written; None when it has no usable time.
        until: when its last line was written, if that is not the first.
        log: the file.
    """
    time, undated = (since, 0) if since is not None else dated(None, log)
    end = time if until is None else parse_instant(until) or time
    session = line.sessionId or _session_of(log.path)
    fresh, read, short, long, output, reasoning = counts = read_counts(usage)
    cost = None if line.costUSD is None else usd(line.costUSD)
    rest = None if cost is None else 0.0
    speed, tier, region, tools = usage.speed, usage.service_tier, usage.inference_geo, usage.server_tool_use
    return new_record(
        (
            "claude",
            _key(message.id, line, session, counts),
            time,
            time,
            end,
            clean_model(message.model),
            None,
            -1 if speed is None else read_speed(speed),
            fresh,
            read,
            short,
            long,
            output,
            reasoning,
            rest,
            cost,
            rest,
            rest,
            session,
            line.cwd,
            line.gitBranch,
            None if tier == "standard" else tier,
            None if region in _ANYWHERE else region,
            0 if tools is None else count(tools.web_search_requests),
            1 if line.isSidechain else 0,
            undated,
            0,
            hash_request(line.requestId) if line.requestId else 0,
            (),
        )
    )


def identifies(answer: str) -> bool:
    """Whether an answer's id is unique, and not a constant that a proxy wrote."""
    return identifies_request(answer, _SHORTEST_ID)


def former_key(answer: str, record: UsageRecord) -> str | None:
    """Return the key that parser version 1 gave to an answer whose id does not identify it, if it was another one.

    That version took some of these ids for a request's own, and forks for sessions that made their requests.
    """
    if len(answer.encode("utf-8", "replace")) >= _SHORTEST_ID and answer not in _FORMER_CONSTANTS:
        return fit_key("claude:message:" + answer)
    own, rest = f"claude:session:{record.session_id}", record.dedup_key.partition(f":message:{answer}:")
    return None if rest[0] == own else fit_key(own + rest[1] + rest[2])


def _key(answer: str | None, line: Line, session: str, counts: Kinds) -> str:
    if not answer:
        return fit_key(f"claude:line:{line.uuid}") if line.uuid else ""
    size = len(answer)
    if _ANTHROPIC_BYTES < size < _LONG_BYTES and answer.startswith("msg_01"):
        return "claude:message:" + answer
    if identifies(answer):
        return fit_key("claude:message:" + answer)
    request = line.requestId or f"{counts[0]},{counts[1]},{counts[2] + counts[3]}"
    origin = line.requestSessionId or (line.forkedFrom.sessionId if line.forkedFrom is not None else None)
    return fit_key(f"claude:session:{origin or session}:message:{answer}:{request}")


def read_counts(usage: Counts) -> Kinds:
    """Read the disjoint counts of an answer or of one request behind it."""
    fresh = usage.input_tokens or 0
    read = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    output = usage.output_tokens or 0
    short = long = thinking = 0
    says = False
    split, details = usage.cache_creation, usage.output_tokens_details
    if split is not None:
        short, long = split.ephemeral_5m_input_tokens or 0, split.ephemeral_1h_input_tokens or 0
    if details is not None:
        says = details.thinking_tokens is not None
        thinking = details.thinking_tokens or 0
    if not 0 <= fresh | read | written | output | short | long | thinking <= MAX_STORABLE:
        fresh, read, written, output, short, long, thinking = map(
            count, (fresh, read, written, output, short, long, thinking)
        )
    if short + long > written:
        written = short + long
    return (
        fresh,
        read,
        written - long,
        long,
        output,
        (thinking if thinking < output else output) if says else None,
    )


def read_speed(speed: str | None) -> int:
    """Read whether an answer was fast; -1 if the log does not say."""
    return -1 if speed is None else int(speed == "fast")


def _session_of(path: str) -> str:
    """The session whose file this is: the folder above `subagents`, else the file's own name."""
    folders = path.split(os.sep)
    if "subagents" in folders[:-1]:
        return name_in_path(folders[folders.index("subagents") - 1])
    return name_in_path(Path(path).stem)
