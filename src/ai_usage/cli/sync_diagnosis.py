"""The state of sync for a bug report, with a remedy for each problem."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from ai_usage.cli.context import Context
from ai_usage.errors import AiUsageError, LedgerError
from ai_usage.ledger.damage import look_through
from ai_usage.ledger.ledger import Ledger
from ai_usage.render.sync import status_document
from ai_usage.sync.known import hidden_hosts, stored_hosts
from ai_usage.sync.state import State, Status


def diagnose_sync(context: Context, problems: list[str]) -> dict[str, Any]:
    """Check the settings, the state and the other machines' files, without asking the server.

    Args:
        context: the environment and the files.
        problems: the list to which problems are appended, each with its remedy.
    """
    paths, state = context.paths, State.read(context.paths.sync_state)
    hidden: set[str] = set()
    with suppress(LedgerError), Ledger.open(paths.ledger, write=False) as ledger:
        hidden = hidden_hosts(ledger)
    document = status_document(context.secrets, context.machine, state, hidden)
    del document["schema_version"]
    if context.secrets.warning is not None:
        problems.append(context.secrets.warning)
    hosts: list[str] = []
    try:
        hosts = stored_hosts(paths.remote)
    except AiUsageError as error:
        problems.append(str(error))
    for host in hosts:
        path = paths.remote / f"{host}.bin"
        problem = _problem_of(path)
        if problem is not None:
            problems.append(problem)
    if document["enabled"]:
        problems += _of_state(state, hidden)
    return document


def _problem_of(path: Path) -> str | None:
    try:
        Ledger.open(path, write=False).close()
        damage = look_through(path)
        return f"{path} {damage}; run: ai-usage sync clean" if any(damage) else None
    except AiUsageError as error:
        remedy = "" if "run: " in str(error) else "; run: ai-usage sync clean"
        return f"{error}{remedy}"


def _of_state(state: State, hidden: set[str]) -> list[str]:
    found = [f"sync: {warning}" for warning in state.warnings]
    if state.last_error:
        found.append(f"sync failed at {state.last_error_at}: {state.last_error}")
    elif not state.last_success:
        found.append("sync is on and has never run; run: ai-usage sync push, then: ai-usage sync pull")
    for host, known in sorted(state.hosts.items()):
        if known.status == Status.FAILED and host not in hidden:
            remedy = "" if "ai-usage " in known.reason else "; run: ai-usage sync verify --repair"
            found.append(f"integrity of {host} failed: {known.reason}{remedy}")
    return found
