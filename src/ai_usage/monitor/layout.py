"""How the screen is divided: a pure function of its size and of how much there is to show."""

from typing import Final, NamedTuple

from ai_usage.monitor.look import Panel

WIDE: Final = 104
"""From this width on days and hosts stand to the right of the chart."""
WIDER: Final = 164
"""From this width on they stand to the right of the table, too."""
_TALL: Final = 30
"""From so many lines for charts on the panels stand one above the other."""
_AIRY: Final = 30
"""From this height on there is an empty line between table and chart."""
_HEADS: Final = 3
"""Lines of a table besides its rows: title, names of columns, totals."""
_HEADER: Final = 2
_FOOTER: Final = 2
_LEAST: Final = 4
"""A chart of fewer lines says nothing."""


class Rect(NamedTuple):
    """A part of the screen, in cells; empty for what is not shown."""

    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything to draw on."""
        return self.width > 0 and self.height > 0


NOWHERE: Final = Rect()


class Plan(NamedTuple):
    """Where each part stands."""

    header: Rect = NOWHERE
    table: Rect = NOWHERE
    time: Rect = NOWHERE
    days: Rect = NOWHERE
    hosts: Rect = NOWHERE
    status: Rect = NOWHERE
    keys: Rect = NOWHERE


def plan(width: int, height: int, rows: int, hosts: int, panel: Panel) -> Plan:
    """Divide the screen.

    Args:
        width: of the screen.
        height: of the screen.
        rows: of the table.
        hosts: machines to compare; fewer than two are not compared.
        panel: which panel is wanted where there is room for one.
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
    table = min(rows + _HEADS, most, room)
    charts = Rect(0, _HEADER + table + air, width, room - table - air)
    if charts.height < _LEAST:
        return frame._replace(table=Rect(0, _HEADER, width, room))
    frame = frame._replace(table=Rect(0, _HEADER, width, table))
    if width >= WIDE:
        side = min(max(width // 3, 38), 64)
        top = _HEADER if width >= WIDER else charts.y
        days, compared = _stacked(Rect(width - side, top, side, charts.y + charts.height - top), hosts)
        if top == _HEADER:
            frame = frame._replace(table=Rect(0, _HEADER, width - side, table))
        return frame._replace(time=charts._replace(width=width - side), days=days, hosts=compared)
    if charts.height >= _TALL:
        time = charts.height * 2 // 5
        rest = charts._replace(y=charts.y + time + air, height=charts.height - time - air)
        days, compared = _stacked(rest, hosts)
        return frame._replace(time=charts._replace(height=time), days=days, hosts=compared)
    if panel == "hosts" and hosts > 1:
        return frame._replace(hosts=charts)
    return frame._replace(days=charts) if panel == "days" else frame._replace(time=charts)


def _stacked(place: Rect, hosts: int) -> tuple[Rect, Rect]:
    """Divide a place between days and, below them, the hosts, where there are several."""
    wanted = hosts + 2 if hosts > 1 else 0
    below = min(wanted, place.height // 2)
    if below < _LEAST:
        return place, NOWHERE
    return (
        place._replace(height=place.height - below),
        place._replace(y=place.y + place.height - below + 1, height=below - 1),
    )
