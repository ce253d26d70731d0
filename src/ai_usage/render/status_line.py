"""The status line: `today $4.21 (1.9M) | week $31.80 | this session $0.62 | 2 hosts`."""

from ai_usage.render import figures
from ai_usage.render.harmless import harmless
from ai_usage.report.status import Status

_LONGEST_MODEL = 40


def status_line(status: Status, model: str | None) -> str:
    """Write the line.

    Args:
        status: the figures.
        model: the agent's name of the model, None if it gives none.
    """
    parts = [
        f"today {figures.cost_of(status.today)} ({figures.tokens(status.today.total_tokens)})",
        f"week {figures.cost_of(status.week)}",
    ]
    if status.session is not None:
        parts.append(f"this session {figures.cost_of(status.session)}")
    if model is not None:
        parts.append(harmless(model[:_LONGEST_MODEL]))
    if status.hosts > 1:
        parts.append(f"{status.hosts} hosts")
    return " | ".join(parts)
