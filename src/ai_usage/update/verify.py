"""Trust in a release: pure, all in memory, each rule one function.

1. `verify_sums` believes the sums only under a valid Ed25519 signature by one of the given keys.
2. The sums name the version they were made for and every file of the release; a version that is not the tag's
   is an old release under a new name, and refused.
3. `verify_file` compares a downloaded file with its sum.

What the new program says of itself when it is started is the fourth rule, in `trial`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ai_usage.errors import UpdateError
from ai_usage.update.version import Version

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"

_FIRST_LINE: Final = re.compile(r"# ai-usage (\S+)", re.ASCII)
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._+-]*)", re.ASCII)


class Sums(NamedTuple):
    """What a signed list says."""

    version: Version
    files: Mapping[str, str]
    """SHA-256 in hexadecimal by name."""


def verify_sums(sums: bytes, signature: bytes, keys: Sequence[bytes]) -> Sums:
    """Return what the list says, if one of the keys signed it.

    Args:
        sums: the file `SHA256SUMS`, byte for byte.
        signature: the file `SHA256SUMS.sig`, 64 bytes.
        keys: 32 bytes each.

    Raises:
        UpdateError: no key signed it, or it is not a list of sums.
    """
    if not any(_is_signed_by(key, sums, signature) for key in keys):
        raise UpdateError(f"{SIGNATURE} is not a valid signature by a release key of this program")
    return read_sums(sums)


def read_sums(sums: bytes) -> Sums:
    """Read a list of sums that is trusted already: `# ai-usage VERSION`, then lines as sha256sum writes them.

    Raises:
        UpdateError: it is not such a list.
    """
    first, *lines = sums.decode("ascii", "replace").splitlines()[:100_000] or [""]
    head = _FIRST_LINE.fullmatch(first)
    version = Version.read(head[1]) if head else None
    if version is None:
        raise UpdateError(f"{SUMS} does not begin with the version it was made for")
    files: dict[str, str] = {}
    for line in lines:
        entry = _LINE.fullmatch(line)
        if entry is None or entry[2] in files:
            raise UpdateError(f"{SUMS} has a line that is no sum of a file: {line[:100]!r}")
        files[entry[2]] = entry[1]
    return Sums(version, files)


def write_sums(sums: Sums) -> bytes:
    """Write the list that `read_sums` reads and `sha256sum --check` understands."""
    lines = [f"# ai-usage {sums.version}", *(f"{sums.files[name]}  {name}" for name in sorted(sums.files))]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def verify_release(sums: Sums, version: Version, asset: str) -> str:
    """Return the sum that a file of the release must have.

    Args:
        sums: the signed list.
        version: what the release's tag says.
        asset: the file's name.

    Raises:
        UpdateError: the list was made for another version, or does not name the file.
    """
    if sums.version != version:
        raise UpdateError(f"the release says {version}, but its signed sums were made for {sums.version}")
    if asset not in sums.files:
        raise UpdateError(f"{SUMS} does not name {asset}")
    return sums.files[asset]


def verify_file(asset: str, expected: str, actual: str) -> None:
    """Compare two sums.

    Raises:
        UpdateError: they differ.
    """
    if expected != actual:
        raise UpdateError(
            f"{asset} does not match its signed sum: it is damaged, or not the file that was signed"
        )


def _is_signed_by(key: bytes, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
