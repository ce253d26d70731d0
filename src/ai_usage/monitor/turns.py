"""The steps of the keys: pure functions from one look to the next."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ai_usage.config.zone import Zone
from ai_usage.monitor.look import GROUPINGS, PANELS, SORTS, SPLITS, Look, following, next_filter
from ai_usage.monitor.span import Span, covering, moved, paged, zoomed
from ai_usage.monitor.words import Facts
from ai_usage.report.cells import Usage
from ai_usage.report.document import Row
from ai_usage.report.overview import bucket_of
from ai_usage.usage.window import Window


class Moment(NamedTuple):
    """The inputs of a step besides the look."""

    now: int
    """The instant."""
    zone: Zone
    facts: Callable[[], Facts]
    compared_hosts: int = 0
    """The number of machines in the panel of machines."""


def _days(look: Look, count: int, _moment: Moment) -> Look:
    return look._replace(span=Span(count))


def _move(look: Look, days: int, moment: Moment) -> Look:
    return look._replace(span=moved(look.span, days, moment.now, moment.zone))


def _page(look: Look, pages: int, moment: Moment) -> Look:
    return look._replace(span=paged(look.span, pages, moment.now, moment.zone))


def _zoom(look: Look, steps: int, moment: Moment) -> Look:
    return look._replace(span=zoomed(look.span, moment.now, moment.zone, closer=steps > 0))


def _latest(look: Look, _steps: int, _moment: Moment) -> Look:
    return look._replace(span=Span(look.span.days))


def _vendor(look: Look, steps: int, moment: Moment) -> Look:
    vendor = next_filter(look.filters.vendor, moment.facts().vendors, steps)
    return look._replace(filters=look.filters._replace(vendor=vendor))


def _host(look: Look, steps: int, moment: Moment) -> Look:
    host = next_filter(look.filters.host, moment.facts().hosts, steps)
    return look._replace(filters=look.filters._replace(host=host, only_host=None))


def _group(look: Look, steps: int, _moment: Moment) -> Look:
    return look._replace(grouping=following(look.grouping, GROUPINGS, steps))


def _sort(look: Look, steps: int, _moment: Moment) -> Look:
    return look._replace(sort=following(look.sort, SORTS, steps))


def _measure(look: Look, _steps: int, _moment: Moment) -> Look:
    return look._replace(measure="tokens" if look.measure == "cost" else "cost")


def _split(look: Look, steps: int, _moment: Moment) -> Look:
    return look._replace(split=following(look.split, SPLITS, steps))


def _style(look: Look, _steps: int, _moment: Moment) -> Look:
    return look._replace(style="lanes" if look.style == "columns" else "columns")


def _patterns(look: Look, _steps: int, _moment: Moment) -> Look:
    return look._replace(patterns=not look.patterns)


def _panel(look: Look, steps: int, moment: Moment) -> Look:
    panels = PANELS if moment.compared_hosts > 1 else PANELS[:2]
    return look._replace(panel=following(look.panel, panels, steps))


TURNS: Final[Mapping[str, Callable[[Look, int, Moment], Look]]] = {
    "days": _days,
    "move": _move,
    "page": _page,
    "zoom": _zoom,
    "latest": _latest,
    "vendor": _vendor,
    "host": _host,
    "group": _group,
    "sort": _sort,
    "measure": _measure,
    "split": _split,
    "style": _style,
    "patterns": _patterns,
    "panel": _panel,
}
"""Steps by name: each takes the look, the number of steps (or days, or pages), and the moment."""


def into(row: Row, look: Look, usage: Usage, moment: Moment) -> Look:
    """Return the look at only the usage of one row of the table.

    Args:
        row: the chosen row.
        look: the present look.
        usage: the usage from which the table was built.
        moment: the present moment.
    """
    filters = look.filters
    match look.grouping:
        case "models":
            vendor, model = row.keys[0] or "", row.keys[1] or ""
            filters = filters._replace(vendor=(vendor,), model=(), only_model=model)
            return look._replace(filters=filters, grouping="projects")
        case "vendors":
            return look._replace(filters=filters._replace(vendor=(row.keys[0] or "",)), grouping="models")
        case "hosts":
            return look._replace(filters=filters._replace(only_host=row.keys[0]), grouping="models")
        case "projects":
            filters = filters._replace(project=(), only_project=(row.keys[0], row.keys[1]))
            return look._replace(filters=filters, grouping="models")
        case _:
            bucket = bucket_of(usage, look.grouping, row.keys[0] or "")
            span = covering(Window(bucket.start, bucket.end), usage.question.window, moment.now, moment.zone)
            return look._replace(span=span, grouping="models" if look.grouping == "daily" else "daily")
