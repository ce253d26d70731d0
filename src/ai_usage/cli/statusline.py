"""`ai-usage statusline`: one line from the ledger, without waiting; loads little, since it may run every second."""

import os
from typing import TYPE_CHECKING, Final

from ai_usage.cli.refresh import start_refresh
from ai_usage.cli.status_memory import StatusMemory
from ai_usage.cli.stdin import AgentStatus, read_agent_status
from ai_usage.config.paths import find_home, find_paths

if TYPE_CHECKING:
    from ai_usage.cli.asked import Asked

_FIRST_READING: Final = "reading logs for the first time …"


def run(asked: "Asked | None" = None) -> int:
    """Write the line; return the exit code.

    Args:
        asked: the options of the command line; None without options, and then the cached line is used if valid.

    Raises:
        AiUsageError: the ledger cannot be found or read.
    """
    agent = read_agent_status()
    paths = find_paths(os.environ, find_home())
    memory = StatusMemory(paths, os.environ) if asked is None else None
    line = memory.recall(agent.session_id, agent.model) if memory is not None else None
    print(line if line is not None else _make(asked, agent, memory), flush=True)
    if asked is None or not asked.no_ingest:
        start_refresh(paths.refresh_stamp, offline=asked is not None and asked.offline)
    return 0


def _make(asked: "Asked | None", agent: AgentStatus, memory: StatusMemory | None) -> str:
    """Build the line from the ledger and store it in the cache."""
    from ai_usage.cli.asked import NOTHING_ASKED
    from ai_usage.cli.context import Context
    from ai_usage.errors import LedgerBusy, LedgerDamaged, LedgerReadOnly
    from ai_usage.ledger.connection import is_being_filled
    from ai_usage.ledger.ledger import Ledger
    from ai_usage.render.status_line import status_line
    from ai_usage.report.gather import HostView
    from ai_usage.report.status import build_status

    context = Context(sparing=True)
    path = context.paths.ledger
    question = (asked or NOTHING_ASKED).question(context.now, context.env, default_days=None)
    try:
        with Ledger.open(path, write=False) as ledger:
            if not ledger.change_number() and is_being_filled(path):
                return _FIRST_READING
            views = [HostView(context.machine, ledger, local=True), *context.others(ledger, [])]
            if asked is not None and asked.vendor:
                from ai_usage.cli.names import check_vendors

                check_vendors(asked.vendor, context.sources, views)
            status = build_status(question, views, context.catalog, agent.session_id)
    except LedgerReadOnly:
        return _FIRST_READING
    except LedgerBusy:
        if is_being_filled(path):
            return _FIRST_READING
        raise
    except LedgerDamaged as error:
        raise LedgerDamaged(f"{error}; run `ai-usage --once`, which tells how to go on") from error
    line = status_line(status, agent.model)
    if memory is not None:
        memory.keep(agent.session_id, agent.model, line, status.until / 1_000_000)
    return line
