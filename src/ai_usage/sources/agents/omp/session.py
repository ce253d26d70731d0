"""What Oh My Pi's entries tell of requests."""

from ai_usage.sources.agents.omp.tiers import read_tiers, tier_of
from ai_usage.sources.fields import fit_key
from ai_usage.sources.pi_format.lines import Answer, Entry
from ai_usage.sources.pi_format.session import Counts, Session


class OmpSession(Session):
    """A session with answers and side requests; results of tasks are copies of what sub-agents' own logs tell."""

    vendor = "omp"

    def take_request(self, entry: Entry) -> None:
        """Add an answer or a side request, or note which tier is asked for from here on."""
        state, answer = self.state, entry.message
        match entry.type:
            case "message" if answer is not None and answer.role == "assistant":
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

    def key(self, entry: Entry, answer: Answer, time: int, model: str, counts: Counts) -> str:  # noqa: ARG002
        """By the ids of the entry and the answer, else by the entry's id and its time."""
        response = answer.responseId or entry.responseId
        if response:
            told = f"omp:message:{entry.id}:response:{response}" if entry.id else f"omp:response:{response}"
            return fit_key(told)
        return fit_key(f"omp:message:{entry.id}:at:{time // 1000}") if entry.id and time else ""
