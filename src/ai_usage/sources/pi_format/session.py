"""Convert the entries of a session to records; shared by pi and Oh My Pi."""

import os
import re
from abc import ABC, abstractmethod
from typing import ClassVar, Final

import msgspec

from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import EqualLines, clean_model, count, dated, name_in_path
from ai_usage.sources.pi_format.lines import Answer, Entry
from ai_usage.sources.pi_format.usage import Counts, read_cost, read_counts, read_reasoning
from ai_usage.usage.instant import from_number, parse_instant
from ai_usage.usage.record import UsageRecord, merge, new_record, with_key

_SESSION_NAME: Final = re.compile(r"\d{4}-\d\d-\d\dT[^_]*_(?P<id>.+)\Z", re.DOTALL)


class State(msgspec.Struct, array_like=True):
    """The state for the next reading of a session."""

    session: str | None = None
    cwd: str | None = None
    model: str | None = None
    effort: str | None = None
    tiers: dict[str, str] | None = None
    """The service tier asked for, by family of providers; None while the session has not said."""
    equal: bytes = b""
    begun: int | None = None
    """When the session began, by its header."""


class Session(ABC):
    """Collects the records of one session, entry by entry."""

    vendor: ClassVar[str]

    def __init__(self, log: LogFile, state: State) -> None:
        self.state = state
        self.records: dict[str, UsageRecord] = {}
        self.former: list[UsageRecord] = []
        """Records of an older parser version that no longer count."""
        self.equal = EqualLines(state.equal)
        self._remember = True
        self._log = log
        self._parent, self._named = _sessions_of(log.path)

    def forget_from_here(self) -> None:
        """Stop updating the state: the next reading starts from it, and reads the following entries again."""
        self.state = msgspec.structs.replace(self.state)
        self._remember = False

    def take(self, entry: Entry) -> None:
        """Handle one entry; copied parts (kept tails, custom data) are ignored."""
        state = self.state
        match entry.type:
            case "session":
                state.session = entry.id or state.session
                state.begun = parse_instant(entry.timestamp or "") or state.begun
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
        """Add the request of an entry, if it has one."""

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

    def former_key(self, entry: Entry, answer: Answer, record: UsageRecord) -> str:  # noqa: ARG002
        """Return the key that version 1 of this parser gave to a request which has another now; else nothing."""
        return ""

    def add(
        self, entry: Entry, answer: Answer, *, effort: str | None = None, tier: str | None = None
    ) -> None:
        """Keep the record of a request, broken off or not, unless it used nothing."""
        record = self.build(entry, answer, effort=effort, tier=tier)
        if record is None:
            return
        if former := self.former_key(entry, answer, record):
            self.former.append(with_key(record, former))
        known = self.records.get(record.dedup_key)
        self.records[record.dedup_key] = record if known is None else merge(known, record)

    def build(
        self, entry: Entry, answer: Answer, *, effort: str | None = None, tier: str | None = None
    ) -> UsageRecord | None:
        """Build the record of a request; None when it used nothing."""
        usage = answer.usage
        if usage is None:
            return None
        counts = read_counts(usage)
        fresh, cached, short, long, output = counts
        total, sum_ = count(usage.totalTokens), sum(counts)
        if not sum_:
            return None
        made, written = from_number(answer.timestamp or 0), parse_instant(entry.timestamp or "")
        own = made if made is not None else written
        state = self.state
        time, undated = dated(own, self._log, state.begun)
        model = clean_model(answer.model or state.model)
        record = new_record(
            (
                self.vendor,
                self.key(entry, answer, own or 0, model, counts),
                time,
                time,
                time if written is None else max(time, written),
                model,
                effort,
                -1 if tier is None else int(tier == "priority"),
                fresh,
                cached,
                short,
                long,
                output,
                read_reasoning(usage, output),
                *read_cost(usage.cost),
                self._parent or state.session or self._named,
                state.cwd,
                None,
                None if tier in ("standard", "default", "auto") else tier,
                None,
                count(usage.server.webSearch) if usage.server is not None else 0,
                int(self._parent is not None),
                undated,
                int(0 < total != sum_),
                0,
                (),
            )
        )
        if record.dedup_key:
            return record
        return self.equal.identify(record, keep=self._remember, timed=own is not None)


def _sessions_of(path: str) -> tuple[str | None, str]:
    """The session whose folder this file lies in, if it is a sub-agent's or adviser's, and its own by its name."""
    *folders, name = name_in_path(path).split(os.sep)
    stem = os.path.splitext(name)[0]
    parents = [match["id"] for folder in folders if (match := _SESSION_NAME.match(folder))]
    own = _SESSION_NAME.match(stem)
    return parents[0] if parents else None, own["id"] if own else stem
