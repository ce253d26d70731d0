"""A session of Oh My Pi: from its entries to records."""

import os
import re
from io import FileIO
from typing import Final

import msgspec

from ai_usage.sources.agents.omp.lines import ENTRIES, Answer, Cost, Entry, Lifetimes, Orchestration, Usage
from ai_usage.sources.agents.omp.tiers import read_tiers, tier_of
from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.fields import EqualLines, clean_model, count, dated, fit_key, name_in_path, usd
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.instant import from_number, parse_instant
from ai_usage.usage.record import UsageRecord, merge, new_record

_SESSION_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT[^_]*_(?P<id>.+)\Z", re.DOTALL)
_COST_TOLERANCE: Final = 0.01
"""The four parts of a cost are believed when they add up to its total within this share: logs round them."""


class _State(msgspec.Struct, array_like=True):
    session: str | None = None
    cwd: str | None = None
    model: str | None = None
    effort: str | None = None
    tiers: dict[str, str] | None = None
    """The service tier asked for, by family of providers; None while the session has not said."""
    equal: bytes = b""


def parse(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read answers and side requests; every branch of the tree was billed."""
    parsed = Parsed(offset=offset)
    kept = msgspec.msgpack.decode(state, type=_State) if state else _State()
    session = _Session(log, kept)
    entries = Entries(file, ENTRIES, parsed)
    for entry in entries:
        if entries.unterminated:
            session.forget_from_here()
        session.take(entry)
    kept.equal = session.equal.state()
    parsed.state = msgspec.msgpack.encode(kept)
    parsed.records = list(session.records.values())
    return parsed


class _Session:
    """One session's records, while its entries go by."""

    def __init__(self, log: LogFile, state: _State) -> None:
        self.state = state
        self.records: dict[str, UsageRecord] = {}
        self.equal = EqualLines(state.equal)
        self._remember = True
        self._log = log
        self._parent, self._named = _sessions_of(log.path)

    def forget_from_here(self) -> None:
        """Leave the state that the next reading begins with as it is: what comes now is read again then."""
        self.state = msgspec.structs.replace(self.state)
        self._remember = False

    def take(self, entry: Entry) -> None:
        """Take one entry; what it copies from elsewhere (task results, kept tails, custom data) is not looked at."""
        state = self.state
        match entry.type:
            case "message" if entry.message is not None and entry.message.role == "assistant":
                self._add(entry, entry.message, tier_of(entry.message, state.tiers))
            case "model_usage":
                answer = Answer(
                    "assistant", entry.api, entry.provider, entry.model, entry.responseId, entry.usage
                )
                self._add(entry, answer, None)
            case "session":
                state.session = entry.id or state.session
                state.cwd = entry.cwd or state.cwd
                state.model = entry.modelId or state.model
                state.effort = entry.thinkingLevel or state.effort
            case "model_change" if entry.role in (None, "default"):
                state.model = entry.modelId or entry.model or state.model
            case "thinking_level_change":
                state.effort = entry.thinkingLevel
            case "service_tier_change":
                state.tiers = read_tiers(entry.serviceTier)

    def _add(self, entry: Entry, answer: Answer, tier: str | None) -> None:
        """Keep the record of a request, broken off or not, unless it used nothing."""
        usage = answer.usage
        if usage is None:
            return
        fresh, cached, short, long, output = _counts(usage)
        total = count(usage.totalTokens)
        sum_ = fresh + cached + short + long + output
        if not sum_:
            return
        made, written = from_number(answer.timestamp or 0), parse_instant(entry.timestamp or "")
        time, undated = dated(made if made is not None else written, self._log)
        end = time if undated or written is None else max(time, written)
        state = self.state
        record = new_record(
            (
                "omp",
                _key(entry.id, answer.responseId or entry.responseId, time, undated=undated),
                time,
                time,
                end,
                clean_model(answer.model or state.model),
                state.effort if entry.type == "message" else None,
                -1 if tier is None else int(tier == "priority"),
                fresh,
                cached,
                short,
                long,
                output,
                min(count(usage.reasoningTokens), output),
                *_cost(usage.cost),
                self._parent or state.session or self._named,
                state.cwd,
                None,
                None if tier in ("standard", "default", "auto") else tier,
                None,
                count(usage.server.webSearch) if usage.server is not None else 0,
                int(self._parent is not None),
                undated,
                int(0 < total != sum_),
            )
        )
        if not record.dedup_key:
            record = self.equal.identify(record, keep=self._remember)
        known = self.records.get(record.dedup_key)
        self.records[record.dedup_key] = record if known is None else merge(known, record)


def _key(entry: str | None, response: str | None, time: int, *, undated: int) -> str:
    """Identify a request; empty when the log gives neither an id of the answer nor an entry's id and time."""
    if response:
        return fit_key(f"omp:message:{entry}:response:{response}" if entry else f"omp:response:{response}")
    return fit_key(f"omp:message:{entry}:at:{time // 1000}") if entry and not undated else ""


def _counts(usage: Usage) -> tuple[int, int, int, int, int]:
    """Input, cache read, 5-minute write, 1-hour write, output; the provider's orchestration is billed on top."""
    extra = usage.orchestration or Orchestration()
    lifetimes = usage.cttl or Lifetimes()
    long = count(lifetimes.ephemeral1h)
    written = max(count(usage.cacheWrite), count(lifetimes.ephemeral5m) + long)
    return (
        count(count(usage.input) + count(extra.input)),
        count(count(usage.cacheRead) + count(extra.cacheRead)),
        written - long,
        long,
        count(count(usage.output) + count(extra.output)),
    )


def _cost(cost: Cost | None) -> tuple[float | None, float | None, float | None, float | None]:
    """Input, output, cache read, cache write in USD, or None four times; a total alone stands as output."""
    if cost is None:
        return None, None, None, None
    total = usd(cost.total)
    given = [usd(part) for part in (cost.input, cost.output, cost.cacheRead, cost.cacheWrite)]
    parts = [part or 0.0 for part in given]
    if total is None and all(part is None for part in given):
        return None, None, None, None
    if total and abs(sum(parts) - total) > _COST_TOLERANCE * total:
        return 0.0, total, 0.0, 0.0
    return parts[0], parts[1], parts[2], parts[3]


def _sessions_of(path: str) -> tuple[str | None, str]:
    """The session whose folder this file lies in, if it is a sub-agent's or adviser's, and its own by its name."""
    *folders, name = name_in_path(path).split(os.sep)
    stem = os.path.splitext(name)[0]
    parents = [match["id"] for folder in folders if (match := _SESSION_NAME.match(folder))]
    own = _SESSION_NAME.match(stem)
    return parents[0] if parents else None, own["id"] if own else stem
