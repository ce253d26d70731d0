"""Read requests from pi's entries."""

from ai_usage.sources.fields import fit_key
from ai_usage.sources.pi_format.lines import Answer, Entry
from ai_usage.sources.pi_format.session import Session
from ai_usage.sources.pi_format.usage import Counts
from ai_usage.sources.request_id import identifies_request
from ai_usage.usage.record import UsageRecord


class PiSession(Session):
    """A session with answers, summaries, what tools asked of models themselves, and what pi asked beside the talk."""

    vendor = "pi"

    def take_request(self, entry: Entry) -> None:
        """Add an answer, what a tool used, a summary of a compaction or a left branch, or a request of pi's own."""
        state, message = self.state, entry.message
        match entry.type:
            case "message" if message is not None and message.role == "assistant":
                answer = Answer(
                    model=message.responseModel or message.model,
                    responseId=message.responseId,
                    usage=message.usage,
                    timestamp=message.timestamp,
                )
                effort = message.providerThinkingLevel or message.thinkingLevel or state.effort
                self.add(entry, answer, effort=effort)
                state.model = message.model or state.model
            case "message" if message is not None and message.role == "toolResult":
                # The log does not name the model that a tool used.
                self.add(entry, Answer(model="unknown", usage=message.usage, timestamp=message.timestamp))
            case "usage":  # of any kind: `cache_warm` and those to come
                self.add(entry, Answer(model=entry.model or "unknown", usage=entry.usage))
            case "compaction" | "branch_summary":
                self.add(entry, Answer(usage=entry.usage))

    def key(self, entry: Entry, answer: Answer, time: int, model: str, counts: Counts) -> str:  # noqa: ARG002
        """By the time, and the answer's id or what was used: entries of old sessions get their ids later."""
        if not time:
            return ""
        if answer.responseId and identifies_request(answer.responseId):
            return _response_key(time, answer.responseId)
        return fit_key(f"pi:at:{time // 1000}:{model}:{','.join(map(str, counts))}")

    def former_key(self, entry: Entry, answer: Answer, record: UsageRecord) -> str:  # noqa: ARG002
        """Version 1 took every answer's id for one of its own."""
        if not answer.responseId or identifies_request(answer.responseId):
            return ""
        return _response_key(record.timestamp, answer.responseId)


def _response_key(time: int, response: str) -> str:
    return fit_key(f"pi:at:{time // 1000}:response:{response}")
