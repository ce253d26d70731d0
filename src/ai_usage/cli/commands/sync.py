"""`ai-usage sync`: records shared with the person's other machines through their own server."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import click

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.cli.command import Group
from ai_usage.cli.context import Context
from ai_usage.cli.door import complain
from ai_usage.cli.main import COMMANDS as TREE
from ai_usage.cli.options import HOLDS_ANYWAY, JSON, NO_INGEST, NO_INGEST_ANYWAY, shared
from ai_usage.cli.progress import Steps
from ai_usage.cli.reading import reading
from ai_usage.config.machine import system_identity
from ai_usage.config.secrets import write_template
from ai_usage.errors import IntegrityError, LedgerError, UsageError
from ai_usage.ledger.healing import put_right
from ai_usage.ledger.ledger import Ledger
from ai_usage.render.as_json import to_text
from ai_usage.render.sync import (
    status_document,
    status_lines,
    told_cleaned,
    told_pulled,
    told_pushed,
    told_restored,
    told_verdicts,
    verify_document,
    verify_lines,
)
from ai_usage.sync.clean import clean as run_clean
from ai_usage.sync.cycle import run_cycle
from ai_usage.sync.integrity import Verdict, check_hosts
from ai_usage.sync.known import hidden_hosts, hide, named_hosts, stored_hosts
from ai_usage.sync.pull import Pull
from ai_usage.sync.push import Pushed
from ai_usage.sync.restore import restore as run_restore
from ai_usage.sync.running import put_right_all, running
from ai_usage.sync.session import ThisMachine
from ai_usage.sync.state import State, Status
from ai_usage.sync.verify import verify as run_verify
from ai_usage.usage.spelling import did_you_mean

_ONLINE: Final = {"--offline": "this command needs your server; leave --offline out"}


@click.group("sync", cls=Group, help=TREE["sync"][1])
def sync() -> None:
    """Hold the commands of sync."""


@sync.command("init")
@click.option("--force", is_flag=True, help="Replace an existing file, and the token in it.")
@shared(*HOLDS_ANYWAY)
def init(force: bool) -> None:
    """Write a template of the secrets file, which only you can read."""
    path = Context().paths.secrets
    write_template(path, force=force)
    print(f"{path} is written; only you can read it")
    print("put server_url, token and machine_id in, set enabled: true, then run: ai-usage sync push")


@sync.command("push", refusals=_ONLINE, short_help="Upload what the server lacks, and report what is here.")
@shared(*NO_INGEST)
@click.option("--adopt", is_flag=True, help="Take this machine's name over from another installation.")
@click.pass_obj
def push(asked: Asked, /, adopt: bool) -> None:
    """Upload what the server lacks, and this machine's integrity report."""
    context = Context()
    machine = _machine(context, asked)
    if adopt:
        with _steps(machine) as stepping, running(stepping) as session:
            restored = run_restore(session)
        _say(told_restored(restored), session.warnings)
        _judge(restored.pushed)
        return
    with _steps(machine) as stepping:
        done = run_cycle(stepping, pulling=False)
    assert done.pushed is not None
    _say(told_pushed(done.pushed), done.warnings)
    _judge(done.pushed)


@sync.command("pull", refusals=_ONLINE, short_help="Download the other machines' records and check them.")
@shared(*NO_INGEST_ANYWAY)
def pull() -> None:
    """Download the other machines' records, and compare them with what those machines reported."""
    with _steps(_machine(Context(), None)) as stepping:
        done = run_cycle(stepping, pushing=False)
    assert done.pulled is not None
    _say([*told_pulled(done.pulled), *told_verdicts(done.verdicts)], done.warnings)
    _judge_others(done.verdicts)


@sync.command("status")
@shared(*JSON, *HOLDS_ANYWAY)
@click.pass_obj
def status(asked: Asked, /) -> None:
    """Show where sync stands, without asking the server."""
    context = Context()
    state = State.read(context.paths.sync_state)
    hidden: set[str] = set()
    # Without a readable ledger, no machine is hidden.
    with contextlib.suppress(LedgerError), Ledger.open(context.paths.ledger, write=False) as ledger:
        hidden = hidden_hosts(ledger)
    document = status_document(context.secrets, context.machine, state, hidden)
    print(to_text(document) if asked.as_json else "\n".join(status_lines(document)))


@sync.command("verify", refusals=_ONLINE, short_help="Compare the records of all machines day by day.")
@click.option("--repair", is_flag=True, help="Send and fetch again the records of days that differ.")
@shared(*JSON, *NO_INGEST)
@click.pass_obj
def verify(asked: Asked, /, repair: bool) -> None:
    """Compare the ledger, the server and every other machine's records day by day, from the records themselves."""
    context = Context()
    if repair and context.secrets.sync is not None:
        damaged = put_right_all(context.paths)
        if damaged is not None:
            complain(str(damaged))
    with _steps(_machine(context, asked)) as stepping, running(stepping) as session:
        proofs = run_verify(session, repair=repair)
    document = verify_document(session.health, proofs, repair=repair)
    print(to_text(document) if asked.as_json else "\n".join(verify_lines(document)), flush=True)
    for warning in session.warnings:
        complain(warning)
    differing = [proof for proof in proofs if not proof.agrees]
    if differing:
        helpless = repair or all(proof.beyond_repair for proof in differing)
        names = ", ".join(proof.host_id for proof in differing)
        raise IntegrityError(
            f"integrity failed: {names}" + ("" if helpless else "; run: ai-usage sync verify --repair")
        )


