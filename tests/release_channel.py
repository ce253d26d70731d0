"""A release channel on this machine: an HTTPS server that answers as GitHub's release API does, and its releases."""

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import trustme
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ai_usage.update.version import Version
from scripts.make_release import make_release, read_legacy

REPOSITORY: Final = "owner/ai-usage"
ROOT: Final = Path(__file__).parents[1]


def legacy_names() -> dict[str, str]:
    """Read the one list of older names from the release workflow."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    return read_legacy(workflow["env"]["legacy_names"].split())


@dataclass
class ReleaseChannel:
    """Releases in folders, one of them the newest, and what the server does wrong on purpose."""

    folder: Path
    url: str
    root_certificate: Path
    key: Ed25519PrivateKey
    newest: dict[str, Any] = field(default_factory=dict)
    """The API's answer to `latest`."""
    cut_after: dict[str, int] = field(default_factory=dict)
    """Files of which the server sends only so many bytes before it closes the connection."""
    asked: list[str] = field(default_factory=list)
    """The paths of all requests."""

    @property
    def public_key(self) -> bytes:
        """What a program must carry to trust this channel."""
        return self.key.public_key().public_bytes_raw()

    @property
    def env(self) -> Mapping[str, str]:
        """What sends a program to this channel."""
        return {"AI_USAGE_RELEASE_API": self.url, "SSL_CERT_FILE": str(self.root_certificate)}

    def release(
        self,
        tag: str,
        programs: Mapping[str, bytes],
        *,
        signed_as: str | None = None,
        key: Ed25519PrivateKey | None = None,
        signed_at: datetime = datetime(2026, 12, 1, 10, tzinfo=UTC),
    ) -> Path:
        """Make a release of programs by asset name, publish it as the newest, and return its folder."""
        built = self.folder / f"built-{tag}"
        built.mkdir(parents=True)
        for name, content in programs.items():
            (built / name).write_bytes(content)
        version = Version.read(signed_as or tag)
        assert version is not None
        folder = self.folder / "releases" / tag
        make_release(built, folder, version, key or self.key, legacy_names(), signed_at)
        self.publish(tag)
        return folder

    def publish(self, tag: str, *, prerelease: bool = False) -> None:
        """Let the API name the files of a release as they are now."""
        files = sorted((self.folder / "releases" / tag).iterdir())
        self.newest = {
            "tag_name": tag,
            "draft": False,
            "prerelease": prerelease,
            "assets": [
                {
                    "name": file.name,
                    "size": file.stat().st_size,
                    "state": "uploaded",
                    "browser_download_url": f"{self.url}/{REPOSITORY}/releases/download/{tag}/{file.name}",
                }
                for file in files
            ],
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    channel: ReleaseChannel


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def channel(self) -> ReleaseChannel:
        assert isinstance(self.server, _Server)
        return self.server.channel

    def do_GET(self) -> None:
        self.channel.asked.append(self.path)
        parts = self.path.strip("/").split("/")
        if self.path in (f"/repos/{REPOSITORY}/releases/latest", "/repos/SihaoLiu/ai-usage/releases/latest"):
            if not self.channel.newest:
                self._answer(404, b'{"message": "Not Found"}')
                return
            self._answer(200, json.dumps(self.channel.newest).encode())
        elif len(parts) == 6 and parts[2:4] == ["releases", "download"]:
            # GitHub sends a download on to the host of its files.
            self._send_on(f"/files/{parts[4]}/{parts[5]}")
        elif len(parts) == 6 and parts[2:5] == ["releases", "latest", "download"]:
            self._send_on(f"/files/{self.channel.newest['tag_name']}/{parts[5]}")
        elif len(parts) == 3 and parts[0] == "files":
            file = self.channel.folder / "releases" / parts[1] / parts[2]
            if not file.exists():
                self._answer(404, b"")
                return
            self._answer(200, file.read_bytes(), self.channel.cut_after.get(parts[2]))
        else:
            self._answer(404, b"")

    def _send_on(self, path: str) -> None:
        self.send_response(302)
        self.send_header("Location", self.channel.url + path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, body: bytes, cut_after: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut_after])
        if cut_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def running_channel(folder: Path) -> Iterator[ReleaseChannel]:
    """Serve releases over HTTPS, under an authority of its own, for as long as the block lasts."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    root = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(root))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_address[1]}"
    channel = ReleaseChannel(folder, url, root, Ed25519PrivateKey.generate())
    server.channel = channel
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield channel
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
