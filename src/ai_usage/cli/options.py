"""The options that display commands share, as click sees them."""

from collections.abc import Callable
from typing import Any, Final

import click

from ai_usage.cli.asked import NOTHING_ASKED, Asked, asked_of
from ai_usage.errors import UsageError
from ai_usage.report.question import CostMode, SortKey

Function = Callable[..., Any]


def _read_days(context: click.Context, option: click.Parameter, word: str | None) -> int | None:
    try:
        return None if word is None else int(word)
    except ValueError:
        told = f"{word!r} is no number of days; write for example 7"
        raise click.BadParameter(told, context, option) from None


_WINDOW: Final = (
    click.option("--days", callback=_read_days, metavar="N", help="The last N local days, today included."),
    click.option("--since", metavar="D", help="From YYYY-MM-DD or YYYY-MM-DDTHH:MM on."),
    click.option("--until", metavar="D", help="Up to that day's or that minute's end."),
    click.option("--all", "everything", is_flag=True, help="Everything in the ledger."),
)
_FILTERS: Final = (
    click.option(
        "--vendor", "--tool", "vendor", multiple=True, metavar="V", help="Only this agent (repeatable)."
    ),
    click.option("--host", multiple=True, metavar="H", help="Only this machine (repeatable)."),
    click.option(
        "--model", multiple=True, metavar="M", help="Only models with this in their name (repeatable)."
    ),
    click.option(
        "--project", multiple=True, metavar="P", help="Only projects with this in their name (repeatable)."
    ),
)
_COSTS: Final = (
    click.option("--tz", metavar="ZONE", help="IANA time zone for days; default: the machine's own."),
    click.option(
        "--cost-mode",
        type=click.Choice([mode.value for mode in CostMode]),
        help="Recorded costs where they are list prices (auto), always computed, or recorded only.",
    ),
)
_OUTPUT: Final = (
    click.option("--json", "as_json", is_flag=True, help="Write JSON."),
    click.option("--csv", "as_csv", is_flag=True, help="Write CSV."),
    click.option(
        "--sort", type=click.Choice([key.value for key in SortKey]), help="What rows are ordered by."
    ),
)
_WORLD: Final = (
    click.option("--offline", is_flag=True, help="No network for prices or updates."),
    click.option("--no-ingest", is_flag=True, help="Do not look for new log lines first."),
)
_OF_USAGE: Final = {
    "days": "--days",
    "since": "--since",
    "until": "--until",
    "everything": "--all",
    "vendor": "--vendor",
    "host": "--host",
    "model": "--model",
    "project": "--project",
    "tz": "--tz",
    "cost_mode": "--cost-mode",
    "as_csv": "--csv",
    "sort": "--sort",
}
"""By parameter: the options that mean something only where usage is shown."""
DISPLAY: Final = (*_WINDOW, *_FILTERS, *_COSTS, *_OUTPUT, *_WORLD)


def display_options(function: Function) -> Function:
    """Add every option that display commands take; they arrive together as `asked`."""
    for option in reversed(DISPLAY):
        function = option(function)
    return function


def inventory_options(function: Function) -> Function:
    """Add the options of commands that show no usage; they arrive as those of display commands do."""
    for option in (*_WORLD, _OUTPUT[0]):
        function = option(function)
    return function


def take(context: click.Context, parameters: dict[str, Any]) -> Asked:
    """Take the shared options of a command together with those that stand before its name.

    Raises:
        UsageError: words that exclude one another, or that mean nothing to the command.
    """
    general = context.find_object(Asked) or NOTHING_ASKED
    for name, option in _OF_USAGE.items():
        if name not in parameters and getattr(general, name) != getattr(NOTHING_ASKED, name):
            raise UsageError(f"{option} means nothing to `ai-usage {context.info_name}`; leave it out")
    return general.plus(asked_of(parameters))
