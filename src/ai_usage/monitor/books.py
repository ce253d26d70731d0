"""A cache of windows of usage, read from the ledgers of all machines and the present prices."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from ai_usage.config.zone import Zone
from ai_usage.errors import LedgerError
from ai_usage.ledger.ledger import Ledger
from ai_usage.monitor.months import Months
from ai_usage.monitor.world import World
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.cells import Usage, read_usage
from ai_usage.report.gather import HostView
from ai_usage.report.question import CostMode, Question
from ai_usage.usage.window import EVERYTHING, Window, last_days

_KEPT_WINDOWS: Final = 12

Mark: TypeAlias = tuple[object, ...]
"""A value that stays equal while the inputs of a snapshot are unchanged."""


class Books:
    """Reads windows, and caches them until something changes."""

    def __init__(self, world: World, serving: Callable[[], Path], cost_mode: CostMode) -> None:
        """Prepare.

        Args:
            world: the environment.
            serving: waits until a ledger file can be read, and returns its path.
            cost_mode: the cost mode.
        """
        self._world = world
        self._serving = serving
        self._cost_mode = cost_mode
        self._kept: dict[tuple[Window, str], Usage] = {}
        self._months = Months()
        self._mark: Mark = ()
        self._catalog: Catalog | None = None
        self._catalog_mark: Mark = ()

    @contextmanager
    def opened(self) -> Iterator[tuple[list[HostView], list[str]]]:
        """Open the ledgers of all machines for one block only, since a file may be replaced at any time.

        Each is read in one consistent state while other processes may write.
        """
        notes: list[str] = []
        with ExitStack() as stack:
            own = Ledger.open(self._serving(), write=False)
            stack.callback(own.close)
            others = self._world.others(own, notes)
            for view in others:
                stack.callback(view.ledger.close)
            views = [HostView(self._world.machine, own, local=True), *others]
            for view in views:
                stack.enter_context(view.ledger.snapshot())
            yield views, notes

    def look_for_changes(self, views: list[HostView], zone: Zone, catalog: Catalog) -> Mark:
        """Clear the cache if something changed; return a mark that stays the same until the next change."""
        mark = (
            zone.name,
            id(catalog),
            *((view.host, view.ledger.change_number(), _identity(view.ledger)) for view in views),
        )
        if mark != self._mark:
            self._mark = mark
            self._kept.clear()
            self._months.clear()
        return mark

    def forget(self) -> None:
        """Treat everything as changed."""
        self._mark = ()

    def read(self, window: Window, zone: Zone, now: int, views: list[HostView], catalog: Catalog) -> Usage:
        """Return the usage of a window, from the cache if nothing changed since it was read."""
        key = (window, zone.name)
        usage = self._kept.pop(key, None)
        if usage is None:
            question = Question(zone, now, window, cost_mode=self._cost_mode)
            usage = self._months.read(question, views, catalog) or read_usage(
                question, views, catalog, both_ways=True
            )
        self._kept[key] = usage
        while len(self._kept) > _KEPT_WINDOWS:
            del self._kept[next(iter(self._kept))]
        return usage

    def read_ahead(self, zone: Zone, now: int, views: list[HostView], catalog: Catalog) -> Iterator[None]:
        """Read the windows that keys may request next, the likeliest first; yields after each step."""
        for days in (1, 7):
            self.read(last_days(days, now, zone.rules), zone, now, views, catalog)
            yield
        question = Question(zone, now, EVERYTHING, cost_mode=self._cost_mode)
        yield from self._months.read_step_by_step(question, views, catalog)

    def fresh_catalog(self) -> Catalog:
        """Return prices and names, read again when their files changed."""
        mark: Mark = tuple(_stamp(path) for path in self._world.prices)
        if self._catalog is None or mark != self._catalog_mark:
            self._catalog = self._world.catalog()
            self._catalog_mark = mark
        return self._catalog


def _stamp(path: Path) -> tuple[int, int]:
    try:
        info = path.stat()
    except OSError:
        return (0, 0)
    return info.st_mtime_ns, info.st_size


def _identity(ledger: Ledger) -> object:
    """Return the identity of a ledger's file, to detect that it was replaced."""
    if ledger.path is None:
        return None
    try:
        info = ledger.path.stat()
    except OSError as error:
        raise LedgerError(f"{ledger.path} cannot be read ({error.strerror})") from error
    return info.st_dev, info.st_ino
