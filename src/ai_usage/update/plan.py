"""What to do about a release: pure."""

from typing import NamedTuple, assert_never

from ai_usage.errors import UpdateError
from ai_usage.update.release import Asset, Release
from ai_usage.update.verify import SIGNATURE, SUMS
from ai_usage.update.version import Version


class UpToDate(NamedTuple):
    """Nothing newer is there; the release is the running one, an older one, or not finished."""

    tag: str


class NotOurs(NamedTuple):
    """A release without signed sums is not ours: it is ignored, and that is said once."""

    tag: str

    def __str__(self) -> str:
        return f"release {self.tag} has no {SUMS} with a signature, so it is not ours and was ignored"


class Newer(NamedTuple):
    """A release that may be installed once it is verified."""

    tag: str
    version: Version
    program: Asset
    sums: Asset
    signature: Asset


Decision = UpToDate | NotOurs | Newer


def decide(current: Version, release: Release, asset: str) -> Decision:
    """Decide what a release is to this program; of its files only ours and the signed sums matter.

    Raises:
        UpdateError: it is newer and signed, but has no file for this machine.
    """
    version = release.version
    if version is None or version <= current:
        return UpToDate(release.tag)
    if SUMS not in release.assets or SIGNATURE not in release.assets:
        return NotOurs(release.tag)
    if asset not in release.assets:
        raise UpdateError(
            f"release {release.tag} has no file {asset}, the one for this machine; "
            f"it has: {', '.join(sorted(release.assets))}"
        )
    return Newer(release.tag, version, release.assets[asset], release.assets[SUMS], release.assets[SIGNATURE])


def describe(decision: Decision, current: Version) -> str:
    """Say what `update --check` says."""
    match decision:
        case UpToDate(tag):
            return f"ai-usage {current} is up to date (newest release: {tag})"
        case NotOurs():
            return str(decision)
        case Newer(version=version):
            return f"ai-usage {version} is there; this is {current}"
        case _:
            assert_never(decision)
