"""The groups that a question is about, out of the ledgers of one or several machines."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from ai_usage.errors import UsageError
from ai_usage.ledger.ledger import Ledger
from ai_usage.report.question import Filters
from ai_usage.usage.group import Doubts, Group

Span = tuple[int, int]


class HostView(NamedTuple):
    """One machine's records, under the name that reports give the machine."""

    host: str
    ledger: Ledger
    local: bool
    """Whether it is this machine, whose logs tell sessions, projects, tiers and fees."""


class Gathering:
    """The ledgers a question is asked of, and what of their groups it leaves out."""

    def __init__(
        self, views: Sequence[HostView], filters: Filters, display_name: Callable[[str], str]
    ) -> None:
        """Choose the machines.

        Args:
            views: every known machine.
            filters: what to leave out.
            display_name: how people call a model, since `--model` may say it that way.

        Raises:
            UsageError: a machine that is asked for is not known.
        """
        self.views = chosen_views(views, filters.host)
        # A request that two machines hold shows under each of them, but once in what is merged over machines.
        self.copies = len(self.views) < len(views) or len(views) == 1
        self.overlapping = self.copies and len(self.views) > 1
        """Whether a request can be counted for more than one of the chosen machines."""
        self._filters = filters
        self._wanted = Sieve(filters, display_name).lets_through

    def sums(
        self, spans: Sequence[Span], *, projects: bool = False, copies: bool | None = None
    ) -> Iterator[tuple[HostView, Group]]:
        """Yield the groups of the spans, host by host.

        Args:
            spans: of time.
            projects: whether projects are told apart.
            copies: whether to count what another machine's records show as well; None for `self.copies`.
        """
        copies = self.copies if copies is None else copies
        projects = projects or bool(self._filters.project)
        for view in self.views:
            for group in view.ledger.sums(spans, copies=copies, projects=projects):
                if self._wanted(group):
                    yield view, group

    def session_sums(self, span: Span) -> Iterator[tuple[HostView, Group]]:
        """Yield the groups of one span by session, host by host."""
        for view in self.views:
            for group in view.ledger.session_sums(*span, copies=self.copies):
                if self._wanted(group):
                    yield view, group

    def extent(self) -> Span | None:
        """Return the span from the first record to right after the last one, None without records."""
        extents = [extent for view in self.views if (extent := view.ledger.extent()) is not None]
        if not extents:
            return None
        return min(first for first, _ in extents), max(last for _, last in extents) + 1

    def doubts(self, span: Span) -> Doubts:
        """Count the records of the span that deserve a note, whatever the filters."""
        found = [view.ledger.doubts(*span) for view in self.views]
        return Doubts._make(map(sum, zip(*found, strict=True))) if found else Doubts()


class Filterable(Protocol):
    """What a filter looks at: a group of the ledger, or a cell of a report."""

    @property
    def vendor(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def project(self) -> str | None: ...  # noqa: D102
    @property
    def project_key(self) -> str | None: ...  # noqa: D102


class Sieve:
    """The filters by vendor, model and project; a model's names are compared once, since it has many groups."""

    def __init__(self, filters: Filters, display_name: Callable[[str], str]) -> None:
        self._filters = filters
        self._display_name = display_name
        self._models: dict[str, bool] = {}

    def lets_through(self, group: Filterable) -> bool:
        """Tell whether a group is asked for."""
        filters = self._filters
        if filters.vendor and group.vendor not in filters.vendor:
            return False
        if filters.model and not self._wanted_model(group.model):
            return False
        return not filters.project or _matches(
            filters.project, (group.project or "", (group.project_key or "")[:8])
        )

    def _wanted_model(self, model: str) -> bool:
        wanted = self._models.get(model)
        if wanted is None:
            wanted = self._models[model] = _matches(self._filters.model, (model, self._display_name(model)))
        return wanted


def chosen_views(views: Sequence[HostView], hosts: Sequence[str]) -> list[HostView]:
    """Return the machines of these names, all without any.

    Raises:
        UsageError: a machine is not known.
    """
    known = [view.host for view in views]
    for host in hosts:
        if host not in known:
            raise UsageError(f"--host: {host!r} is not known; known hosts: {', '.join(known)}")
    return [view for view in views if not hosts or view.host in hosts]


def _matches(wanted: Sequence[str], texts: Sequence[str]) -> bool:
    return any(part.casefold() in text.casefold() for part in wanted for text in texts)
