"""`ai-usage` in a terminal: the monitor, wired to files, clock, prices and sync."""

import gc
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ai_usage.cli.asked import DEFAULT_DAYS, Asked
from ai_usage.cli.context import Context
from ai_usage.cli.names import check_names
from ai_usage.cli.newer_prices import fetch_newer_prices
from ai_usage.cli.reading import settle_copies
from ai_usage.cli.screen import find_colours
from ai_usage.config.zone import Zone, find_zone
from ai_usage.errors import UpdateError
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import find_palette
from ai_usage.monitor.span import ALL, Span
from ai_usage.monitor.world import World
from ai_usage.pricing.catalog import Catalog
from ai_usage.render.theme import find_theme
from ai_usage.report.question import SortKey
from ai_usage.usage.window import Window

if TYPE_CHECKING:
    from ai_usage.monitor.events import SyncState
    from ai_usage.monitor.syncing import Work

_ZONE_S: Final = 60.0


def show_monitor(asked: Asked, *, auto_update: bool = False) -> int:
    """Open the monitor; return the exit code.

    Args:
        asked: the options.
        auto_update: whether to look for newer releases and install them.

    Raises:
        UsageError: an option or a setting is not valid.
    """
    gc.disable()  # until the first picture: nothing loaded now is garbage
    context = Context(sparing=True)
    question = asked.question(context.now, context.env, default_days=DEFAULT_DAYS)
    check_names(asked, context)
    look = Look(
        span=_span(asked, question.window),
        filters=question.filters,
        cost_mode=question.cost_mode,
        sort=question.sort or SortKey.COST,
    )
    world = World(
        ledger=context.paths.ledger,
        machine=context.machine,
        sources=context.sources,
        roots=context.roots,
        catalog=lambda: Catalog(context.paths.models, context.paths.price_overlay),
        prices=(context.paths.models, context.paths.price_overlay),
        others=context.others,
        settle=lambda ledger: settle_copies(context, ledger),
        zone=_zone(asked, context),
        now=lambda: time.time_ns() // 1000,
        ingesting=not asked.no_ingest,
    )
    crew = Crew(world, look.span, look.cost_mode, _sync(context))
    crew.start()  # the threads read while the screen's library is loaded
    try:
        from ai_usage.monitor.app import Monitor

        palette = find_palette(find_theme(context.settings.theme, context.env))
        app = Monitor(
            world,
            crew,
            look,
            palette,
            colours=find_colours(context.env, sys.stdout),
            update=lambda: _update(context, offline=asked.offline),
            auto_update=auto_update,
        )
        restarting = app.run()
    finally:
        crew.stop()
    if not asked.offline:
        fetch_newer_prices(context.paths.price_overlay, time.time())
    if restarting:
        from ai_usage.cli.updating import restart

        restart()
    return app.return_code or 0


def _sync(context: Context) -> "tuple[Work, SyncState] | None":
    """Return the operations and the last state of sync; None where sync is off."""
    if not os.path.lexists(context.paths.secrets) or context.secrets.sync is None:
        return None
    from ai_usage.cli.background import last_state, sync_work

    return sync_work(context, context.secrets.sync), last_state(context)


def _update(context: Context, *, offline: bool) -> str | None:
    """Install a newer release; return its version, or None when this one is the newest.

    Raises:
        UpdateError: it could not be installed, or a package manager owns the installation.
    """
    if offline:
        raise UpdateError("--offline: there is no network for updates; start ai-usage without it")
    from ai_usage.cli.updating import update_quietly

    version = update_quietly(context.settings.update, context.env)
    return None if version is None else str(version)


def _span(asked: Asked, window: Window) -> Span:
    """Turn the window of the command line into one that follows the clock where it can."""
    if asked.everything:
        return ALL
    if asked.since is None and asked.until is None:
        return Span(asked.days or DEFAULT_DAYS)
    return Span(exact=window)


def _zone(asked: Asked, context: Context) -> Callable[[], Zone]:
    """Return a function that looks the time zone up, again each minute, since a machine travels."""
    last = [float("-inf")]
    found = [find_zone(asked.tz, context.env)]

    def zone() -> Zone:
        now = time.monotonic()
        if now - last[0] > _ZONE_S:
            last[0] = now
            found[0] = find_zone(asked.tz, context.env)
        return found[0]

    return zone
