"""Query the ledgers of one or several machines for the groups of a question."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

from ai_usage.ledger.ledger import Ledger
from ai_usage.report.projects import Names, is_meant, is_same, names_by_key
from ai_usage.report.question import Filters
from ai_usage.usage.group import Doubts, Group

Span = tuple[int, int]


class HostView(NamedTuple):
    """One machine's ledger, with the machine's name in reports."""

    host: str
    ledger: Ledger
    local: bool
    """Whether it is this machine, whose records have sessions, tiers and fees."""


class Gathering:
    """The ledgers for a question, and the filters on their groups."""

    def __init__(
        self, views: Sequence[HostView], filters: Filters, display_name: Callable[[str], str]
    ) -> None:
        """Choose the machines.

        Args:
            views: every known machine.
            filters: the filters.
            display_name: returns a model's display name, which `--model` may contain.

        Raises:
            UsageError: a requested machine is not known.
        """
        chosen = chosen_views(views, filters.host)
        # A request on two machines is counted for each of them, but once in sums over all machines.
        self.copies = len(chosen) < len(views) or len(views) == 1
        self.views = [view for view in chosen if filters.only_host in {None, view.host}]
        self.overlapping = self.copies and len(self.views) > 1
        """Whether a request can be counted for more than one of the chosen machines."""
        self._all = views
        self._filters = filters
        self._display_name = display_name

    @cached_property
    def names(self) -> Names:
        """The names of projects on all machines, not only the chosen ones."""
        return names_by_key(view.ledger for view in self._all)

    def sums(
        self, spans: Sequence[Span], *, projects: bool = False, copies: bool | None = None
    ) -> Iterator[tuple[HostView, Group]]:
        """Yield the groups of the spans, host by host.

        Args:
            spans: the spans of time.
            projects: whether to group by project.
            copies: whether to count records that another machine's copy shadows; None for `self.copies`.
        """
        copies = self.copies if copies is None else copies
        projects = projects or self._filters.by_project
        names = self.names if projects else {}
        wanted = Sieve(self._filters, self._display_name, names).lets_through
        for view in self.views:
            for group in view.ledger.sums(spans, copies=copies, projects=projects):
                if wanted(group):
                    yield view, _named(group, names)

    def session_sums(self, span: Span) -> Iterator[tuple[HostView, Group]]:
        """Yield the groups of one span by session, host by host."""
        names = self.names if self._filters.by_project else {}
        wanted = Sieve(self._filters, self._display_name, names).lets_through
        for view in self.views:
            for group in view.ledger.session_sums(*span, copies=self.copies):
                if wanted(group):
                    yield view, group

    def one_session(self, span: Span, session_id: str) -> Iterator[Group]:
        """Yield the groups of one session of this machine, including records that another machine's copy shadows."""
        wanted = Sieve(self._filters, self._display_name, self.names).lets_through
        for view in self.views:
            if view.local:  # records of other machines have no sessions
                yield from filter(wanted, view.ledger.session_sums(*span, session_id=session_id))

    def extent(self) -> Span | None:
        """Return the span from the first record to right after the last one, None without records."""
        extents = [extent for view in self.views if (extent := view.ledger.extent()) is not None]
        if not extents:
            return None
        return min(first for first, _ in extents), max(last for _, last in extents) + 1

    def doubts(self, span: Span) -> Doubts:
        """Count the records of the span that a note must mention, regardless of filters."""
        found = [view.ledger.doubts(*span) for view in self.views]
        return Doubts._make(map(sum, zip(*found, strict=True))) if found else Doubts()


class Filterable(Protocol):
    """The fields that filters use, of a group of the ledger or a cell of a report."""

    @property
    def vendor(self) -> str: ...  # noqa: D102
    @property
    def model(self) -> str: ...  # noqa: D102
    @property
    def project(self) -> str | None: ...  # noqa: D102
    @property
    def project_key(self) -> str | None: ...  # noqa: D102


class Sieve:
    """The filters by vendor, model and project; each name is compared once, since many groups share it."""

    def __init__(self, filters: Filters, display_name: Callable[[str], str], names: Names) -> None:
        """Prepare.

        Args:
            filters: the filters.
            display_name: returns a model's display name.
            names: the names of projects.
        """
        self._filters = filters
        self._display_name = display_name
        self._names = names
        self._models: dict[str, bool] = {}
        self._projects: dict[tuple[str | None, str | None], bool] = {}

    def lets_through(self, group: Filterable) -> bool:
        """Tell whether a group passes the filters."""
        filters = self._filters
        if filters.vendor and group.vendor not in filters.vendor:
            return False
        if filters.by_model and not self._wanted_model(group.model):
            return False
        return not filters.by_project or self._wanted_project(group.project, group.project_key)

    def _wanted_model(self, model: str) -> bool:
        wanted = self._models.get(model)
        if wanted is None:
            filters = self._filters
            wanted = filters.only_model in {None, model} and (
                not filters.model or _matches(filters.model, (model, self._display_name(model)))
            )
            self._models[model] = wanted
        return wanted

    def _wanted_project(self, label: str | None, key: str | None) -> bool:
        wanted = self._projects.get((label, key))
        if wanted is None:
            filters = self._filters
            only = filters.only_project
            wanted = (only is None or is_same(only, (label, key))) and (
                not filters.project
                or any(is_meant(word, label, key, self._names) for word in filters.project)
            )
            self._projects[label, key] = wanted
        return wanted


def _named(group: Group, names: Names) -> Group:
    """Give a project the name that is shown for it on all machines."""
    known = names.get(group.project_key or "")
    return group if known is None or known[0] == group.project else group._replace(project=known[0])


def chosen_views(views: Sequence[HostView], hosts: Sequence[str]) -> list[HostView]:
    """Return the machines with these names, or all machines without names.

    Raises:
        UsageError: a machine is not known.
    """
    known = [view.host for view in views]
    for host in hosts:
        if host not in known:
            from ai_usage.usage.spelling import unknown_name

            raise unknown_name("--host", "hosts", host, known)
    return [view for view in views if not hosts or view.host in hosts]


def _matches(wanted: Sequence[str], texts: Sequence[str]) -> bool:
    return any(part.casefold() in text.casefold() for part in wanted for text in texts)
