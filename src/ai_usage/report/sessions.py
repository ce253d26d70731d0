"""The report by session; other machines send no session ids, so each has one row per vendor."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import tzinfo
from typing import Final, NamedTuple

from ai_usage.errors import UsageError
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.costing import Costing
from ai_usage.report.document import Keys, Row
from ai_usage.report.gather import HostView
from ai_usage.report.notes import note_on_limit
from ai_usage.report.order import ordered
from ai_usage.report.projects import shown_name
from ai_usage.report.question import Question
from ai_usage.report.sums import Sums
from ai_usage.usage.group import Group
from ai_usage.usage.window import EVERYTHING, to_local

_UNNAMED: Final = "(no session id)"
_NAMED: Final = 5
"""The most sessions named in a message about an ambiguous id."""


class Sessions(NamedTuple):
    """The rows of the report, and the facts for its notes."""

    rows: list[Row]
    costing: Costing
    """The costing, with the models of these rows that have no price."""
    other_machines: bool
    """Whether any row belongs to another machine."""
    notes: tuple[str, ...]


def find_sessions(groups: Iterable[tuple[HostView, Group]], question: Question, catalog: Catalog) -> Sessions:
    """Sum by session, and keep the requested ones.

    Args:
        groups: the groups of all sessions.
        question: the question, which may name one session and a limit of rows.
        catalog: prices.

    Raises:
        UsageError: the id matches no session, or several.
    """
    chosen = _chosen(list(groups), question)
    costing = Costing(catalog, question.cost_mode)
    rows = ordered("sessions", _rows(chosen, costing, question.zone.rules), question.sort)
    notes: tuple[str, ...] = ()
    if question.limit is not None and len(rows) > question.limit:
        notes = (note_on_limit(question.limit, len(rows)),)
        kept = {row.keys[:3] for row in rows[: question.limit]}
        chosen = [each for each in chosen if _keys(*each) in kept]
        costing = Costing(catalog, question.cost_mode)
        rows = _rows(chosen, costing, question.zone.rules)
    return Sessions(rows, costing, any(not view.local for view, _ in chosen), notes)


def _keys(view: HostView, group: Group) -> Keys:
    return group.vendor, view.host, group.session_id


def _chosen(groups: list[tuple[HostView, Group]], question: Question) -> list[tuple[HostView, Group]]:
    """Return the groups of the session with this id or beginning; all groups without one."""
    wanted = question.session
    if wanted is None:
        return groups
    if not wanted:
        raise UsageError(
            "ID is empty; write the beginning of a session's id, or leave it out for all sessions"
        )
    ids = {group.session_id for _, group in groups if group.requests and group.session_id is not None}
    meant = sorted({wanted} & ids) or sorted(each for each in ids if each.startswith(wanted))
    if len(meant) != 1:
        raise UsageError(_unclear(wanted, meant, question))
    return [(view, group) for view, group in groups if group.session_id == meant[0]]


def _unclear(wanted: str, meant: Sequence[str], question: Question) -> str:
    narrowed = {
        **({"in this window": "--all"} if question.window != EVERYTHING else {}),
        **({"under these filters": "fewer filters"} if any(question.filters) else {}),
    }
    if not meant and narrowed:
        where, wider = " ".join(narrowed), " or ".join(narrowed.values())
        return f"no session {where} has an id that begins with {wanted!r}; try {wider}"
    if not meant:
        return f"no session has an id that begins with {wanted!r}; `ai-usage sessions --csv` lists whole ids"
    named = ", ".join(meant[:_NAMED]) + (" ..." if len(meant) > _NAMED else "")
    return f"{len(meant):,} sessions have an id that begins with {wanted!r}: {named}; write more of the id"


def _rows(groups: Sequence[tuple[HostView, Group]], costing: Costing, zone: tzinfo) -> list[Row]:
    """Sum by vendor, host and session, with times in the local zone."""
    sums: Sums[Keys] = Sums()
    seen: dict[Keys, tuple[int, int]] = {}
    projects: dict[Keys, Counter[str | None]] = {}
    for view, group in groups:
        keys = _keys(view, group)
        sums.add(keys, costing.total_of(group))
        first, last = seen.get(keys, (group.first_seen, group.last_seen))
        seen[keys] = min(first, group.first_seen), max(last, group.last_seen)
        projects.setdefault(keys, Counter())[shown_name(group.project, group.project_key)] += group.requests
    others = {view.host for view, _ in groups if not view.local}
    rows = []
    for keys, total in sums.items():
        if total.requests:
            times = (to_local(instant, zone).isoformat(timespec="seconds") for instant in seen[keys])
            rows.append(
                Row((*keys, _main(keys, projects[keys]), *times), total, keys[2] or _unnamed(keys, others))
            )
    return rows


def _unnamed(keys: Keys, others: Collection[str | None]) -> str:
    """Name a row without a session id; another machine's row contains the machine's name."""
    return f"{keys[1]}: all sessions" if keys[1] in others else _UNNAMED


def _main(keys: Keys, projects: Counter[str | None]) -> str | None:
    """Return the project with most of a session's requests; None for a row of many sessions in several projects."""
    if keys[2] is None and len(projects) > 1:
        return None
    return projects.most_common(1)[0][0]
