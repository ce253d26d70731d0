"""Transcripts of integrity: the records that a digest covers, line by line, for `diff`; without keys or projects."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import orjson

from ai_usage.plain_file import read_start
from ai_usage.usage.instant import to_text
from ai_usage.wire.canonical import ReportRow
from ai_usage.wire.digest import REPORT_ALGORITHM

_SUMMARY_BYTES: Final = 1024
"""The summary is the first line but is computed last, so its line is padded with blanks to this length."""
_BUFFER_BYTES: Final = 1 << 20


class View(NamedTuple):
    """The machine whose records are checked, and the machine that checks them."""

    subject: str
    observer: str

    @property
    def side(self) -> str:
        """`local` for a machine's own records."""
        return "local" if self.subject == self.observer else "remote"

    @property
    def file_name(self) -> str:
        """The file name of the transcript."""
        return f"{self.side}-{self.subject}.jsonl"


class Expected(NamedTuple):
    """The count and digest in the subject's report."""

    record_count: int
    digest: str


class Draft:
    """A transcript that is being written; it is published atomically."""

    def __init__(self, folder: Path, view: View) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._target = folder / view.file_name
        self._view = view
        for left in folder.glob(
            f".{view.file_name}.*"
        ):  # left by a killed run; only one run is active at a time
            left.unlink(missing_ok=True)
        self._path = self._target.with_name(f".{view.file_name}.{os.getpid()}")
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES)
        self._problem: str | None = None
        self._write(b" " * (_SUMMARY_BYTES - 1) + b"\n")

    def add(self, row: ReportRow, spelled: bytes) -> None:
        """Write the line of a record.

        Args:
            row: the record.
            spelled: the bytes of the record that the digest covers.
        """
        line = _Line(
            "record",
            hashlib.sha256(row.dedup_key.encode()).hexdigest(),
            hashlib.sha256(spelled).hexdigest(),
            row.timestamp,
            row.session_start_time,
            row.session_end_time,
            row.model,
            row.input_tokens,
            row.output_tokens,
            row.cache_read_input_tokens,
            row.cache_creation_input_tokens,
            row.reasoning_output_tokens,
            row.cost_input,
            row.cost_output,
            row.cost_cache_read,
            row.cost_cache_creation,
        )
        self._write(_encode(line) + b"\n")

    def publish(
        self, range_end: int, record_count: int, digest: str, computed_at: int, expected: Expected | None
    ) -> str | None:
        """Write the summary and move the transcript to its place; return the problem, None without one."""
        summary: dict[str, Any] = {
            "line": "summary",
            "view": self._view.side,
            "subject_host_id": self._view.subject,
            "observer_host_id": self._view.observer,
            "algorithm": REPORT_ALGORITHM,
            "range_end_utc": to_text(range_end),
            "computed_at": to_text(computed_at),
            "record_count": record_count,
            "digest_sha256": digest,
        }
        if expected is not None:
            summary["status"] = status_of(expected, record_count, digest)
            summary["expected_record_count"] = expected.record_count
            summary["expected_digest_sha256"] = expected.digest
        line = orjson.dumps(summary)
        assert len(line) < _SUMMARY_BYTES
        try:
            if self._problem is None:
                self._file.seek(0)
                self._file.write(line)
                self._file.close()
                self._path.replace(self._target)
        except OSError as error:
            self._problem = error.strerror or str(error)
        return self._problem

    def discard(self) -> None:
        """Remove an unpublished transcript."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _write(self, text: bytes) -> None:
        """Write unless an earlier write failed; a failed transcript does not stop the digest."""
        if self._problem is None:
            try:
                self._file.write(text)
            except OSError as error:
                self._problem = error.strerror or str(error)


class _Line(msgspec.Struct, gc=False):
    line: str
    dedup_key_sha256: str
    record_sha256: str
    timestamp: str
    session_start_time: str
    session_end_time: str
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: int
    cache_creation_input_tokens: int
    reasoning_output_tokens: int
    cost_input: float | None
    cost_output: float | None
    cost_cache_read: float | None
    cost_cache_creation: float | None


_encode: Final = msgspec.json.Encoder().encode


def status_of(expected: Expected, record_count: int, digest: str) -> str:
    """Return `checked` if a digest equals the report, else `failed`."""
    return "checked" if expected == Expected(record_count, digest) else "failed"


def is_current(
    folder: Path, view: View, range_end: int, record_count: int, digest: str, expected: Expected | None
) -> bool:
    """Tell whether the stored transcript has this range, digest and status."""
    try:
        start = read_start(folder / view.file_name, 4 * _SUMMARY_BYTES)
        summary = json.loads(start.partition(b"\n")[0])
    except (OSError, ValueError, RecursionError):
        return False
    wanted = {
        "range_end_utc": to_text(range_end),
        "record_count": record_count,
        "digest_sha256": digest,
        "status": None if expected is None else status_of(expected, record_count, digest),
        "expected_digest_sha256": None if expected is None else expected.digest,
    }
    return isinstance(summary, dict) and all(summary.get(key) == value for key, value in wanted.items())
