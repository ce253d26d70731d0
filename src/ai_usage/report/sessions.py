"""The report by session; other machines send no session ids, so each has one row a vendor."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

from ai_usage.errors import UsageError
from ai_usage.report.document import Keys, Row
from ai_usage.report.gather import HostView
from ai_usage.report.projects import shown_name
from ai_usage.report.sums import Sums
from ai_usage.usage.group import Group
from ai_usage.usage.total import Total
from ai_usage.usage.window import to_local

_UNNAMED: Final = "(no session id)"
_NAMED: Final = 5
"""So many of several sessions are named."""


def chosen_sessions(
    groups: Iterable[tuple[HostView, Group]], wanted: str | None
) -> list[tuple[HostView, Group]]:
    """Return the groups of one session; all of them where none is wanted.

    Args:
        groups: of any sessions.
        wanted: the id of a session, or a beginning that no other id has.

    Raises:
        UsageError: no session has such an id, or several have.
    """
    every = list(groups)
    if wanted is None:
        return every
    ids = {group.session_id for _, group in every if group.requests and group.session_id is not None}
    meant = sorted({wanted} & ids) or sorted(each for each in ids if each.startswith(wanted))
    if len(meant) != 1:
        raise UsageError(_unclear(wanted, meant))
    return [(view, group) for view, group in every if group.session_id == meant[0]]


def _unclear(wanted: str, meant: Sequence[str]) -> str:
    if not meant:
        return f"no session here has an id that begins with {wanted!r}; `ai-usage sessions --csv` lists whole ids"
    named = ", ".join(meant[:_NAMED]) + (" ..." if len(meant) > _NAMED else "")
    return f"{wanted!r} begins the ids of {len(meant):,} sessions: {named}; write more of the one you mean"


def of_rows(groups: Iterable[tuple[HostView, Group]], rows: Iterable[Row]) -> list[tuple[HostView, Group]]:
    """Return the groups that some rows are made of."""
    kept = {row.keys[:3] for row in rows}
    return [(view, group) for view, group in groups if (group.vendor, view.host, group.session_id) in kept]


def session_rows(priced: Iterable[tuple[HostView, Group, Total]], zone: tzinfo) -> list[Row]:
    """Roll up by vendor, host and session; times are those of the local clock."""
    sums: Sums[Keys] = Sums()
    seen: dict[Keys, tuple[int, int]] = {}
    projects: dict[Keys, Counter[str | None]] = {}
    for view, group, total in priced:
        keys: Keys = (group.vendor, view.host, group.session_id)
        sums.add(keys, total)
        first, last = seen.get(keys, (group.first_seen, group.last_seen))
        seen[keys] = min(first, group.first_seen), max(last, group.last_seen)
        projects.setdefault(keys, Counter())[shown_name(group.project, group.project_key)] += group.requests
    rows = []
    for keys, total in sums.items():
        if total.requests:
            times = (to_local(instant, zone).isoformat(timespec="seconds") for instant in seen[keys])
            rows.append(Row((*keys, _main(keys, projects[keys]), *times), total, keys[2] or _UNNAMED))
    return rows


def _main(keys: Keys, projects: Counter[str | None]) -> str | None:
    """Return the project in which a session made most requests; many sessions in one row have no main one."""
    if keys[2] is None and len(projects) > 1:
        return None
    return projects.most_common(1)[0][0]