@sync.command(
    "restore", refusals=_ONLINE, short_help="Bring this machine's own records back from the server."
)
@shared(*NO_INGEST)
@click.pass_obj
def restore(asked: Asked, /) -> None:
    """Bring this machine's own records back from the server into an empty or damaged ledger."""
    context = Context()
    _put_damaged_aside(context)
    machine = _machine(context, asked)
    with _steps(machine) as stepping, running(stepping) as session:
        restored = run_restore(session)
    _say(told_restored(restored), session.warnings)
    _judge(restored.pushed)


@sync.command("clean", refusals=_ONLINE, short_help="Fetch the other machines' records again.")
@shared(*NO_INGEST_ANYWAY)
def clean() -> None:
    """Fetch the other machines' records again; the old ones stay in use until the new ones are complete."""

    with _steps(_machine(Context(), None)) as stepping, running(stepping) as session:
        cleaned = run_clean(session)
        pulling = Pull(session)
        pulling.run()
        verdicts = check_hosts(session, pulling)
        session.settle_copies()
    _say([*told_cleaned(cleaned), *told_verdicts(verdicts)], session.warnings)
    _judge_others(verdicts)


@sync.command("forget")
@click.argument("named", metavar="HOST")
@click.option("--undo", is_flag=True, help="Show the machine again.")
@shared(*HOLDS_ANYWAY)
def forget(named: str, undo: bool) -> None:
    """Hide a retired machine here; nothing is deleted anywhere."""
    context = Context()
    known = sorted(
        {*stored_hosts(context.paths.remote), *named_hosts(context.paths.sync_state)} - {context.machine}
    )
    if named == context.machine:
        raise UsageError(f"{named} is this machine")
    if named not in known:
        raise UsageError(
            f"{named!r} is not known; known hosts: {', '.join(known) or 'none'}{did_you_mean(named, known)}"
        )
    with Ledger.open(context.paths.ledger) as ledger:
        hide(ledger, named, hidden=not undo)
    if undo:
        print(f"{named} is shown again")
    else:
        print(f"{named} is hidden here; to show it again, run: ai-usage sync forget {named} --undo")


def _judge(pushed: Pushed) -> None:
    """Fail when the server does not hold the same records of this machine.

    Raises:
        IntegrityError: the records differ.
    """
    if pushed.status is Status.FAILED:
        raise IntegrityError("integrity failed: the server does not hold the same records of this machine")


def _judge_others(verdicts: Mapping[str, Verdict]) -> None:
    """Fail when another machine's records here differ from what it reported.

    Raises:
        IntegrityError: the records of a machine differ.
    """
    failed = {host: verdict for host, verdict in verdicts.items() if verdict.status is Status.FAILED}
    if failed:
        beyond_repair = all(verdict.beyond_repair for verdict in failed.values())
        raise IntegrityError(
            f"integrity failed: the records of {', '.join(failed)} here differ from what "
            f"{'that machine' if len(failed) == 1 else 'those machines'} reported"
            + ("" if beyond_repair else "; run: ai-usage sync verify --repair")
        )


def _put_damaged_aside(context: Context) -> None:
    """Check the whole ledger first: reading new logs does not touch every page that may be damaged."""
    if context.secrets.sync is not None:
        told = put_right(context.paths.ledger, own=True)
        if told is not None:
            complain(f"{context.paths.ledger} {told}")


def _machine(context: Context, asked: Asked | None) -> ThisMachine:
    """Return this machine, after reading its logs if the command asks for that.

    Raises:
        UsageError: sync is off; the message says why.
    """
    settings = context.secrets.sync
    if settings is None:
        told = context.secrets.warning is not None  # on the line before
        raise UsageError("sync is off" if told else f"sync is off: {context.secrets.off_because}")
    if asked is not None:
        with reading(context, NOTHING_ASKED._replace(no_ingest=asked.no_ingest, offline=True), to_keep=True):
            pass
    return ThisMachine(context.paths, settings, context.machine, system_identity())


@contextmanager
def _steps(machine: ThisMachine) -> Iterator[ThisMachine]:
    from dataclasses import replace

    with Steps(sys.stderr) as steps:
        yield replace(machine, progress=steps, tell=steps.tell)


def _say(lines: list[str], warnings: Any) -> None:
    print("\n".join(lines), flush=True)
    for warning in warnings:
        complain(warning)


COMMANDS = {"sync": sync}
