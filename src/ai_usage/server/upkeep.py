"""Background tasks of the server, which run until they are cancelled."""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog

from ai_usage.errors import LedgerBusy, LedgerError
from ai_usage.server.access import Access
from ai_usage.server.storage.days import FIRST, Day

ON_DISK_AFTER_S: Final = 1.0
"""How often writes are flushed to the disk; a power cut loses at most the writes since then."""
QUIET_S: Final = 3.0
"""After this time without an upload, the digests of changed days are computed in advance."""
COMPARE_EVERY_S: Final = 86_400.0


async def keep_days_current(access: Access) -> None:
    """Compute the digests of changed days whenever uploads pause."""
    while True:
        await asyncio.sleep(QUIET_S)
        # The next request reports an error of the database.
        with suppress(LedgerError):
            while time.monotonic() - access.last_upload > QUIET_S and await access.remember_days(None):
                await asyncio.sleep(0.05)


async def bring_to_disk(access: Access) -> None:
    """Flush writes to the disk soon after they are made."""
    while True:
        await asyncio.sleep(ON_DISK_AFTER_S)
        try:
            await access.bring_to_disk()
        except LedgerError as error:
            structlog.get_logger().error("database", reason=str(error))


async def compare_days(access: Access) -> None:
    """Check after a start and once a day that the rows match the cached digests of days."""
    while True:
        place: Day | None = FIRST
        while place is not None:
            await asyncio.sleep(QUIET_S if place == FIRST else 0.05)
            if time.monotonic() - access.last_upload < QUIET_S:
                continue
            try:
                compared = await access.compare_days(place)
            except LedgerBusy:
                continue
            except LedgerError as error:
                structlog.get_logger().error("database", reason=str(error), cause=repr(error.__cause__))
                break
            for each in compared.damaged:
                structlog.get_logger().error(
                    "rows of a day are damaged; its machine sends them again with its next push",
                    host=each.host_id,
                    day=each.day_text,
                )
            place = compared.last
        await asyncio.sleep(COMPARE_EVERY_S)
