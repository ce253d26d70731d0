"""What pi's entries tell of requests."""

from ai_usage.sources.fields import fit_key
from ai_usage.sources.pi_format.lines import Answer, Entry
from ai_usage.sources.pi_format.session import Counts, Session


class PiSession(Session):
    """A session with answers, summaries, and what tools asked of models themselves."""

    vendor = "pi"

    def take_request(self, entry: Entry) -> None:
        """Add an answer, what a tool used, or a summary that was made for a compaction or a branch that was left."""
        state, message = self.state, entry.message
        match entry.type:
            case "message" if message is not None and message.role == "assistant":
                model = message.responseModel or message.model
                answer = Answer(
                    model=model,
                    responseId=message.responseId,
                    usage=message.usage,
                    timestamp=message.timestamp,
                )
                self.add(entry, answer, effort=message.providerThinkingLevel or state.effort)
                state.model = message.model or state.model
            case "message" if message is not None and message.role == "toolResult":
                # Which model a tool asked is not told.
                self.add(entry, Answer(model="unknown", usage=message.usage, timestamp=message.timestamp))
            case "compaction" | "branch_summary":
                self.add(entry, Answer(usage=entry.usage))

    def key(self, entry: Entry, answer: Answer, time: int, model: str, counts: Counts) -> str:  # noqa: ARG002
        """By the time, and the answer's id or what was used: entries of old sessions get their ids later."""
        if not time:
            return ""
        told = (
            f"response:{answer.responseId}" if answer.responseId else f"{model}:{','.join(map(str, counts))}"
        )
        return fit_key(f"pi:at:{time // 1000}:{told}")
