"""Which words `--vendor` takes."""

from collections.abc import Sequence

from ai_usage.errors import UsageError
from ai_usage.report.gather import HostView
from ai_usage.sources.base import Source
from ai_usage.usage.window import EVERYTHING


def check_vendors(vendors: Sequence[str], sources: Sequence[Source], views: Sequence[HostView]) -> None:
    """Check that every vendor is one that this program reads, or one that some machine has records of.

    Raises:
        UsageError: a vendor that nobody knows.
    """
    known = [source.name for source in sources]
    if all(vendor in known for vendor in vendors):
        return
    found = {group.vendor for view in views for group in view.ledger.sums([EVERYTHING.span], projects=False)}
    known += sorted(found - set(known))
    for vendor in vendors:
        if vendor not in known:
            raise UsageError(f"--vendor: {vendor!r} is not known; known vendors: {', '.join(known)}")
