"""The options that display commands share; those before and after the command's name are merged."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ai_usage.errors import UsageError

if TYPE_CHECKING:
    from ai_usage.report.question import Question
    from ai_usage.usage.window import Window

DEFAULT_DAYS = 7


class Asked(NamedTuple):
    """The options of one command line; None, False or empty where an option was not given."""

    days: int | None = None
    since: str | None = None
    until: str | None = None
    everything: bool = False
    vendor: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    tz: str | None = None
    cost_mode: str | None = None
    as_json: bool = False
    as_csv: bool = False
    sort: str | None = None
    offline: bool = False
    no_ingest: bool = False

    def plus(self, more: "Asked") -> "Asked":
        """Merge the options given after the command's name: lists are joined, the later of two values counts.

        Raises:
            UsageError: options that exclude one another.
        """
        both = Asked._make(_both(one, other) for one, other in zip(self, more, strict=True))
        bounds = both.since is not None or both.until is not None
        if (both.days is not None) + bounds + both.everything > 1:
            raise UsageError("--days, --since/--until and --all exclude one another; keep one of them")
        if both.as_json and both.as_csv:
            raise UsageError("--json and --csv exclude one another; keep one of them")
        return both

    def question(self, now: int, env: Mapping[str, str], *, default_days: int | None) -> "Question":
        """Turn the options into a question.

        Args:
            now: the instant.
            env: the environment, which may name the time zone.
            default_days: the window when none was asked for; None for everything.

        Raises:
            UsageError: an option is not valid.
        """
        # Options are read before anything else is loaded; questions are built after that.
        from ai_usage.config.zone import find_zone
        from ai_usage.report.question import CostMode, Filters, Question, SortKey
        from ai_usage.usage.window import EVERYTHING, between, last_days

        zone = find_zone(self.tz, env)
        window: Window = EVERYTHING
        if self.days is not None:
            window = last_days(self.days, now, zone.rules)
        elif self.since is not None or self.until is not None:
            window = between(self.since, self.until, now, zone.rules)
        elif not self.everything and default_days is not None:
            window = last_days(default_days, now, zone.rules)
        return Question(
            zone=zone,
            now=now,
            window=window,
            filters=Filters(self.vendor, self.host, self.model, self.project),
            cost_mode=CostMode(self.cost_mode or CostMode.AUTO),
            sort=None if self.sort is None else SortKey(self.sort),
        )


def _both(one: Any, other: Any) -> Any:
    if isinstance(one, tuple):
        return one + other
    return one or other if isinstance(one, bool) else one if other is None else other


NOTHING_ASKED = Asked()
