"""Releases from GitHub's API, and their files."""

import hashlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, Final, NamedTuple

from ai_usage import __version__
from ai_usage.config.https import is_secure, trusted_authorities
from ai_usage.errors import UpdateError
from ai_usage.files.download import DownloadError, Limits, StatusError, open_download
from ai_usage.update.version import Version

API_URL: Final = "https://api.github.com"
REPOSITORY: Final = "SihaoLiu/ai-usage"
API_VARIABLE: Final = "AI_USAGE_RELEASE_API"

DOCUMENT_LIMITS: Final = Limits(size_bytes=16 * 1024 * 1024, deadline_s=60.0)
PROGRAM_DEADLINE_S: Final = 1800.0
"""30 MB in half an hour are 17 KB a second."""


class Asset(NamedTuple):
    """A file of a release."""

    name: str
    size_bytes: int
    url: str


class Release(NamedTuple):
    """The newest release and its files."""

    tag: str
    is_finished: bool
    """Neither a draft nor a pre-release."""
    assets: Mapping[str, Asset]

    @property
    def version(self) -> Version | None:
        """The version in the tag; None for a pre-release or a tag that is not a version."""
        return Version.read(self.tag) if self.is_finished else None


class Channel(NamedTuple):
    """The source of releases."""

    api_url: str = API_URL
    repository: str = REPOSITORY


def read_release(document: bytes) -> Release:
    """Read the answer of `GET /repos/OWNER/NAME/releases/latest` (GitHub REST API, version 2022-11-28).

    Raises:
        UpdateError: it is something else.
    """
    import msgspec

    class _Asset(msgspec.Struct):
        name: str
        size: int
        browser_download_url: str
        state: str = "uploaded"

    class _Release(msgspec.Struct):
        tag_name: str
        assets: list[_Asset]
        draft: bool = False
        prerelease: bool = False

    try:
        release = msgspec.json.decode(document, type=_Release)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UpdateError(f"the answer of the release API cannot be read: {error}") from error
    return Release(
        release.tag_name,
        not (release.draft or release.prerelease),
        {
            asset.name: Asset(asset.name, asset.size, asset.browser_download_url)
            for asset in release.assets
            if asset.state == "uploaded"
        },
    )


class Releases:
    """The releases of one channel."""

    def __init__(
        self,
        channel: Channel,
        env: Mapping[str, str],
        document_limits: Limits = DOCUMENT_LIMITS,
        program_deadline_s: float = PROGRAM_DEADLINE_S,
    ) -> None:
        """Prepare; send nothing yet.

        Args:
            channel: the source of releases, unless the environment names another address.
            env: the environment.
            document_limits: the limits for an answer of the API and for the signed list.
            program_deadline_s: the deadline for the download of a program, whose size is known.

        Raises:
            UpdateError: the address is not an https one.
        """
        self._document_limits = document_limits
        self._program_deadline_s = program_deadline_s
        self.repository = channel.repository
        self.api_url = (env.get(API_VARIABLE) or channel.api_url).rstrip("/")
        self._env = env
        self._refuse_insecure(self.api_url)

    def latest(self) -> Release:
        """Ask for the newest release.

        Raises:
            UpdateError: there is no answer, or not a valid one.
        """
        url = f"{self.api_url}/repos/{self.repository}/releases/latest"
        return read_release(self._read(url, "application/vnd.github+json"))

    def read(self, asset: Asset) -> bytes:
        """Return a small file of a release.

        Raises:
            UpdateError: it cannot be fetched.
        """
        return self._read(asset.url, "application/octet-stream")

    def save(self, asset: Asset, file: BinaryIO, on_bytes: Callable[[int], None] = lambda _: None) -> str:
        """Write a file of a release into an open one, and return its SHA-256 in hexadecimal.

        Raises:
            UpdateError: it cannot be fetched completely.
            OSError: it cannot be written.
        """
        digest, size_bytes = hashlib.sha256(), 0
        limits = Limits(asset.size_bytes, self._program_deadline_s)
        with self._explained(), self._open(asset.url, "application/octet-stream", limits) as pieces:
            for piece in pieces:
                size_bytes += len(piece)
                digest.update(piece)
                file.write(piece)
                on_bytes(size_bytes)
        if size_bytes != asset.size_bytes:
            raise UpdateError(
                f"{asset.name} is not complete: {size_bytes:,} bytes came, the release names {asset.size_bytes:,}"
            )
        return digest.hexdigest()

    def _read(self, url: str, accept: str) -> bytes:
        with self._explained(), self._open(url, accept, self._document_limits) as pieces:
            return b"".join(pieces)

    def _open(self, url: str, accept: str, limits: Limits) -> AbstractContextManager[Iterator[bytes]]:
        """Open an address, following redirects to https addresses."""
        self._refuse_insecure(url)
        # Without compression, so that a file has the size that the release names.
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": f"ai-usage/{__version__}"}
        return open_download(url, self._authorities(), limits, headers, self._refuse_insecure)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except StatusError as error:
            raise UpdateError(self._explain(error.url, error.status)) from error
        except DownloadError as error:
            raise UpdateError(str(error)) from error

    def _authorities(self) -> ssl.SSLContext:
        try:
            return trusted_authorities(self._env)
        except OSError as error:
            raise UpdateError(f"SSL_CERT_FILE={self._env.get('SSL_CERT_FILE')}: {error.strerror}") from error

    def _explain(self, url: str, status: int) -> str:
        match status:
            case 404:
                return f"{self.api_url} knows no release of {self.repository} (404 for {url})"
            case 403 | 429:
                return f"{url} answered {status}: too many requests from this address; try again in an hour"
            case _:
                return f"{url} answered {status}"

    def _refuse_insecure(self, url: str) -> None:
        if not is_secure(url, self._env):
            raise UpdateError(f"updates come over https:// only, not from {url}")
