"""The reports: `models vendors hosts projects sessions daily weekly monthly`."""

from collections.abc import Callable
from typing import Final

import click

from ai_usage.cli.asked import Asked
from ai_usage.cli.command import Command
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import COSTS, FILTERS, FORMATS, SORT, SORT_SESSIONS, WINDOW, WORLD, shared
from ai_usage.cli.report import show_report
from ai_usage.report.document import BY_TIME, KEY_COLUMNS

Show = Callable[[str, Asked], None]

_STAYS: Final = {"--sort": "rows by time stay in the order of time; leave it out"}
_FEW: Final = {"--limit": "only `ai-usage sessions` has it; leave it out"}


def report_command(name: str, show: Show) -> click.Command:
    """Make the command of a report whose rows are not sessions.

    Args:
        name: the report's name.
        show: shows a report under the given options.
    """
    by_time = name in BY_TIME

    @click.command(name, cls=Command, help=TREE[name][1], refusals=_FEW | (_STAYS if by_time else {}))
    @shared(*WINDOW, *FILTERS, *COSTS, *FORMATS, *(() if by_time else SORT), *WORLD)
    @click.pass_obj
    def run(asked: Asked, /) -> None:
        show(name, asked)

    return run


def _read_limit(context: click.Context, option: click.Parameter, word: str | None) -> int | None:
    if word is None:
        return None
    if not (word.isascii() and word.isdecimal() and len(word) < 10 and int(word)):
        raise click.BadParameter(
            f"{word!r} is not a number of sessions; write for example 10", context, option
        )
    return int(word)


@click.command(
    "sessions", cls=Command, help="Usage by session, or of the session with this ID; its beginning is enough."
)
@click.argument("session", metavar="[ID]", required=False)
@click.option("--limit", callback=_read_limit, metavar="N", help="Only the first N sessions.")
@shared(*WINDOW, *FILTERS, *COSTS, *FORMATS, *SORT_SESSIONS, *WORLD)
@click.pass_obj
def sessions(asked: Asked, /, session: str | None, limit: int | None) -> None:
    """Show sessions, or one of them; its id may end in the `…` with which a table cuts it."""
    shown = None if session is None else session.rstrip("…")
    show_report("sessions", asked, session=shown, limit=limit)


COMMANDS = {name: report_command(name, show_report) for name in KEY_COLUMNS if name != "sessions"}
COMMANDS["sessions"] = sessions
