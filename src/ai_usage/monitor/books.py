"""The books: the ledgers of all machines and the prices, as they are now, and the windows that were read of them."""

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
"""Equal as long as nothing changed that a snapshot is made of."""


class Books:
    """Reads windows, and remembers them until something changes."""

    def __init__(self, world: World, serving: Callable[[], Path], cost_mode: CostMode) -> None:
        """Prepare.

        Args:
            world: the outside.
            serving: waits for and names the ledger file that can be read.
            cost_mode: which costs count.
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
        """Open the ledgers of all machines, and close them after: any of them may be replaced by another file.

        Each is read as it is at one moment, whatever is written meanwhile.
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
        """Forget what was read before the latest change; return a mark that stays the same until the next one."""
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
        """Take everything for changed."""
        self._mark = ()

    def read(self, window: Window, zone: Zone, now: int, views: list[HostView], catalog: Catalog) -> Usage:
        """Return the usage of a window, from memory where nothing changed since it was read."""
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
        """Read what keys may ask for next, the likeliest first, with a pause after each step."""
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
    """Tell a file from another one in its place."""
    if ledger.path is None:
        return None
    try:
        info = ledger.path.stat()
    except OSError as error:
        raise LedgerError(f"{ledger.path} cannot be read ({error.strerror})") from error
    return info.st_dev, info.st_ino
