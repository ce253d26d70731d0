"""The options that commands share, declared for click; each command takes those that apply to it."""

from collections.abc import Callable
from typing import Any, Final

import click

from ai_usage.report.question import CostMode, SortKey
from ai_usage.usage.spelling import did_you_mean

Function = Callable[..., Any]
Option = Callable[[Function], Function]


class Word(click.Choice[str]):
    """One of a few words; the refusal of an unknown word lists the known ones."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ARG002  # click's
        """List the valid words."""
        return f"{value!r} is not known; known: {', '.join(self.choices)}{did_you_mean(str(value), self.choices)}"


def _read_days(context: click.Context, option: click.Parameter, word: str | None) -> int | None:
    try:
        return None if word is None else int(word)
    except ValueError:
        told = f"{word!r} is not a number of days; write for example 7"
        raise click.BadParameter(told, context, option) from None


def _sort(keys: list[str]) -> Option:
    return click.option("--sort", type=Word(keys), help="What rows are ordered by.")


_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Write JSON.")
_OFFLINE: Final = ("--offline", "No network for prices or updates.")
_NO_INGEST: Final = ("--no-ingest", "Do not look for new log lines first.")
_DATES: Final = "YYYY-MM-DD, YYYY-MM-DDTHH:MM, today, yesterday, monday, -7d"

WINDOW: Final = (
    click.option("--days", callback=_read_days, metavar="N", help="The last N local days, today included."),
    click.option("--since", metavar="D", help=f"From D on: {_DATES}."),
    click.option("--until", metavar="D", help="Up to the end of D, a day or a minute."),
    click.option("--all", "everything", is_flag=True, help="Everything in the ledger."),
)
FILTERS: Final = (
    click.option(
        "--vendor",
        "--tool",
        "--agent",
        "vendor",
        multiple=True,
        metavar="V",
        help="Only this agent (repeatable).",
    ),
    click.option("--host", multiple=True, metavar="H", help="Only this machine (repeatable)."),
    click.option(
        "--model", multiple=True, metavar="M", help="Only models with this in their name (repeatable)."
    ),
    click.option(
        "--project", multiple=True, metavar="P", help="Only projects with this in their name (repeatable)."
    ),
)
COSTS: Final = (
    click.option("--tz", metavar="ZONE", help="IANA time zone for days; default: the machine's own."),
    click.option(
        "--cost-mode",
        type=Word([mode.value for mode in CostMode]),
        help="Recorded costs where they are list prices (auto), always computed, or recorded only.",
    ),
)
JSON: Final = (_JSON,)
FORMATS: Final = (_JSON, click.option("--csv", "as_csv", is_flag=True, help="Write CSV."))
SORT: Final = (_sort([key.value for key in SortKey if key is not SortKey.RECENT]),)
SORT_SESSIONS: Final = (_sort([key.value for key in SortKey]),)
OFFLINE: Final = (click.option(_OFFLINE[0], is_flag=True, help=_OFFLINE[1]),)
NO_INGEST: Final = (click.option(_NO_INGEST[0], is_flag=True, help=_NO_INGEST[1]),)
WORLD: Final = (*OFFLINE, *NO_INGEST)
HOLDS_ANYWAY: Final = (
    click.option(_OFFLINE[0], is_flag=True, hidden=True),
    click.option(_NO_INGEST[0], is_flag=True, hidden=True),
)
"""For commands that use no network and read no logs: accepted, but not shown in the help."""
NO_INGEST_ANYWAY: Final = (click.option(_NO_INGEST[0], is_flag=True, hidden=True),)
JSON_ANYWAY: Final = (click.option("--json", "as_json", is_flag=True, hidden=True),)
DISPLAY: Final = (*WINDOW, *FILTERS, *COSTS, *FORMATS, *SORT_SESSIONS, *WORLD)
"""The options accepted before the name of a command."""

SHARED: Final = {
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
    "as_json": "--json",
    "as_csv": "--csv",
    "sort": "--sort",
    "offline": "--offline",
    "no_ingest": "--no-ingest",
}
"""By field of `Asked`: the spelling of the option."""


def shared(*options: Option) -> Option:
    """Add shared options in this order; the command receives them as one `Asked`."""

    def add(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def accepted_sort_keys(command: click.Command) -> tuple[str, ...]:
    """Return the words that `--sort` takes for a command."""
    for parameter in command.params:
        if parameter.name == "sort" and isinstance(parameter.type, Word):
            return tuple(parameter.type.choices)
    return ()
