"""Send this machine's records: changed ones, refused ones, and days that differ; each batch is confirmed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from ai_usage.ledger.confirmations import Refusal
from ai_usage.ledger.snapshot import Snapshot, TravelRow
from ai_usage.sync.plan import Difference
from ai_usage.sync.session import Session
from ai_usage.sync.upload import Key, Unaccounted, Uploader


class Sending:
    """Sends records of one snapshot of the ledger, and notes what the server has confirmed.

    After an answer that does not account for its batch, nothing more is sent in this run.
    """

    def __init__(
        self,
        session: Session,
        snapshot: Snapshot,
        *,
        held: Collection[Key],
        adopt: bool,
        meanwhile: Callable[[], bool],
    ) -> None:
        """Prepare; send nothing yet.

        Args:
            session: of this run.
            snapshot: of the ledger.
            held: records that are not sent, because the server has more complete copies.
            adopt: take the name over from another installation.
            meanwhile: called repeatedly while an answer is awaited; does one step of other work, and returns whether
                more remains.
        """
        self.unaccounted = ""
        """The error if an answer did not account for its batch."""
        self._session = session
        self._snapshot = snapshot
        self._held = held
        self._confirmations = session.confirmations
        self._uploader = Uploader(session, held=held, adopt=adopt, meanwhile=meanwhile)

    @property
    def accepted(self) -> int:
        """Records that were new to the server, or changed there."""
        return self._uploader.accepted

    def offer_again(self) -> None:
        """Send records again that another version of the server refused."""
        version = self._session.health.version
        again = [
            number
            for number, refusal in self._confirmations.refused().items()
            if refusal.server_version != version
        ]
        if again and self._send(self._snapshot.with_numbers(again)):
            refused = self._take_refused()
            self._confirmations.confirm(0, refused, set(again) - refused.keys(), seen_seq=self._seen())

    def send_changes(self) -> int:
        """Send unconfirmed records, and return how many the server accounted for."""
        start = self._confirmations.confirmed().change_number
        total = self._snapshot.count_after(start)
        sent = 0

        def confirm(numbers: list[int]) -> None:
            nonlocal sent
            self._confirm(numbers[-1])
            sent += len(numbers)
            self._session.progress("pushing records", sent, total)

        if self._send(self._snapshot.changed_after(start), confirm):
            self.confirm_all()
        return sent

    def send_days(self, differences: Sequence[Difference], refused: Collection[int] = ()) -> bool:
        """Send days again; return whether the server accounted for all their records."""
        if not self._send(self._rows_of(differences, refused)):
            return False
        self._confirm(0)
        return True

    def send_everything(self, refused: Collection[int]) -> None:
        """Send all records again."""
        self._send(row for row in self._snapshot.changed_after(0) if row[0] not in refused)
        self._confirm(0)

    def confirm_all(self, *, seen_seq: int | None = None) -> None:
        """Note that the server has all records of the snapshot except those that it refused."""
        self._confirm(self._snapshot.last_change(), seen_seq)

    def _rows_of(self, differences: Sequence[Difference], refused: Collection[int]) -> Iterator[TravelRow]:
        for done, each in enumerate(differences, 1):
            yield from (row for row in self._snapshot.of_day(each.day) if row[0] not in refused)
            self._session.progress("mending days", done, len(differences))

    def _confirm(self, number: int, seen_seq: int | None = None) -> None:
        self._confirmations.confirm(number, self._take_refused(), seen_seq=seen_seq or self._seen())

    def _send(self, rows: Iterable[TravelRow], confirm: Callable[[list[int]], None] = lambda _: None) -> bool:
        """Send rows and confirm each batch; return whether the server accounted for all of them."""
        if self.unaccounted:
            return False
        try:
            for numbers in self._uploader.send(rows):
                confirm(numbers)
        except Unaccounted as fault:
            self.unaccounted = str(fault)
            return False
        return True

    def _seen(self) -> int | None:
        """Return the server's highest sequence number; None if this ledger lacks records below it."""
        return None if self._held else self._uploader.seen_seq

    def _take_refused(self) -> dict[int, Refusal]:
        refused, self._uploader.refused = self._uploader.refused, {}
        return refused
