"""The database as the event loop reaches it: each call runs in a thread of its kind."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from ai_usage.server.refusal import Refused
from ai_usage.server.storage.database import READERS, Database
from ai_usage.server.storage.reading import Reader
from ai_usage.server.storage.writing import BelongsToAnother, Writer

RECORDS_AT_ONCE: Final = 5_000
"""How many records are hashed before the digests are kept: nobody waits longer for another, or loses more."""

_Answer = TypeVar("_Answer")


class Access:
    """Threads over one database: one that decodes, one that writes, and a few that read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._decoder = ThreadPoolExecutor(1, "decoder")
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._digesting = asyncio.Lock()
        self._written = False
        self.last_upload = time.monotonic()

    def close(self) -> None:
        """Wait for the threads."""
        for pool in (self._decoder, self._writer, self._readers):
            pool.shutdown()

    async def decode(self, call: Callable[[], _Answer]) -> _Answer:
        """Run what keeps the processor busy, one at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._decoder, call)

    async def write(self, call: Callable[[Writer], _Answer]) -> _Answer:
        """Run a call with the writer, one at a time.

        Raises:
            Refused: 409, another installation writes for this host.
        """

        def run() -> _Answer:
            with self._database.writing() as writer:
                answer = call(writer)
            self._written = True
            return answer

        try:
            return await asyncio.get_running_loop().run_in_executor(self._writer, run)
        except BelongsToAnother as error:
            raise Refused(409, "host_id belongs to another installation") from error

    async def read(self, call: Callable[[Reader], _Answer]) -> _Answer:
        """Run a call with a reader."""

        def run() -> _Answer:
            with self._database.reader() as reader:
                return call(reader)

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def remember_days(self, host_id: str | None) -> bool:
        """Compute and keep digests of days that changed, of one host or of all, and say whether some are left.

        One at a time, so that no day is computed twice for two who ask.
        """
        async with self._digesting:
            changed = await self.read(lambda reader: reader.compute_changed_days(host_id, RECORDS_AT_ONCE))
            if changed.computed:
                await self.write(lambda writer: writer.keep_day_digests(changed.computed))
        return changed.more

    async def bring_to_disk(self) -> None:
        """Wait until the disk has what was written so far."""
        if self._written:
            self._written = False
            await asyncio.to_thread(self._database.bring_to_disk)
