"""Check the values of `--vendor` and `--host`."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ai_usage.errors import LedgerError
from ai_usage.report.gather import HostView, chosen_views
from ai_usage.sources.base import Source
from ai_usage.usage.window import EVERYTHING

if TYPE_CHECKING:
    from ai_usage.cli.asked import Asked
    from ai_usage.cli.context import Context


def check_names(asked: "Asked", context: "Context") -> None:
    """Check the names of agents and machines before a report, which an unknown name would leave empty.

    Raises:
        UsageError: a name is not known.
    """
    if not (asked.vendor or asked.host):
        return
    from ai_usage.ledger.ledger import Ledger

    with ExitStack() as stack:
        try:
            own = stack.enter_context(Ledger.open(context.paths.ledger, write=False))
        except LedgerError:  # reading the ledger later reports the error
            own = stack.enter_context(Ledger.in_memory())
        views = [HostView(context.machine, own, local=True), *context.others(own, [])]
        for view in views[1:]:
            stack.callback(view.ledger.close)
        check_vendors(asked.vendor, context.sources, views)
        chosen_views(views, asked.host)


def check_vendors(vendors: Sequence[str], sources: Sequence[Source], views: Sequence[HostView]) -> None:
    """Check that this program reads the logs of every vendor, or that a machine has records of it.

    Raises:
        UsageError: a vendor is not known.
    """
    known = [source.name for source in sources]
    if all(vendor in known for vendor in vendors):
        return
    found = {group.vendor for view in views for group in view.ledger.sums([EVERYTHING.span], projects=False)}
    known += sorted(found - set(known))
    for vendor in vendors:
        if vendor not in known:
            from ai_usage.usage.spelling import unknown_name

            raise unknown_name("--vendor", "vendors", vendor, known)
