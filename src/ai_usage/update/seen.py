"""The newest signed release that was ever seen here, so that a channel that goes back in time is noticed.

Someone who controls the network or the channel cannot sign a release, but can hide one: they show an older signed
release as the newest (a freeze). The file remembers the version and the signing time of the newest release whose
signature was valid.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from ai_usage.errors import UpdateError
from ai_usage.files.atomic import write_atomically
from ai_usage.plain_file import read_plain
from ai_usage.update.verify import Sums, read_date, write_date
from ai_usage.update.version import Version


class Seen(NamedTuple):
    """A release whose signature was valid."""

    version: Version
    signed_at: datetime

    def __str__(self) -> str:
        return f"{self.version}, signed on {self.signed_at:%Y-%m-%d}"


def read_seen(file: Path) -> Seen | None:
    """Return the newest release that was seen; None when none was, or the file is missing or damaged."""
    try:
        found = json.loads(read_plain(file))
        version = Version.read(str(found["version"]))
        return None if version is None else Seen(version, read_date(str(found["signed_at"])))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def note_seen(file: Path, sums: Sums) -> None:
    """Remember a release with a valid signature, if none that is newer was seen.

    Raises:
        UpdateError: this version was seen with a list that was signed later.
        OSError: the file cannot be written.
    """
    seen, now = read_seen(file), Seen(sums.version, sums.signed_at)
    if seen is None or seen < now:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = {"version": str(now.version), "signed_at": write_date(now.signed_at)}
        write_atomically(file, json.dumps(document).encode() + b"\n")
    elif seen.version == now.version and now.signed_at < seen.signed_at:
        raise UpdateError(
            f"the signed list of {now.version} is of {write_date(now.signed_at)}, but one of "
            f"{write_date(seen.signed_at)} was seen before; the channel shows an old state, and nothing was installed"
        )
