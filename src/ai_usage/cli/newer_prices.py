"""Fetch newer prices in a background process, whose program is this module."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ai_usage.pricing.refresh import SOURCE, attempt_file, start_refresh

COMMAND: Final = (sys.executable, "-m", "ai_usage.cli.newer_prices")


def fetch_newer_prices(overlay: Path, now_s: float, source: str = SOURCE) -> bool:
    """Start a fetch of newer prices unless one was tried within a day; see `pricing.refresh.start_refresh`."""
    return start_refresh(overlay, now_s, COMMAND, source)


def main(arguments: Sequence[str]) -> int:
    """Fetch once; write a failure into a file beside the prices, since no process waits for the result."""
    from contextlib import suppress
    from datetime import UTC, datetime

    from ai_usage.config.https import trusted_authorities
    from ai_usage.errors import AiUsageError
    from ai_usage.pricing.overlay import refresh

    overlay, failure = Path(arguments[0]), ""
    try:
        refresh(overlay, datetime.now(UTC).date(), trusted_authorities(os.environ), *arguments[1:2])
    except AiUsageError as error:
        failure = str(error)
    except OSError as error:
        failure = f"SSL_CERT_FILE: {error.strerror or error}"
    with suppress(OSError):
        attempt_file(overlay).write_text(failure, encoding="utf-8")
    return 1 if failure else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
