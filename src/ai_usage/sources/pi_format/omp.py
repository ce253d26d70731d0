"""Read requests from Oh My Pi's entries; some of its sessions are in folders that pi writes to as well."""

import re
from typing import Final

from ai_usage.sources.fields import fit_key
from ai_usage.sources.pi_format.lines import Answer, Entry
from ai_usage.sources.pi_format.session import Session
from ai_usage.sources.pi_format.tiers import read_tiers, tier_of
from ai_usage.sources.pi_format.usage import Counts
from ai_usage.sources.request_id import identifies_request
from ai_usage.usage.record import UsageRecord

_IMPORTED: Final = re.compile(r"claude-.+-message-\d+(?:-\d+)?\Z", re.DOTALL)
"""Ids of entries that `--from-claude` makes of Claude Code's lines: `claude-<uuid>-message-<number>`."""


class OmpSession(Session):
    """A session with answers and side requests; results of tasks are copies of what sub-agents' own logs tell."""

    vendor = "omp"

    def take_request(self, entry: Entry) -> None:
        """Add an answer or a side request, or note which tier is asked for from here on."""
        state, answer = self.state, entry.message
        match entry.type:
            case "message" if answer is not None and answer.role == "assistant":
                if _IMPORTED.match(entry.id or ""):
                    self._leave(entry, answer)
                else:
                    self.add(entry, answer, effort=state.effort, tier=tier_of(answer, state.tiers))
            case "model_usage":
                asked = Answer(
                    api=entry.api,
                    provider=entry.provider,
                    model=entry.model,
                    responseId=entry.responseId,
                    usage=entry.usage,
                )
                self.add(entry, asked)
            case "service_tier_change":
                state.tiers = read_tiers(entry.serviceTier)

    def _leave(self, entry: Entry, answer: Answer) -> None:
        """Leave an answer that Oh My Pi imported to Claude Code's own log, which tells it; version 1 counted it."""
        record = self.build(entry, answer)
        if record is not None:
            self.former.append(record)

    def key(self, entry: Entry, answer: Answer, time: int, model: str, counts: Counts) -> str:  # noqa: ARG002
        """By the ids of the entry and the answer, else by one of them and the time."""
        response = answer.responseId or entry.responseId
        if response and entry.id:
            return fit_key(f"omp:message:{entry.id}:response:{response}")
        if response and identifies_request(response):
            return fit_key(f"omp:response:{response}")
        if not time:
            return ""
        if response:
            return fit_key(f"omp:response:{response}:at:{time // 1000}:{','.join(map(str, counts))}")
        return fit_key(f"omp:message:{entry.id}:at:{time // 1000}") if entry.id else ""

    def former_key(self, entry: Entry, answer: Answer, record: UsageRecord) -> str:  # noqa: ARG002
        """Version 1 took every answer's id for one of its own."""
        response = answer.responseId or entry.responseId
        if not response or entry.id or identifies_request(response):
            return ""
        return fit_key(f"omp:response:{response}")
