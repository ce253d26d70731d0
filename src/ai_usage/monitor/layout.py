"""The layout of the screen: a pure function of its size and of the amount of content."""

from typing import Final, NamedTuple

from ai_usage.monitor.look import Panel

WIDE: Final = 104
"""From this width on, days and hosts are to the right of the chart."""
WIDER: Final = 164
"""From this width on, they are to the right of the table, too."""
_TALL: Final = 30
"""With at least so many lines for charts, the panels are one above the other."""
_AIRY: Final = 30
"""From this height on, there is an empty line between table and chart."""
_HEADS: Final = 3
"""Lines of a table besides its rows: title, names of columns, totals."""
_HEADER: Final = 2
_FOOTER: Final = 2
_LEAST: Final = 4
"""A chart with fewer lines is unreadable."""


class Rect(NamedTuple):
    """A part of the screen, in cells; empty for a hidden part."""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0

    def __bool__(self) -> bool:
        """Whether the part is not empty."""
        return self.width > 0 and self.height > 0


NOWHERE: Final = Rect()


class Plan(NamedTuple):
    """The place of each part."""

    header: Rect = NOWHERE
    table: Rect = NOWHERE
    time: Rect = NOWHERE
    days: Rect = NOWHERE
    hosts: Rect = NOWHERE
    agents: Rect = NOWHERE
    projects: Rect = NOWHERE
    status: Rect = NOWHERE
    keys: Rect = NOWHERE


class Content(NamedTuple):
    """The amount of content."""

    rows: int = 0
    """The rows of the table."""
    days: int = 0
    hosts: int = 0
    """The machines to compare; fewer than two are not shown."""
    projects: int = 0
    agents: int = 0


def plan(width: int, height: int, content: Content, panel: Panel) -> Plan:
    """Divide the screen.

    Args:
        width: the screen's width.
        height: the screen's height.
        content: the amount of content.
        panel: the panel to show if only one fits.
    """
    frame = Plan(
        header=Rect(0, 0, width, _HEADER),
        status=Rect(0, max(height - 2, 0), width, 1),
        keys=Rect(0, max(height - 1, 0), width, 1),
    )
    room = height - _HEADER - _FOOTER
    if room < 1:
        return frame
    most = max(room * 9 // 20, 6) if room < 40 else room // 2
    air = 1 if height >= _AIRY else 0
    table = min(content.rows + _HEADS, most, room)
    charts = Rect(0, _HEADER + table + air, width, room - table - air)
    if charts.height < _LEAST:
        return frame._replace(table=Rect(0, _HEADER, width, room))
    frame = frame._replace(table=Rect(0, _HEADER, width, table))
    if width >= WIDE:
        side = min(max(width // 3, 38), 64)
        top = _HEADER if width >= WIDER else charts.y
        place = Rect(width - side, top, side, charts.y + charts.height - top)
        if top == _HEADER:
            frame = frame._replace(table=Rect(0, _HEADER, width - side, table))
        return _stacked(frame._replace(time=charts._replace(width=width - side)), place, content)
    if charts.height >= _TALL:
        time = charts.height * 2 // 5
        rest = charts._replace(y=charts.y + time + air, height=charts.height - time - air)
        return _stacked(frame._replace(time=charts._replace(height=time)), rest, content)
    if panel == "hosts" and content.hosts > 1:
        return frame._replace(hosts=charts)
    return frame._replace(days=charts) if panel == "days" else frame._replace(time=charts)


def chart_width(width: int, height: int) -> int:
    """Return the width of the chart over time, in any layout."""
    place = plan(width, max(height, 24), Content(), "time").time
    return max(place.width - 2, 1)


def _stacked(frame: Plan, place: Rect, content: Content) -> Plan:
    """Divide a place between days, hosts, projects and agents, from top to bottom, separated by empty lines.

    Hosts get their lines first if there are several, then days, then projects. Agents, which the chart beside them
    shows too, get lines only if everything else fits.
    """
    hosts = min(content.hosts + 2, place.height // 2) if content.hosts > 1 else 0
    if hosts < _LEAST:
        hosts = 0
    days = min(content.days + 2, place.height - hosts)
    left = place.height - hosts - days
    projects = min(content.projects + 2, left) if left >= _LEAST and content.projects > 1 else 0
    if not projects and not hosts:
        days = place.height + 1
    agents = content.agents + 2 if content.agents > 1 else 0
    if days + hosts + projects + agents > place.height or projects < content.projects:
        agents = 0
    bottom = place.y + place.height
    heights = {"days": days, "hosts": hosts, "agents": agents, "projects": projects}
    y = place.y
    for name, height in heights.items():
        if height:
            shown = min(height - 1, bottom - y)
            frame = frame._replace(**{name: place._replace(y=y, height=shown)})
            y += height
    return frame
