"""`ai-usage update [--check]`: look for a newer release and install it."""

import sys

import click

from ai_usage.cli.command import Command
from ai_usage.cli.context import Context
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import NO_INGEST_ANYWAY, shared
from ai_usage.cli.progress import Progress
from ai_usage.cli.updating import find_client, this_version, trusted_releases, updater
from ai_usage.render.harmless import harmless
from ai_usage.update.installation import Managed, SingleFile
from ai_usage.update.plan import Newer, UpToDate, describe, find_older
from ai_usage.update.upgrade import Step


@click.command(
    "update",
    cls=Command,
    help=TREE["update"][1],
    refusals={
        "--offline": "`ai-usage update` asks for releases over the network; leave --offline out",
    },
)
@click.option("--check", is_flag=True, help="Only say whether there is a newer release.")
@shared(*NO_INGEST_ANYWAY)
def update(check: bool) -> None:
    """Update this installation, or name the command that updates it."""
    context, installation = Context(), find_client()
    match installation:
        case Managed():
            _tell(context, installation, check=check)
        case SingleFile():
            _update(context, installation, check=check)


def _tell(context: Context, managed: Managed, *, check: bool) -> None:
    """Name the command that upgrades what something else installed."""
    current = this_version()
    if check:
        trusted = trusted_releases(context.settings.update, context.env)
        seen, release = trusted.seen, trusted.latest(current)
        if older := find_older(release, seen):
            print(harmless(str(older)))
            return
        version = release.version
        if version is None or version <= current:
            print(f"ai-usage {current} is up to date")
            return
        print(f"ai-usage {version} is available; this is {current}")
    print(f"ai-usage {current} comes from {managed.by}; to upgrade it, run:\n{managed.command}")


def _update(context: Context, single: SingleFile, *, check: bool) -> None:
    with Progress("downloading", sys.stderr) as progress:
        found = updater(single, context.settings.update, context.env, progress)
        current = found.running.version
        decision = found.check()
        if isinstance(decision, Newer) and not check:
            found.install(decision, _say)
            print(f"updated {single.executable}: {current} -> {decision.version}")
            return
    print(harmless(describe(decision, current)))
    if isinstance(decision, Newer):
        print("install it with: ai-usage update")
    elif isinstance(decision, UpToDate):
        found.tidy()
        if found.verify_running():
            print(f"{single.executable} is the file that was signed")


def _say(step: Step) -> None:
    """Print a completed step when stderr is a terminal."""
    if sys.stderr.isatty() and step is not Step.DONE:
        print(step.value, file=sys.stderr)


COMMANDS = {"update": update}
