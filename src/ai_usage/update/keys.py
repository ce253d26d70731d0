"""The public keys that may sign releases: a short list, so that a key can be replaced."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ai_usage.errors import UpdateError

BUILT_IN: Final = Path(__file__).with_name("release_keys.txt")

_SPKI_HEADER: Final = bytes.fromhex("302a300506032b6570032100")
"""The bytes before the 32 bytes of every Ed25519 key in DER (RFC 8410), and so in a PEM file."""


def read_keys(text: str) -> tuple[bytes, ...]:
    """Read a list of keys into their 32 bytes each.

    Args:
        text: one key per line, the middle line of its PEM file; text after a blank or a `#` is a comment.

    Raises:
        UpdateError: a line is not an Ed25519 public key.
    """
    lines = (line.split("#", 1)[0].split() for line in text.splitlines())
    return tuple(_read_key(words[0]) for words in lines if words)


def write_key(key: bytes) -> str:
    """Write the 32 bytes of a key in the format of the list."""
    return base64.b64encode(_SPKI_HEADER + key).decode()


def built_in_keys() -> Sequence[bytes]:
    """Return the keys that this program trusts; empty for a build without keys."""
    return read_keys(BUILT_IN.read_text("ascii"))


def _read_key(word: str) -> bytes:
    try:
        der = base64.b64decode(word, validate=True)
    except binascii.Error as error:
        raise UpdateError(f"{word!r} in the list of release keys is not base64") from error
    if len(der) != len(_SPKI_HEADER) + 32 or not der.startswith(_SPKI_HEADER):
        raise UpdateError(f"{word!r} in the list of release keys is not an Ed25519 public key")
    return der[len(_SPKI_HEADER) :]
