import os
from pathlib import Path

import pytest

from ai_usage.config.https import is_secure, trusted_authorities

ALLOWED = {"AI_USAGE_ALLOW_INSECURE_LOOPBACK": "1"}


@pytest.mark.parametrize(
    "url",
    ["https://api.example", "https://git.example:8443/api/v3", "https://[::1]:1/", "HTTPS://API.EXAMPLE"],
)
def test_https_goes_anywhere(url: str) -> None:
    assert is_secure(url, {})


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://localhost:1", "http://[::1]:1"])
def test_plain_http_goes_to_this_machine_where_that_is_allowed(url: str) -> None:
    assert is_secure(url, ALLOWED)
    assert not is_secure(url, {})
    assert not is_secure(url, {"AI_USAGE_ALLOW_INSECURE_LOOPBACK": "0"})


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "http://localhost.example",
        "http://127.0.0.1@api.example",
        "ftp://localhost",
        "file:///etc/passwd",
        "https://",
        "api.example",
        "https://[",
        "",
    ],
)
def test_nothing_else_goes_anywhere(url: str) -> None:
    assert not is_secure(url, ALLOWED)


def test_authorities_that_come_out_of_a_pipe_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ca.pem")
    with pytest.raises(OSError, match="it is not a regular file"):
        trusted_authorities({"SSL_CERT_FILE": str(tmp_path / "ca.pem")})
