"""Releases as GitHub's API tells of them, and their files."""

import hashlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, Final, NamedTuple

from ai_usage import __version__
from ai_usage.config.https import is_secure, trusted_authorities
from ai_usage.errors import UpdateError
from ai_usage.update.version import Version

API_URL: Final = "https://api.github.com"
REPOSITORY: Final = "SihaoLiu/ai-usage"
API_VARIABLE: Final = "AI_USAGE_RELEASE_API"

_TIMEOUT_S: Final = 30.0
_REDIRECTS: Final = 5
_LARGEST_ANSWER_BYTES: Final = 16 * 1024 * 1024
_LARGEST_PROGRAM_BYTES: Final = 1024 * 1024 * 1024


class Asset(NamedTuple):
    """A file of a release."""

    name: str
    size_bytes: int
    url: str


class Release(NamedTuple):
    """What the newest release is and carries."""

    tag: str
    is_finished: bool
    """Neither a draft nor a pre-release."""
    assets: Mapping[str, Asset]

    @property
    def version(self) -> Version | None:
        """The version in the tag; None for a pre-release and for a tag that is no version."""
        return Version.read(self.tag) if self.is_finished else None


class Channel(NamedTuple):
    """Where releases come from."""

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

    def __init__(self, channel: Channel, env: Mapping[str, str]) -> None:
        """Take the channel, which the environment can send elsewhere.

        Raises:
            UpdateError: it does not lie behind https.
        """
        self.repository = channel.repository
        self.api_url = (env.get(API_VARIABLE) or channel.api_url).rstrip("/")
        self._env = env
        self._refuse_insecure(self.api_url)

    def latest(self) -> Release:
        """Ask for the newest release.

        Raises:
            UpdateError: there is no answer, or none that says which.
        """
        url = f"{self.api_url}/repos/{self.repository}/releases/latest"
        return read_release(self._read(url, "application/vnd.github+json", _LARGEST_ANSWER_BYTES))

    def read(self, asset: Asset) -> bytes:
        """Return a small file of a release.

        Raises:
            UpdateError: it cannot be had.
        """
        return self._read(asset.url, "application/octet-stream", _LARGEST_ANSWER_BYTES)

    def save(self, asset: Asset, file: BinaryIO, on_bytes: Callable[[int], None] = lambda _: None) -> str:
        """Write a file of a release into an open one, and return its SHA-256 in hexadecimal.

        Raises:
            UpdateError: it cannot be had whole.
            OSError: it cannot be written.
        """
        if asset.size_bytes > _LARGEST_PROGRAM_BYTES:
            raise UpdateError(f"{asset.name} has {asset.size_bytes:,} bytes; no program is as large as that")
        digest, size_bytes = hashlib.sha256(), 0
        with self._get(asset.url, "application/octet-stream") as chunks:
            for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > asset.size_bytes:
                    break
                digest.update(chunk)
                file.write(chunk)
                on_bytes(size_bytes)
        if size_bytes != asset.size_bytes:
            told = f"the release names {asset.size_bytes:,}"
            more = "more than that" if size_bytes > asset.size_bytes else f"{size_bytes:,}"
            raise UpdateError(f"{asset.name} did not come whole: {told} bytes, there came {more}")
        return digest.hexdigest()

    def _read(self, url: str, accept: str, largest: int) -> bytes:
        content = bytearray()
        with self._get(url, accept) as chunks:
            for chunk in chunks:
                content += chunk
                if len(content) > largest:
                    raise UpdateError(f"{url} is larger than {largest:,} bytes")
        return bytes(content)

    @contextmanager
    def _get(self, url: str, accept: str) -> Iterator[Iterator[bytes]]:
        """Open an address, following redirects as long as they stay as secure."""
        import httpx2

        # As it is: a file that is packed once more on its way would not have the size that the release names.
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": f"ai-usage/{__version__}"}
        try:
            with httpx2.Client(verify=self._authorities(), timeout=_TIMEOUT_S) as client:
                for _ in range(_REDIRECTS):
                    self._refuse_insecure(url)
                    with client.stream("GET", url, headers=headers) as response:
                        if response.next_request is not None:
                            url = str(response.next_request.url)
                            continue
                        if response.status_code != 200:
                            raise UpdateError(self._explain(url, response.status_code))
                        yield response.iter_raw()
                        return
                raise UpdateError(f"{url} leads on and on; the release API is not set up right")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UpdateError(f"cannot reach {url}: {error}") from error

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
