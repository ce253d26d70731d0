"""Sending records in batches; one that the server refuses is set aside and never stops the others."""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias
from urllib.parse import urlsplit

from ai_usage.errors import ServerError
from ai_usage.ledger.confirmations import Refusal
from ai_usage.ledger.snapshot import TravelRow
from ai_usage.sync.plan import KNOWN_TO_OLD_SERVERS, Line, batch_limits, cut
from ai_usage.sync.refusals import TooMuch, UploadRefused
from ai_usage.sync.session import Session
from ai_usage.sync.translate import to_wire
from ai_usage.wire.canonical import canonical_bytes

Key: TypeAlias = tuple[str, str]
"""A record's vendor and dedup_key."""
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Uploader:
    """Sends rows of this machine's ledger and keeps what was refused."""

    def __init__(self, session: Session, *, held: Collection[Key] = frozenset(), adopt: bool = False) -> None:
        """Send nothing yet.

        Args:
            session: of this run.
            held: records that are not sent, because the server knows more of them.
            adopt: take the name over from another installation.
        """
        self.accepted = 0
        """Records that the server did not have yet, or not so."""
        self.refused: dict[int, Refusal] = {}
        """By change number; the caller takes them out as it notes them."""
        self.seen_seq: int | None = None
        """The server's highest number, once it has answered."""
        self._remote = session.remote
        self._spelling = session.spelling
        self._version = session.health.version
        self._limits = batch_limits(session.health)
        self._vendors = None if session.can.any_vendor else KNOWN_TO_OLD_SERVERS
        # On this machine itself there is nothing to save by packing.
        self._packed = session.can.encodings and urlsplit(session.remote.url).hostname not in _LOCAL
        self._held = held
        self._adopt = adopt

    def send(self, rows: Iterable[TravelRow]) -> Iterator[list[int]]:
        """Send rows; yield the change numbers of each batch when the server has answered for it."""
        for batch in cut(self._lines(rows), self._limits):
            self._upload(batch)
            yield [number for number, _ in batch]

    def _lines(self, rows: Iterable[TravelRow]) -> Iterator[Line]:
        for row in rows:
            number, vendor = row[:2]
            if row[1:3] in self._held:
                continue
            if self._vendors is not None and vendor not in self._vendors:
                self._refuse(number, f"the server knows no vendor {vendor}")
            else:
                yield number, canonical_bytes(to_wire(row, self._spelling))

    def _upload(self, batch: list[Line]) -> None:
        """Upload a batch, in parts where it is too much, less what is refused."""
        while batch:
            try:
                answer = self._remote.upload(
                    [line for _, line in batch], packed=self._packed, adopt=self._adopt
                )
            except UploadRefused as refusal:
                if refusal.line > len(batch):
                    raise ServerError(
                        f"{self._remote.url} refused a line that was not sent: {refusal}"
                    ) from refusal
                self._refuse(batch.pop(refusal.line - 1)[0], refusal.reason)
            except TooMuch as limit:
                if len(batch) == 1:
                    self._refuse(batch[0][0], str(limit) or "it is larger than the server's max_body_bytes")
                    return
                middle = len(batch) // 2
                self._upload(batch[:middle])
                batch = batch[middle:]
            else:
                self.accepted += answer.accepted
                self.seen_seq = answer.max_seq
                return

    def _refuse(self, number: int, reason: str) -> None:
        self.refused[number] = Refusal(self._version, reason)
