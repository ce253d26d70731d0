"""What one reading of one log gives: records, and those of version 1 that no longer count."""

from ai_usage.sources.agents.codex.counters import Counters, split
from ai_usage.sources.agents.codex.home import Home
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import clean_model, dated
from ai_usage.sources.parsed import Parsed
from ai_usage.usage.record import UsageRecord, merge, new_record, retraction_of


class Given:
    """Holds the records of one reading, and makes them from counts and the thread's state."""

    def __init__(self, log: LogFile, thread: Thread, home: Home) -> None:
        self.records: dict[str, UsageRecord] = {}
        self.former: list[UsageRecord] = []
        """Requests that version 1 gave under another key."""
        self.former_copies: list[UsageRecord] = []
        """What version 1 gave, although it is no request of this log."""
        self.recovered = 0
        """How many requests are known from the counter alone, since their turn was aborted."""
        self._log = log
        self._thread = thread
        self._home = home

    def make(
        self, key: str, counts: Counters, instant: int | None, model: str | None, *, silent: bool = False
    ) -> UsageRecord:
        """Make the record of a request in the present turn.

        Args:
            key: its identity.
            counts: what it used.
            instant: when it was logged.
            model: the model that its event names.
            silent: whether the log does not say how much of the output was thinking.
        """
        thread = self._thread
        given, cached, written, output, reasoning, unreconciled = split(counts)
        time, undated = (instant, 0) if instant is not None else dated(None, self._log)
        return new_record(
            (
                "codex",
                key,
                time,
                time,
                time,
                clean_model(model or thread.model or self._home.configured_model()),
                thread.effort,
                -1,
                given,
                cached,
                written,
                0,
                output,
                reasoning if reasoning or not silent else None,
                None,
                None,
                None,
                None,
                thread.session,
                thread.cwd,
                thread.branch,
                None,
                None,
                0,
                thread.side_chain,
                undated,
                unreconciled,
                0,
                (),
            )
        )

    def add(self, record: UsageRecord) -> None:
        """Give a record, unless nothing was used."""
        if record.output_tokens or any(record[8:12]):
            key = record.dedup_key
            known = self.records.get(key)
            self.records[key] = record if known is None else merge(known, record)

    def retract(self, record: UsageRecord) -> None:
        """Take back what an earlier reading gave too early."""
        self.records[record.dedup_key] = retraction_of(record)

    def hand_over(self, parsed: Parsed) -> None:
        """Put all of it into what a reading returns."""
        records = self.records
        parsed.records = list(records.values())
        parsed.former = [each for each in self.former if each.dedup_key not in records]
        parsed.former_copies = [each for each in self.former_copies if each.dedup_key not in records]
