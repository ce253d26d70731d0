"""A finished report: rows, totals and notes; rendering computes nothing."""

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:  # `KEY_COLUMNS` is needed before other modules are loaded
    from ai_usage.report.question import Question
    from ai_usage.usage.total import Total

KEY_COLUMNS: Final = {
    "models": ("vendor", "model"),
    "vendors": ("vendor",),
    "hosts": ("host",),
    "projects": ("project", "project_key"),
    "sessions": ("vendor", "host", "session_id", "project", "first_seen", "last_seen"),
    "daily": ("date",),
    "weekly": ("week",),
    "monthly": ("month",),
}
"""Every report by name, with the key columns of its rows."""

BY_TIME: Final = ("daily", "weekly", "monthly")

Keys = tuple[str | None, ...]


class Row(NamedTuple):
    """One row of a report."""

    keys: Keys
    """A text for each of the report's key columns, None if it is not known."""
    total: "Total"
    label: str
    """The name for display: the model's display name, the project's name, the day."""


class Report(NamedTuple):
    """One report."""

    name: str
    question: "Question"
    rows: tuple[Row, ...]
    total: "Total"
    """The sum of all rows."""
    notes: tuple[str, ...]
    """Limits of the figures that a reader must know, one sentence each."""
    unpriced_models: tuple[str, ...] = ()
    """Ids as logged, sorted."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the key columns."""
        return KEY_COLUMNS[self.name]
