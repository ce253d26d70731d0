"""The tree of commands; a command's module is imported when the command runs, not before."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from ai_usage import __version__
from ai_usage.cli.asked import DEFAULT_DAYS, NOTHING_ASKED, Asked
from ai_usage.cli.command import Group
from ai_usage.cli.door import complain
from ai_usage.cli.options import DISPLAY, shared
from ai_usage.cli.refusals import told
from ai_usage.errors import UsageError

COMMANDS: Final = {
    "models": ("reports", "Usage by model."),
    "vendors": ("reports", "Usage by agent."),
    "hosts": ("reports", "Usage by machine."),
    "projects": ("reports", "Usage by project."),
    "sessions": ("reports", "Usage by session."),
    "daily": ("reports", "Usage by local day."),
    "weekly": ("reports", "Usage by ISO week."),
    "monthly": ("reports", "Usage by month."),
    "snapshot": ("snapshot", "One JSON document for dashboards."),
    "statusline": ("statusline", "One line for an agent's status bar."),
    "sources": ("sources", "Where logs were looked for, and what could not be read."),
    "prices": ("prices", "The price that applies to a model, and where it comes from."),
    "sync": ("sync", "Share records with your other machines, and prove that nothing is missing."),
    "ingest": ("ingest", "Read new log lines quietly."),
    "update": ("update", "Install a newer release, if there is one."),
    "doctor": ("doctor", "Everything that a bug report needs, secrets removed."),
}
"""By command name: the module in `cli.commands` whose `COMMANDS` contains it, and its line in `--help`."""


class Tree(Group):
    """A group that knows its commands by name and imports one when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """Name the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        found = importlib.import_module(f"ai_usage.cli.commands.{COMMANDS[cmd_name][0]}").COMMANDS[cmd_name]
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Tree,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="What your AI coding agents used, and what it is worth, over all your machines.",
)
@click.option(
    "--auto-update", is_flag=True, help="In monitor mode, install newer releases and go on with them."
)
@click.option("--once", is_flag=True, help="Table, chart and summary once, then exit.")
@shared(*DISPLAY)
@click.version_option(__version__, prog_name="ai-usage", message="%(prog)s %(version)s")
@click.pass_context
def tree(context: click.Context, /, once: bool, auto_update: bool, **parameters: Any) -> None:
    """Take the options before a command's name, or show the overview when none is named."""
    context.obj = NOTHING_ASKED.plus(Asked(**parameters))
    if context.invoked_subcommand is None:
        context.exit(show_home(context.obj, once=once, auto_update=auto_update))
    elif auto_update:
        context.fail("--auto-update is for monitor mode and goes with no command")
    elif once:
        context.fail("--once shows the overview and goes with no command")


def show_home(asked: Asked, *, once: bool, auto_update: bool) -> int:
    """Show the monitor or the overview, as without a command; return the exit code.

    Args:
        asked: the options.
        once: whether to show it once, also in a terminal.
        auto_update: whether the monitor installs newer releases.

    Raises:
        AiUsageError: it could not be built.
    """
    _refuse_what_means_nothing(asked, once=once, auto_update=auto_update)
    if asked.as_json or asked.as_csv:
        from ai_usage.cli.report import show_report

        show_report("models", asked, default_days=DEFAULT_DAYS)
        return 0
    from ai_usage.cli.screen import is_screen

    if not once and is_screen(os.environ):
        from ai_usage.cli.commands.monitor import show_monitor

        return show_monitor(asked, auto_update=auto_update)
    from ai_usage.cli.commands.once import show_once

    show_once(asked)
    return 0


def _refuse_what_means_nothing(asked: Asked, *, once: bool, auto_update: bool) -> None:
    """Refuse options that have no effect without a command.

    Raises:
        UsageError: such an option is given.
    """
    from ai_usage.cli.screen import is_screen

    if asked.sort == "recent":
        raise UsageError("--sort recent is for `ai-usage sessions`; models have no such order")
    if not auto_update:
        return
    if asked.offline:
        raise UsageError("--auto-update needs the network, and --offline forbids it; leave one of them out")
    if once or asked.as_json or asked.as_csv or not is_screen(os.environ):
        raise UsageError("--auto-update is for monitor mode, which needs a terminal; leave it out")


def run_words(words: Sequence[str]) -> int:
    """Run the command that the words name; return the exit code."""
    if "_AI_USAGE_COMPLETE" in os.environ:
        tree.main(
            list(words), prog_name="ai-usage"
        )  # a shell asks for completions, which only `main` answers
    try:
        with tree.make_context("ai-usage", list(words)) as context:
            tree.invoke(context)
    except click.exceptions.Exit as asked_exit:
        return asked_exit.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return error.exit_code
    except click.ClickException as error:
        complain(told(error))
        return error.exit_code
    return 0
