"""A session, from its entries to records: what pi and Oh My Pi have in common."""

import os
import re
from abc import ABC, abstractmethod
from io import FileIO
from typing import ClassVar, Final

import msgspec

from ai_usage.sources.base import LogFile
from ai_usage.sources.entries import Entries
from ai_usage.sources.fields import EqualLines, clean_model, count, dated, name_in_path, usd
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.pi_format.lines import ENTRIES, Answer, Cost, Entry, Lifetimes, Orchestration, Usage
from ai_usage.usage.instant import from_number, parse_instant
from ai_usage.usage.record import UsageRecord, merge, new_record

_SESSION_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT[^_]*_(?P<id>.+)\Z", re.DOTALL)
_COST_TOLERANCE: Final = 0.01
"""The four parts of a cost are believed when they add up to its total within this share: logs round them."""

Counts = tuple[int, int, int, int, int]
"""Input, cache read, 5-minute write, 1-hour write and output of one request, disjoint."""


class State(msgspec.Struct, array_like=True):
    """What the next reading of a session must know."""

    session: str | None = None
    cwd: str | None = None
    model: str | None = None
    effort: str | None = None
    tiers: dict[str, str] | None = None
    """The service tier asked for, by family of providers; None while the session has not said."""
    equal: bytes = b""


class Session(ABC):
    """One session's records, while its entries go by."""

    vendor: ClassVar[str]

    def __init__(self, log: LogFile, state: State) -> None:
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
        """Take one entry; what it copies from elsewhere (kept tails, custom data) is not looked at."""
        state = self.state
        match entry.type:
            case "session":
                state.session = entry.id or state.session
                state.cwd = entry.cwd or state.cwd
                state.model = entry.modelId or state.model
                state.effort = entry.thinkingLevel or state.effort
            case "model_change" if entry.role in (None, "default"):
                state.model = entry.modelId or entry.model or state.model
            case "thinking_level_change":
                state.effort = entry.thinkingLevel
            case _:
                self.take_request(entry)

    @abstractmethod
    def take_request(self, entry: Entry) -> None:
        """Add the request that an entry tells of, if it does."""

    @abstractmethod
    def key(self, entry: Entry, answer: Answer, time: int, model: str, counts: Counts) -> str:
        """Identify a request; empty where the log has nothing that does.

        Args:
            entry: which tells of it.
            answer: which it got.
            time: microseconds since 1970; 0 where the log does not say.
            model: as it is kept.
            counts: what it used.
        """

    def add(
        self, entry: Entry, answer: Answer, *, effort: str | None = None, tier: str | None = None
    ) -> None:
        """Keep the record of a request, broken off or not, unless it used nothing."""
        usage = answer.usage
        if usage is None:
            return
        counts = _counts(usage)
        fresh, cached, short, long, output = counts
        total, sum_ = count(usage.totalTokens), sum(counts)
        if not sum_:
            return
        made, written = from_number(answer.timestamp or 0), parse_instant(entry.timestamp or "")
        time, undated = dated(made if made is not None else written, self._log)
        end = time if undated or written is None else max(time, written)
        state = self.state
        model = clean_model(answer.model or state.model)
        record = new_record(
            (
                self.vendor,
                self.key(entry, answer, 0 if undated else time, model, counts),
                time,
                time,
                end,
                model,
                effort,
                -1 if tier is None else int(tier == "priority"),
                fresh,
                cached,
                short,
                long,
                output,
                min(count(usage.reasoning or usage.reasoningTokens), output),
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


def read_session(kind: type[Session], file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read what every request of a session used; every branch of the tree was billed."""
    parsed = Parsed(offset=offset)
    kept = msgspec.msgpack.decode(state, type=State) if state else State()
    session = kind(log, kept)
    entries = Entries(file, ENTRIES, parsed)
    for entry in entries:
        if entries.unterminated:
            session.forget_from_here()
        session.take(entry)
    kept.equal = session.equal.state()
    parsed.state = msgspec.msgpack.encode(kept)
    parsed.records = list(session.records.values())
    return parsed


def _counts(usage: Usage) -> Counts:
    """Read the disjoint counts; the provider's orchestration is billed on top."""
    extra = usage.orchestration or Orchestration()
    lifetimes = usage.cttl or Lifetimes()
    long = max(count(lifetimes.ephemeral1h), count(usage.cacheWrite1h))
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
