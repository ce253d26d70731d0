"""`ai-usage statusline`: one line out of the ledger at once; loads little, since it may run every second."""

from ai_usage.cli.asked import NOTHING_ASKED, Asked
from ai_usage.cli.context import Context
from ai_usage.cli.refresh import start_refresh
from ai_usage.cli.stdin import read_agent_status
from ai_usage.errors import LedgerReadOnly
from ai_usage.ledger.ledger import Ledger
from ai_usage.render.status_line import status_line
from ai_usage.report.gather import HostView
from ai_usage.report.status import build_status


def run(asked: Asked = NOTHING_ASKED) -> int:
    """Write the line; return the exit code.

    Raises:
        AiUsageError: the ledger cannot be read.
    """
    context = Context(sparing=True)
    question = asked.question(context.now, context.env, default_days=None)
    agent = read_agent_status()
    try:
        ledger = Ledger.open(context.paths.ledger, write=False)
    except LedgerReadOnly:
        print("reading logs for the first time …")
    else:
        with ledger:
            views = [HostView(context.machine, ledger, local=True), *context.others(ledger, [])]
            status = build_status(question, views, context.catalog, agent.session_id)
        print(status_line(status, agent.model), flush=True)
    if not asked.no_ingest:
        start_refresh(context.paths.refresh_stamp)
    return 0
