from datetime import UTC, datetime

import pytest

from ai_usage.errors import UpdateError
from ai_usage.update.plan import Decision, Newer, NotOurs, Older, UpToDate, decide, describe
from ai_usage.update.release import Asset, Release, read_release
from ai_usage.update.seen import Seen
from ai_usage.update.version import Version

NAME = "ai-usage-x86_64-linux-gnu"
CURRENT = Version(4, 0, 0)
ASSETS = {
    name: Asset(name, 7, f"https://files.example/{name}")
    for name in (NAME, "vibe-usage-x86_64-linux-gnu", "SHA256SUMS", "SHA256SUMS.sig", "notes.txt")
}
NEWER = Newer(Release("v4.0.1", True, ASSETS), Version(4, 0, 1), ASSETS[NAME])


def without(name: str) -> dict[str, Asset]:
    return {key: asset for key, asset in ASSETS.items() if key != name}


@pytest.mark.parametrize(
    ("release", "decision", "said"),
    [
        pytest.param(
            Release("v4.0.1", True, ASSETS), NEWER, "ai-usage 4.0.1 is available; this is 4.0.0", id="newer"
        ),
        pytest.param(
            Release("v4.0.0", True, ASSETS),
            UpToDate("v4.0.0"),
            "ai-usage 4.0.0 is up to date (newest release: v4.0.0)",
            id="equal",
        ),
        pytest.param(
            Release("v3.30.0", True, {}),
            UpToDate("v3.30.0"),
            "ai-usage 4.0.0 is up to date (newest release: v3.30.0)",
            id="older-of-any-shape",
        ),
        pytest.param(
            Release("v4.0.1", False, ASSETS),
            UpToDate("v4.0.1"),
            "ai-usage 4.0.0 is up to date (newest release: v4.0.1)",
            id="not-finished",
        ),
        pytest.param(
            Release("nightly", True, ASSETS),
            UpToDate("nightly"),
            "ai-usage 4.0.0 is up to date (newest release: nightly)",
            id="tag-is-no-version",
        ),
        pytest.param(
            Release("v4.0.1", True, without("SHA256SUMS")),
            NotOurs("v4.0.1"),
            "release v4.0.1 has no SHA256SUMS with a signature, so it is not ours and was ignored",
            id="no-sums",
        ),
        pytest.param(
            Release("v4.0.1", True, without("SHA256SUMS.sig")),
            NotOurs("v4.0.1"),
            "release v4.0.1 has no SHA256SUMS with a signature, so it is not ours and was ignored",
            id="not-signed",
        ),
    ],
)
def test_a_release_is_decided_by_version_and_files(release: Release, decision: Decision, said: str) -> None:
    assert decide(CURRENT, release, NAME, None) == decision
    assert describe(decision, CURRENT) == said


SEEN = Seen(Version(4, 0, 1), datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("tag", "is_finished", "is_older"),
    [
        ("v4.0.0", True, True),
        ("v3.9.9", True, True),
        ("v4.1.0", False, True),
        ("nightly", True, True),
        ("v4.0.1", True, False),
        ("v4.0.2", True, False),
    ],
)
def test_a_release_older_than_one_that_was_seen_is_not_installed(
    tag: str, is_finished: bool, is_older: bool
) -> None:
    for current in (CURRENT, Version(3, 0, 0)):
        decision = decide(current, Release(tag, is_finished, ASSETS), NAME, SEEN)
        assert (decision == Older(tag, SEEN)) is is_older


def test_an_older_release_is_told_with_what_was_seen() -> None:
    assert str(Older("v4.0.0", SEEN)) == (
        "the release channel shows v4.0.0 as the newest release, but 4.0.1, signed on 2026-12-01, was seen here "
        "before; it may hide newer releases, so nothing was installed; if that release was withdrawn, wait for the "
        "next one"
    )


def test_a_newer_release_without_our_file_is_an_error() -> None:
    with pytest.raises(UpdateError, match=f"release v4.0.1 has no file {NAME}, the one for this machine"):
        decide(CURRENT, Release("v4.0.1", True, without(NAME)), NAME, None)


def test_the_answer_of_the_api_is_read() -> None:
    document = b"""{"tag_name": "v4.0.1", "draft": false, "prerelease": true, "id": 5, "assets": [
        {"name": "a", "size": 7, "state": "uploaded", "browser_download_url": "https://x.example/a", "label": null},
        {"name": "b", "size": 0, "state": "starter", "browser_download_url": "https://x.example/b"}]}"""
    assert read_release(document) == Release("v4.0.1", False, {"a": Asset("a", 7, "https://x.example/a")})


@pytest.mark.parametrize(
    "document",
    [b"", b"<html>", b"[]", b'{"message": "Not Found"}', b'{"tag_name": 4, "assets": []}', b"\xff"],
)
def test_another_answer_is_an_error(document: bytes) -> None:
    with pytest.raises(UpdateError, match="the answer of the release API cannot be read"):
        read_release(document)
