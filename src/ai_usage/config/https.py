"""The addresses that the program may connect to, and the certificate authorities that it trusts."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ai_usage.config.secrets import LOOPBACK_VARIABLE, is_loopback
from ai_usage.plain_file import read_plain


def is_secure(url: str, env: Mapping[str, str]) -> bool:
    """Tell whether a request may go to an address: https, or this machine where the environment allows that."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "http":
        return host is not None and is_loopback(host) and env.get(LOOPBACK_VARIABLE) == "1"
    return parts.scheme == "https" and bool(host)


def trusted_authorities(env: Mapping[str, str]) -> ssl.SSLContext:
    """Trust the system's authorities and those that `SSL_CERT_FILE` adds.

    Raises:
        OSError: `SSL_CERT_FILE` cannot be read, or holds no certificates.
    """
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    added = env.get("SSL_CERT_FILE", "")
    if added:
        read_plain(Path(added))  # OpenSSL would wait for the writer of a pipe
        # OpenSSL reads the variable instead of its own file, so that file is named here once more.
        for file in (added, *_system_files()):
            context.load_verify_locations(file)
    return context


def _system_files() -> list[str]:
    """Return the system's bundle; the places are those of OpenSSL, Debian, Fedora, Alpine and SUSE."""
    places = (
        ssl.get_default_verify_paths().openssl_cafile,
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/pki/tls/cert.pem",
        "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    )
    return [place for place in places if Path(place).is_file()][:1]
