"""The event loop's access to the database: each call runs in a thread of a pool for its kind."""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from ai_usage.errors import LedgerBusy
from ai_usage.server.refusal import Refused
from ai_usage.server.storage.database import READERS, Database
from ai_usage.server.storage.days import ComparedDays, Day
from ai_usage.server.storage.reading import Reader
from ai_usage.server.storage.writing import BelongsToAnother, Writer

LONGEST_WAIT_S: Final = 20.0
"""How long a call may wait for its turn; clients stop waiting before that."""
RECORDS_AT_ONCE: Final = 5_000
"""How many records are hashed before their digests are stored; a request waits at most this long for another one."""

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
        self._gave_up = -math.inf
        """The time at which a call last failed to get the database."""
        self.last_upload = time.monotonic()

    def close(self) -> None:
        """Wait for the threads."""
        for pool in (self._decoder, self._writer, self._readers):
            pool.shutdown()

    async def decode(self, call: Callable[[], _Answer]) -> _Answer:
        """Run a computation, one at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._decoder, call)

    def check_turn(self, asked: float) -> None:
        """Check that a call has not waited too long for its turn.

        Args:
            asked: when the call began to wait, by the monotonic clock.

        Raises:
            LedgerBusy: it waited too long, or another call failed to get the database meanwhile.
        """
        if self._gave_up >= asked or time.monotonic() - asked > LONGEST_WAIT_S:
            raise LedgerBusy("the database is busy; the request was given up")

    async def write(self, call: Callable[[Writer], _Answer], asked: float | None = None) -> _Answer:
        """Run a call with the writer, one at a time; a call whose task is cancelled before its turn is dropped.

        Args:
            call: what to do.
            asked: when its request began to wait, by the monotonic clock; None: now.

        Raises:
            Refused: 409, another installation writes for this host.
        """

        def run() -> _Answer:
            with self._database.writing() as writer:
                answer = call(writer)
            self._written = True
            return answer

        try:
            return await self._in_turn(self._writer, run, asked)
        except BelongsToAnother as error:
            raise Refused(409, "host_id belongs to another installation") from error

    async def read(self, call: Callable[[Reader], _Answer]) -> _Answer:
        """Run a call with a reader; a call whose task is cancelled before its turn is dropped."""

        def run() -> _Answer:
            with self._database.reader() as reader:
                return call(reader)

        return await self._in_turn(self._readers, run, None)

    async def _in_turn(
        self, pool: ThreadPoolExecutor, run: Callable[[], _Answer], asked: float | None
    ) -> _Answer:
        since = time.monotonic() if asked is None else asked

        def run_in_turn() -> _Answer:
            self.check_turn(since)
            try:
                return run()
            except LedgerBusy:
                self._gave_up = time.monotonic()
                raise

        return await asyncio.get_running_loop().run_in_executor(pool, run_in_turn)

    async def remember_days(self, host_id: str | None) -> bool:
        """Compute and cache digests of changed days, of one host or of all; return whether some are left.

        One call at a time, so that two requests do not compute the same day.
        """
        async with self._digesting:
            changed = await self.read(lambda reader: reader.compute_changed_days(host_id, RECORDS_AT_ONCE))
            if changed.computed:
                await self.write(lambda writer: writer.keep_day_digests(changed.computed))
        return changed.more

    async def compare_days(self, after: Day) -> ComparedDays:
        """Compare the digests of some days after a given one with their rows, and correct wrong digests."""
        compared = await self.read(lambda reader: reader.compare_days(after, RECORDS_AT_ONCE))
        if compared.damaged:
            await self.write(lambda writer: writer.correct_days(compared.damaged))
        return compared

    async def bring_to_disk(self) -> None:
        """Flush everything written so far to the disk."""
        if self._written:
            self._written = False
            await asyncio.to_thread(self._database.bring_to_disk)
