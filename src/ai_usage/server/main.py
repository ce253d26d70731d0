"""The command `ai-usage-server`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ai_usage import __version__
from ai_usage.errors import AiUsageError, IntegrityError
from ai_usage.server.extra import check_extra
from ai_usage.server.settings import DEFAULT_CONFIG, Loaded, load
from ai_usage.usage.spelling import nearest

_CONFIG = click.Path(path_type=Path)
_LINES_SHOWN = 20


class _ServeByDefault(click.Group):
    """A group whose first word may be a command or the path of a configuration."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a word that is not a command for the configuration of `serve`."""
        if args and args[0] not in self.commands:
            meant = None if Path(args[0]).exists() else nearest(args[0], self.commands)
            if meant is not None:
                ctx.fail(
                    f"{args[0]} is neither a command nor a file; did you mean `ai-usage-server {meant}`?"
                )
            args = ["serve", *args]
        return super().resolve_command(ctx, args)


def _check(config: Path) -> None:
    from ai_usage.server.storage.database import inspect

    check_extra()
    loaded = _load(config)
    inspect(Path(loaded.settings.db_path))
    click.echo(f"{config} is valid")


def _try(config: Path) -> None:
    check_extra()
    from ai_usage.server import logs
    from ai_usage.server.trial import run_trial

    settings = _load(config).settings
    logs.configure("error")
    run_trial(settings)
    click.echo(f"ai-usage-server {__version__} answers on a copy of {settings.db_path}")


@click.group(
    cls=_ServeByDefault,
    invoke_without_command=True,
    options_metavar="[OPTIONS] [CONFIG]",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Without CONFIG the settings are read from {DEFAULT_CONFIG}.",
)
@click.version_option(__version__, prog_name="ai-usage-server")
@click.option(
    "--check",
    type=_CONFIG,
    metavar="CONFIG",
    help="Check the settings and the database, then exit.",
)
@click.option(
    "--trial",
    type=_CONFIG,
    metavar="CONFIG",
    help="Serve a copy of the database for a moment, answer health, then exit.",
)
@click.pass_context
def cli(ctx: click.Context, check: Path | None, trial: Path | None) -> None:
    """Keep the usage records of your machines and let them prove that they agree."""
    if (check is not None) + (trial is not None) + (ctx.invoked_subcommand is not None) > 1:
        ctx.fail("--check CONFIG and --trial CONFIG go with nothing else")
    if check is not None:
        _check(check)
    elif trial is not None:
        _try(trial)
    elif ctx.invoked_subcommand is None:
        ctx.invoke(serve, config=DEFAULT_CONFIG)


@cli.command()
@click.argument("config", type=_CONFIG, default=DEFAULT_CONFIG)
def serve(config: Path) -> None:
    """Serve until stopped (what `ai-usage-server CONFIG` does)."""
    check_extra()
    import structlog

    from ai_usage.server import logs, serving
    from ai_usage.server.self_update import SelfUpdate
    from ai_usage.server.supervisor import Supervisor
    from ai_usage.update.installation import find_installation

    loaded = _load(config)
    logs.configure(loaded.settings.log_level)
    auto_update = loaded.settings.auto_update
    installation = find_installation("ai-usage-server")
    updates = SelfUpdate(auto_update, config, installation, os.environ, structlog.get_logger())
    serving.serve(loaded.settings, updates, Supervisor(os.environ))


@cli.command()
@click.argument("file", type=_CONFIG)
@click.option(
    "--config", type=_CONFIG, default=DEFAULT_CONFIG, show_default=True, help="The server's settings."
)
def backup(file: Path, config: Path) -> None:
    """Copy the database to FILE while the server may be running, and verify the copy."""
    from ai_usage.server.storage.database import back_up

    count = back_up(Path(_load(config).settings.db_path), file)
    click.echo(f"{file}: {count} records, verified")


@cli.command()
@click.option(
    "--repair", is_flag=True, help="Keep the damaged file and build a new one from what can be read."
)
@click.option(
    "--config", type=_CONFIG, default=DEFAULT_CONFIG, show_default=True, help="The server's settings."
)
def verify(config: Path, repair: bool) -> None:
    """Look for damage in the database, while the server may be running.

    With --repair the server must be stopped. Records that are lost come back: each machine sends them again with its
    next push.
    """
    from ai_usage.server.storage.database import verify as find_damage
    from ai_usage.server.storage.repair import repair as mend

    path = Path(_load(config).settings.db_path)
    record_count, damage = find_damage(path)
    if not damage:
        click.echo(f"{path}: {record_count} records, no damage")
        return
    for line in [
        *damage[:_LINES_SHOWN],
        *([f"{len(damage) - _LINES_SHOWN} more"] if damage[_LINES_SHOWN:] else []),
    ]:
        click.echo(f"damage: {line}", err=True)
    if not repair:
        raise IntegrityError(f"{path} is damaged; stop the server and run: ai-usage-server verify --repair")
    done = mend(path)
    for line in done.set_aside[:_LINES_SHOWN]:
        click.echo(f"set aside: {line}", err=True)
    click.echo(
        f"{path}: {done.record_count} records kept; the damaged file is {done.kept}; "
        "start the server, then push from each machine"
    )


@cli.command()
@click.argument("executable", type=_CONFIG)
def recover(executable: Path) -> None:
    """Put the old program back over EXECUTABLE when its update did not stay up.

    A supervisor runs this before each start, from the old program that an update keeps.
    """
    from ai_usage.update.replace import Place, translated
    from ai_usage.update.settle import before_start

    place = Place(executable.absolute())
    with translated(place):
        refused = before_start(place)
    if refused is not None:
        click.echo(
            f"ai-usage-server: {refused} did not stay up; {__version__} was put back as {executable}",
            err=True,
        )


def _load(config: Path) -> Loaded:
    loaded = load(config)
    for warning in loaded.warnings:
        click.echo(f"ai-usage-server: warning: {warning}", err=True)
    return loaded


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    try:
        cli.main(args=arguments, prog_name="ai-usage-server", standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AiUsageError as error:
        click.echo(f"ai-usage-server: {error}", err=True)
        sys.exit(error.exit_code)
