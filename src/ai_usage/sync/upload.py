"""Send records in batches; a record that the server refuses is left out and does not stop the others."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from ai_usage.errors import ServerError
from ai_usage.ledger.confirmations import Refusal
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.sync.ahead import Begun
from ai_usage.sync.plan import KNOWN_TO_OLD_SERVERS, Line, batch_limits, cut
from ai_usage.sync.refusals import TooMuch, UploadRefused
from ai_usage.sync.session import Session
from ai_usage.sync.translate import to_wire
from ai_usage.wire.canonical import canonical_bytes

Key: TypeAlias = tuple[str, str]
"""A record's vendor and dedup_key."""
_UNDER_WAY: Final = 2
"""Batches sent at the same time: while the server stores one, the next one arrives."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Unaccounted(ServerError):
    """The server's answer does not account for each record of a batch; the batch does not count as sent."""


class _Answered(NamedTuple):
    """The server's answer to a batch."""

    accepted: int
    refused: dict[int, Refusal]
    seen_seq: int | None


class Uploader:
    """Sends rows of this machine's ledger and collects refusals."""

    def __init__(
        self,
        session: Session,
        *,
        held: Collection[Key] = frozenset(),
        adopt: bool = False,
        meanwhile: Callable[[], bool] = lambda: False,
    ) -> None:
        """Prepare; send nothing yet.

        Args:
            session: of this run.
            held: records that are not sent, because the server has more complete copies.
            adopt: take the name over from another installation.
            meanwhile: called repeatedly while an answer is awaited; does one step of other work, and returns whether
                more remains.
        """
        self.accepted = 0
        """Records that were new to the server, or changed there."""
        self.refused: dict[int, Refusal] = {}
        """By change number; the caller removes them when it stores them."""
        self.seen_seq: int | None = None
        """The server's highest sequence number, None before its first answer."""
        self._remote = session.remote
        self._spelling = session.spelling
        self._version = session.health.version
        self._limits = batch_limits(session.health)
        self._vendors = None if session.can.any_vendor else KNOWN_TO_OLD_SERVERS
        # Compression saves nothing when the server runs on this machine.
        self._packed = session.can.encodings and urlsplit(session.remote.url).hostname not in _LOCAL
        self._held = held
        self._meanwhile = meanwhile
        self._adopt = adopt

    def send(self, rows: Iterable[TravelRow]) -> Iterator[list[int]]:
        """Send rows; yield the change numbers of each batch, in order, when the server has accounted for it.

        Raises:
            Unaccounted: the server answered for more or fewer records than a batch has.
        """
        waiting: deque[tuple[list[int], Begun[_Answered]]] = deque()
        try:
            for batch in cut(self._lines(rows), self._limits):
                if len(waiting) == _UNDER_WAY:
                    yield self._note(*waiting.popleft())
                waiting.append(([number for number, _ in batch], Begun(partial(self._upload, batch))))
            while waiting:
                yield self._note(*waiting.popleft())
        except Exception:
            for _, begun in waiting:  # no request is under way when this returns
                with suppress(Exception):
                    begun.wait()
            raise

    def _note(self, numbers: list[int], begun: Begun[_Answered]) -> list[int]:
        while not begun.ready and self._meanwhile():
            pass
        answered = begun.wait()
        self.accepted += answered.accepted
        self.refused |= answered.refused
        if answered.seen_seq is not None:
            self.seen_seq = max(self.seen_seq or 0, answered.seen_seq)
        return numbers

    def _lines(self, rows: Iterable[TravelRow]) -> Iterator[Line]:
        for row in rows:
            number, vendor = row[:2]
            if row[1:3] in self._held:
                continue
            if self._vendors is not None and vendor not in self._vendors:
                self._refuse(number, f"the server knows no vendor {vendor}")
            else:
                yield number, canonical_bytes(to_wire(row, self._spelling))

    def _upload(self, lines: list[Line]) -> _Answered:
        """Upload a batch without refused records, in parts if it exceeds a limit."""
        batch = list(lines)
        refused: dict[int, Refusal] = {}
        while batch:
            try:
                answer = self._remote.upload(
                    [line for _, line in batch], packed=self._packed, adopt=self._adopt
                )
            except UploadRefused as refusal:
                if not 1 <= refusal.line <= len(batch):
                    raise ServerError(
                        f"{self._remote.url} refused a line that was not sent: {refusal}"
                    ) from refusal
                refused[batch.pop(refusal.line - 1)[0]] = Refusal(self._version, refusal.reason)
            except TooMuch as limit:
                if len(batch) == 1:
                    reason = str(limit) or "it is larger than the server's max_body_bytes"
                    return _Answered(0, {**refused, batch[0][0]: Refusal(self._version, reason)}, None)
                middle = len(batch) // 2
                first, second = self._upload(batch[:middle]), self._upload(batch[middle:])
                seen = first.seen_seq if second.seen_seq is None else second.seen_seq
                return _Answered(
                    first.accepted + second.accepted, refused | first.refused | second.refused, seen
                )
            else:
                if answer.accepted + answer.ignored != len(batch):
                    raise Unaccounted(
                        f"{self._remote.url} answered a batch of {len(batch):,} records with {answer.accepted:,} "
                        f"accepted and {answer.ignored:,} ignored; is a proxy in between?"
                    )
                return _Answered(answer.accepted, refused, answer.max_seq)
        return _Answered(0, refused, None)

    def _refuse(self, number: int, reason: str) -> None:
        self.refused[number] = Refusal(self._version, reason)
