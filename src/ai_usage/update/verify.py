"""Trust in a release: pure, all in memory, each rule one function.

1. `verify_sums` accepts the list of sums only with a valid Ed25519 signature by one of the given keys.
2. `verify_version` and `signed_file`: the list names the version that it was made for, when it was signed, and the
   size and SHA-256 of every file of the release. A list for another version than the tag's is refused, so that an
   old release cannot be shown under a new name.
3. `verify_size` compares the size that the release API tells with the signed one, before anything is downloaded.
4. `verify_file` compares a downloaded file with its sum.

The fifth rule, in `trial`, is what the new program says of itself when it is started; the sixth, in `seen`, that a
channel never goes back to an older release than one that was seen before.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ai_usage.errors import UpdateError
from ai_usage.update.version import Version

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"

_NAME: Final = r"([A-Za-z0-9][A-Za-z0-9._+-]*)"
_VERSION_LINE: Final = re.compile(r"# ai-usage (\S+)", re.ASCII)
_DATE_LINE: Final = re.compile(r"# signed (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", re.ASCII)
_SIZE_LINE: Final = re.compile(rf"# size ([0-9]{{1,15}}) {_NAME}", re.ASCII)
_SUM_LINE: Final = re.compile(rf"([0-9a-f]{{64}})  {_NAME}", re.ASCII)
_DATE_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


class SignedFile(NamedTuple):
    """What a signed list says of one file."""

    sha256: str
    """Hexadecimal."""
    size_bytes: int


class Sums(NamedTuple):
    """What a signed list says."""

    version: Version
    signed_at: datetime
    """UTC, whole seconds."""
    files: Mapping[str, SignedFile]
    """By name."""


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
    """Read a list of sums whose signature is valid.

    Lines: `# ai-usage VERSION`, `# signed YYYY-MM-DDTHH:MM:SSZ`, then for each file `# size BYTES NAME`, and for each
    file a line as `sha256sum` writes it. `sha256sum --check` skips the lines that begin with `#`.

    Raises:
        UpdateError: it is not such a list.
    """
    version_line, date_line, *lines = [*sums.decode("ascii", "replace").splitlines()[:100_000], "", ""]
    head = _VERSION_LINE.fullmatch(version_line)
    version = Version.read(head[1]) if head else None
    if version is None:
        raise UpdateError(f"{SUMS} does not begin with the version it was made for")
    sizes: dict[str, int] = {}
    files: dict[str, SignedFile] = {}
    for line in filter(None, lines):
        if (size := _SIZE_LINE.fullmatch(line)) and size[2] not in sizes:
            sizes[size[2]] = int(size[1])
        elif (found := _SUM_LINE.fullmatch(line)) and found[2] in sizes and found[2] not in files:
            files[found[2]] = SignedFile(found[1], sizes[found[2]])
        else:
            raise UpdateError(f"{SUMS} has a line that is not a size or a sum of a file: {line[:100]!r}")
    if files.keys() != sizes.keys():
        raise UpdateError(f"{SUMS} has no sum of {', '.join(sorted(sizes.keys() - files.keys()))[:100]}")
    return Sums(version, _read_date(date_line), files)


def _read_date(line: str) -> datetime:
    found = _DATE_LINE.fullmatch(line)
    try:
        return read_date(found[1] if found else "")
    except ValueError as error:
        raise UpdateError(f"{SUMS} does not say when it was signed") from error


def read_date(text: str) -> datetime:
    """Read `2026-12-01T10:00:00Z`.

    Raises:
        ValueError: it is not such a date.
    """
    return datetime.strptime(text, _DATE_FORMAT).replace(tzinfo=UTC)


def write_date(date: datetime) -> str:
    """Write what `read_date` reads."""
    return date.astimezone(UTC).strftime(_DATE_FORMAT)


def write_sums(sums: Sums) -> bytes:
    """Write the list that `read_sums` reads and `sha256sum --check` understands."""
    files = sorted(sums.files.items())
    lines = [
        f"# ai-usage {sums.version}",
        f"# signed {write_date(sums.signed_at)}",
        *(f"# size {file.size_bytes} {name}" for name, file in files),
        *(f"{file.sha256}  {name}" for name, file in files),
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def verify_version(sums: Sums, version: Version) -> None:
    """Compare the version of a signed list with the one in the release's tag.

    Raises:
        UpdateError: the list was made for another version.
    """
    if sums.version != version:
        raise UpdateError(f"the release says {version}, but its signed sums were made for {sums.version}")


def signed_file(sums: Sums, asset: str) -> SignedFile:
    """Return the sum and the size that a file of the release must have.

    Raises:
        UpdateError: the list does not name the file.
    """
    if asset not in sums.files:
        raise UpdateError(f"{SUMS} does not name {asset}")
    return sums.files[asset]


def verify_size(asset: str, expected: int, told: int) -> None:
    """Compare the size in the signed list with the one that the release API tells, both in bytes.

    Raises:
        UpdateError: they differ.
    """
    if expected != told:
        raise UpdateError(
            f"the release says that {asset} has {told:,} bytes, its signed list says {expected:,}"
        )


def verify_file(asset: str, expected: str, actual: str) -> None:
    """Compare two SHA-256 sums in hexadecimal.

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
