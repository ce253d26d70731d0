"""The server's HTTP interface as typed methods."""

import itertools
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

import msgspec

from ai_usage.errors import ServerError
from ai_usage.sync.progress import Progress, Tell, silent, tell_nobody
from ai_usage.sync.retrying import Patience
from ai_usage.sync.transport import Identity, Message, Transport
from ai_usage.wire.digest import DAY_ALGORITHM
from ai_usage.wire.messages import (
    ADOPT_HEADER,
    INSTALLATION_HEADER,
    Days,
    Health,
    Machine,
    Machines,
    RawPage,
    Report,
    ReportAccepted,
    Reports,
    UploadAnswer,
)
from ai_usage.wire.record import HOST_ID, SHA256


def _system_clock() -> int:
    return time.time_ns() // 1000


MOST_FETCHES: Final = 1_000
"""The most pages, days and lists requested in one sync: 1,000 full pages are five million records."""
MOST_MACHINES: Final = 250
"""Each machine has a file, and all of them are open at once; a process may have about a thousand files open."""


class Remote:
    """One person's server."""

    def __init__(
        self,
        identity: Identity,
        patience: Patience | None = None,
        now: Callable[[], int] = _system_clock,
        progress: Progress = silent,
        tell: Tell = tell_nobody,
    ) -> None:
        self.url = identity.url
        self._transport = Transport(identity, patience or Patience(), now, progress, tell)
        self._writing = {INSTALLATION_HEADER: identity.installation}
        self._fetches = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._transport.close()

    @property
    def clock_offset_us(self) -> int:
        """The server's clock minus this machine's, from its last answer."""
        return self._transport.clock_offset_us

    @property
    def requests(self) -> int:
        """The number of requests sent."""
        return self._transport.requests

    def health(self) -> Health:
        """Return the server's identity, version and limits."""
        health = self._get("/v1/health", Health)
        if SHA256.fullmatch(health.instance_id) is None:
            raise ServerError(f"{self.url} answered with an invalid instance_id")
        if health.schema_version != 1:
            raise ServerError(
                f"{self.url} speaks schema version {health.schema_version}, this program 1; run: ai-usage update"
            )
        return health

    def upload(self, lines: Sequence[bytes], *, packed: bool, adopt: bool = False) -> UploadAnswer:
        """Send a batch of canonical records.

        Raises:
            UploadRefused: one record breaks a rule of the server.
            TooMuch: the batch exceeds one of the server's limits.
        """
        import gzip

        body = b"\n".join(lines) + b"\n"
        headers = {**self._writing, "content-type": "application/x-ndjson"}
        if packed:
            body = gzip.compress(body, 1)
            headers["content-encoding"] = "gzip"
        if adopt:
            headers[ADOPT_HEADER] = "1"
        return self._transport.call("POST", "/v1/upload", UploadAnswer, content=body, headers=headers)

    def pull(self, after_seq: int, **query: str) -> RawPage:
        """Fetch a page of records.

        Raises:
            CursorLost: `after_seq` belongs to another history of the server.
        """
        page = self._get("/v1/pull", RawPage, after_seq=str(after_seq), **query)
        if page.max_seq < after_seq:
            raise ServerError(f"{self.url} answered a pull with a number below the one that was asked for")
        return page

    def machines(self) -> list[Machine]:
        """List the machines that the server knows, without those whose name is not valid."""
        machines = self._get("/v1/machines", Machines).machines
        if len(machines) > MOST_MACHINES:
            raise too_many_machines(self.url, len(machines))
        return [machine for machine in machines if HOST_ID.fullmatch(machine.host_id)]

    def submit(self, report: Report, *, adopt: bool = False) -> None:
        """Send the report of this machine.

        Raises:
            NotSupported: the server is too old for reports.
            ServerError: the server did not accept it.
        """
        headers = {**self._writing, "content-type": "application/json"}
        if adopt:
            headers[ADOPT_HEADER] = "1"
        body = msgspec.json.encode(report)
        path = "/v1/integrity/report"
        if not self._transport.call("POST", path, ReportAccepted, content=body, headers=headers).accepted:
            raise ServerError(f"{self.url}{path} did not accept this machine's report")

    def reports(self) -> dict[str, Report]:
        """Fetch the reports of all machines.

        Raises:
            NotSupported: the server is too old for reports.
        """
        reports = self._get("/v1/integrity/reports", Reports).reports
        return {
            report.host_id: report
            for report in reports
            if HOST_ID.fullmatch(report.host_id) and SHA256.fullmatch(report.digest_sha256)
        }

    def days(self, host_id: str) -> Days:
        """Fetch the digests of one machine's days."""
        days = self._get("/v1/integrity/days", Days, host_id=host_id)
        if days.algorithm != DAY_ALGORITHM:
            raise ServerError(f"{self.url} digests days by {days.algorithm[:40]!r}; run: ai-usage update")
        return days

    def _get(self, path: str, message: type[Message], **query: str) -> Message:
        if next(self._fetches) > MOST_FETCHES:
            raise ServerError(
                f"{self.url} was asked {MOST_FETCHES:,} times in one sync and still has more; what came is kept, and "
                "the next sync goes on from there"
            )
        # The first servers do not decode a query, so characters that are allowed in a query are not escaped.
        words = urlencode(query, safe="*,:")
        return self._transport.call("GET", f"{path}?{words}" if words else path, message)


def too_many_machines(url: str, count: int) -> ServerError:
    """Explain that a server names more machines than one person has."""
    return ServerError(
        f"{url} names {count:,} machines, and at most {MOST_MACHINES} can be synced; is server_url right?"
    )
