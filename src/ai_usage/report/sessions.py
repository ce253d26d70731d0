"""The report by session; other machines send no session ids, so each has one row a vendor."""

from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo

from ai_usage.report.document import Keys, Row
from ai_usage.report.gather import HostView
from ai_usage.report.sums import Sums
from ai_usage.usage.group import Group
from ai_usage.usage.total import Total
from ai_usage.usage.window import to_local

_UNNAMED = "(no session id)"


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
        projects.setdefault(keys, Counter())[_project(group)] += group.requests
    rows = []
    for keys, total in sums.items():
        if total.requests:
            times = (to_local(instant, zone).isoformat(timespec="seconds") for instant in seen[keys])
            rows.append(Row((*keys, _main(keys, projects[keys]), *times), total, keys[2] or _UNNAMED))
    return rows


def _project(group: Group) -> str | None:
    return group.project or (group.project_key[:8] if group.project_key else None)


def _main(keys: Keys, projects: Counter[str | None]) -> str | None:
    """Return the project in which a session made most requests; many sessions in one row have no main one."""
    if keys[2] is None and len(projects) > 1:
        return None
    return projects.most_common(1)[0][0]
