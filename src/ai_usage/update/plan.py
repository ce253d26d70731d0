"""Decide what to do about a release: pure functions."""

from typing import NamedTuple, assert_never

from ai_usage.errors import UpdateError
from ai_usage.update.release import Asset, Release
from ai_usage.update.seen import Seen
from ai_usage.update.verify import SIGNATURE, SUMS
from ai_usage.update.version import Version


class UpToDate(NamedTuple):
    """No newer release: it is the running one, an older one, or not finished."""

    tag: str


class NotOurs(NamedTuple):
    """A release without signed sums is not ours; it is ignored, with one message."""

    tag: str

    def __str__(self) -> str:
        return f"release {self.tag} has no {SUMS} with a signature, so it is not ours and was ignored"


class Older(NamedTuple):
    """The channel shows an older release as the newest than one that was seen before: it may be frozen on purpose."""

    tag: str
    seen: Seen

    def __str__(self) -> str:
        return (
            f"the release channel shows {self.tag} as the newest release, but {self.seen}, was seen here before; "
            "it may hide newer releases, so nothing was installed; if that release was withdrawn, wait for the next one"
        )


class Newer(NamedTuple):
    """A release that may be installed once it is verified."""

    release: Release
    version: Version
    program: Asset


Decision = UpToDate | NotOurs | Older | Newer


def find_older(release: Release, seen: Seen | None) -> Older | None:
    """Return `Older` if the channel shows an older release than one that was seen before."""
    if seen is None or (release.version is not None and release.version >= seen.version):
        return None
    return Older(release.tag, seen)


def decide(current: Version, release: Release, asset: str, seen: Seen | None) -> Decision:
    """Decide what a release means for this program; only our file and the signed sums matter.

    Args:
        current: the running version.
        release: the newest release of the channel.
        asset: the file for this machine.
        seen: the newest signed release that was seen before.

    Raises:
        UpdateError: it is newer and signed, but has no file for this machine.
    """
    version = release.version
    if older := find_older(release, seen):
        return older
    if version is None or version <= current:
        return UpToDate(release.tag)
    if SUMS not in release.assets or SIGNATURE not in release.assets:
        return NotOurs(release.tag)
    if asset not in release.assets:
        raise UpdateError(
            f"release {release.tag} has no file {asset}, the one for this machine; "
            f"it has: {', '.join(sorted(release.assets))}"
        )
    return Newer(release, version, release.assets[asset])


def describe(decision: Decision, current: Version) -> str:
    """Write the message of `update --check`."""
    match decision:
        case UpToDate(tag):
            return f"ai-usage {current} is up to date (newest release: {tag})"
        case NotOurs() | Older():
            return str(decision)
        case Newer(version=version):
            return f"ai-usage {version} is available; this is {current}"
        case _:
            assert_never(decision)
