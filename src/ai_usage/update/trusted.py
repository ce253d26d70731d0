"""Releases of one channel whose signed lists are verified, and the newest of them remembered."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from ai_usage.update.release import Release, Releases
from ai_usage.update.seen import Seen, note_seen, read_seen
from ai_usage.update.verify import SIGNATURE, SUMS, Sums, verify_sums, verify_version
from ai_usage.update.version import Version


class TrustedReleases:
    """The releases of a channel, checked against the release keys and the releases seen before."""

    def __init__(self, releases: Releases, keys: Sequence[bytes], seen_file: Path) -> None:
        """Prepare; read nothing yet.

        Args:
            releases: the channel.
            keys: the public keys that are trusted, 32 bytes each.
            seen_file: the file with the newest signed release; see `seen`.
        """
        self.releases = releases
        self.has_keys = bool(keys)
        self._keys = keys
        self._seen_file = seen_file

    @property
    def seen(self) -> Seen | None:
        """The newest signed release that was seen here."""
        return read_seen(self._seen_file)

    def latest(self, current: Version) -> Release:
        """Ask for the newest release; store it as seen if it is signed and not older than the running one.

        Raises:
            UpdateError: the channel does not answer, or the release's signature is not valid.
        """
        release, seen = self.releases.latest(), self.seen
        version = release.version
        is_news = version is not None and version >= current and (seen is None or seen.version < version)
        if version is not None and is_news and is_signed(release) and self._keys:
            self.sums(release, version)
        return release

    def sums(self, release: Release, version: Version) -> Sums:
        """Fetch the signed list of a release, verify it, and remember the release as seen.

        Raises:
            UpdateError: it cannot be fetched, its signature is not valid, or it was made for another version.
        """
        read = self.releases.read
        trusted = verify_sums(read(release.assets[SUMS]), read(release.assets[SIGNATURE]), self._keys)
        verify_version(trusted, version)
        with contextlib.suppress(OSError):  # a folder that cannot be written must not stop an update
            note_seen(self._seen_file, trusted)
        return trusted


def is_signed(release: Release) -> bool:
    """Tell whether a release carries a list of sums and a signature of it."""
    return {SUMS, SIGNATURE} <= release.assets.keys()
