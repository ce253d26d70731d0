"""Real proxies in front of a server: Caddy as shipped, nginx as documented, HAProxy with connections shared most."""

import contextlib
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from ..servers import START_TIMEOUT_S, free_port, running_proxy
from .raw_http import Connect, connecting

_DOCS: Final = Path(__file__).parents[2] / "docs/server.md"


@contextlib.contextmanager
def caddy(folder: Path, upstream: str) -> Iterator[Connect]:
    """Run Caddy with the shipped Caddyfile."""
    with running_proxy(folder, upstream) as proxy:
        yield connecting(proxy.url.removeprefix("https://"), proxy.root_certificate)


@contextlib.contextmanager
def nginx(folder: Path, upstream: str) -> Iterator[Connect]:
    """Run nginx with the `location` that docs/server.md shows, but plain, and with connections kept to the server."""
    port = free_port()
    found = re.search(r"^    location / \{.*?^    \}$", _DOCS.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    location = found[0].replace("http://127.0.0.1:8787", "http://server")
    (folder / "nginx.conf").write_text(f"""
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream server {{ server {upstream}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 4m;
        {location}
    }}
}}
""")
    with _running(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")], folder, port):
        yield connecting(f"127.0.0.1:{port}")


@contextlib.contextmanager
def haproxy(folder: Path, upstream: str) -> Iterator[Connect]:
    """Run HAProxy, which adds an X-Forwarded-For line of its own and gives every connection to any client."""
    port = free_port()
    (folder / "haproxy.cfg").write_text(f"""
defaults
    mode http
    timeout connect 10s
    timeout client 30s
    timeout server 30s
    option forwardfor
    http-reuse always
frontend front
    bind 127.0.0.1:{port}
    default_backend server
backend server
    server one {upstream}
""")
    with _running(["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder, port):
        yield connecting(f"127.0.0.1:{port}")


Front = Callable[[Path, str], AbstractContextManager[Connect]]
FRONTS: Final[dict[str, Front]] = {"caddy": caddy, "nginx": nginx, "haproxy": haproxy}


@contextlib.contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    with (folder / "front.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, cwd=folder, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _listens(port):
            assert process.poll() is None, (folder / "front.log").read_text()
            assert time.monotonic() < deadline, (folder / "front.log").read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False
