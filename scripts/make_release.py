"""Put a release folder together and verify it, as the release workflow does and as anyone can at home.

    python -m scripts.make_release make --version 4.0.1 --key KEY.pem built/ release/
    python -m scripts.make_release verify --keys KEYS.txt release/

A folder of built files becomes the assets of a release: each program also under its legacy names with identical
bytes, `SHA256SUMS` that names the version, the time and every other file with its size and sum, and the signature
of that list.
"""

import argparse
import hashlib
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ai_usage.errors import UpdateError
from ai_usage.update.keys import BUILT_IN, read_keys, write_key
from ai_usage.update.target import PROGRAMS, TARGETS, asset_name
from ai_usage.update.verify import (
    SIGNATURE,
    SUMS,
    SignedFile,
    Sums,
    verify_file,
    verify_size,
    verify_sums,
    write_sums,
)
from ai_usage.update.version import Version

INSTALLER: Final = "install.sh"
_KEYS_LINE: Final = "RELEASE_KEYS=''\n"


class ReleaseError(Exception):
    """The folder cannot become a release, or is not a good one."""


def make_release(
    built: Path,
    release: Path,
    version: Version,
    key: Ed25519PrivateKey,
    legacy_names: Mapping[str, str],
    signed_at: datetime,
) -> None:
    """Make a release folder out of a folder of built files.

    Args:
        built: programs under their asset names, and whatever else the release carries.
        release: the folder to make; it must not exist.
        version: what the release's tag will say.
        key: signs the sums.
        legacy_names: the name of today by each older name of a program.
        signed_at: the time that the signed list names.

    Raises:
        ReleaseError: there is no program among the files.
    """
    programs = [name for program in PROGRAMS for name in _assets(program) if (built / name).exists()]
    if not programs:
        raise ReleaseError(f"{built} holds no program for any target")
    release.mkdir(parents=True)
    for file in sorted(built.iterdir()):
        shutil.copy2(file, release / file.name)
    for name in programs:
        (release / name).chmod(0o755)
        for old in _legacy_of(name, legacy_names):
            shutil.copy2(release / name, release / old)
    installer = release / INSTALLER
    if installer.exists():
        _stamp_keys(installer, key)
    files = {file.name: SignedFile(_sha256(file), file.stat().st_size) for file in release.iterdir()}
    sums = write_sums(Sums(version, signed_at, files))
    (release / SUMS).write_bytes(sums)
    (release / SIGNATURE).write_bytes(key.sign(sums))


def verify_release_folder(
    release: Path, keys: Sequence[bytes], legacy_names: Mapping[str, str], targets: Sequence[str]
) -> Version:
    """Return the version of a release folder that is complete and signed.

    Raises:
        ReleaseError: a file is missing, unnamed, or not the same under its legacy name.
        UpdateError: the signature or a sum is wrong.
    """
    sums = verify_sums((release / SUMS).read_bytes(), (release / SIGNATURE).read_bytes(), keys)
    there = {file.name for file in release.iterdir()} - {SUMS, SIGNATURE}
    if there != sums.files.keys():
        raise ReleaseError(f"{SUMS} and the folder differ in {', '.join(sorted(there ^ sums.files.keys()))}")
    for name, expected in sums.files.items():
        verify_file(name, expected.sha256, _sha256(release / name))
        verify_size(name, expected.size_bytes, (release / name).stat().st_size)
    for name in (asset_name(program, target) for program in PROGRAMS for target in targets):
        for wanted in (name, *_legacy_of(name, legacy_names)):
            if wanted not in sums.files:
                raise ReleaseError(f"{wanted} is missing")
            if sums.files[wanted] != sums.files[name]:
                raise ReleaseError(f"{wanted} differs from {name}")
    return sums.version


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read what `make_release_key` wrote.

    Raises:
        ReleaseError: it is another kind of key.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ReleaseError(f"{path} cannot be read as a private key without password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError(f"{path} is no Ed25519 key")
    return key


def read_legacy(pairs: Sequence[str]) -> dict[str, str]:
    """Read `OLD=NEW` words.

    Raises:
        ReleaseError: a word is something else.
    """
    names = dict(pair.partition("=")[::2] for pair in pairs)
    for old, new in names.items():
        if not old or new not in PROGRAMS:
            raise ReleaseError(f"{old}={new}: write an older name, `=`, and one of {', '.join(PROGRAMS)}")
    return names


def _assets(program: str) -> list[str]:
    return [asset_name(known, target) for known in PROGRAMS if known == program for target in TARGETS]


def _legacy_of(asset: str, legacy_names: Mapping[str, str]) -> list[str]:
    """Return the older names of a file that carries a program."""
    return [
        f"{old}-{target}"
        for old, new in legacy_names.items()
        for target in TARGETS
        if asset == f"{new}-{target}"
    ]


def _stamp_keys(installer: Path, key: Ed25519PrivateKey) -> None:
    """Put the keys that programs trust into the installer, so that a release can be verified before it is started."""
    listed = [write_key(known) for known in read_keys(BUILT_IN.read_text("ascii"))]
    own = write_key(key.public_key().public_bytes_raw())
    text = installer.read_text("utf-8")
    if _KEYS_LINE not in text:
        raise ReleaseError(f"{installer.name} has no line {_KEYS_LINE.strip()} to put the keys into")
    keys = " ".join(dict.fromkeys([own, *listed]))
    installer.write_text(text.replace(_KEYS_LINE, f"RELEASE_KEYS='{keys}'\n", 1), "utf-8")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when the release is made and verified."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--legacy", default="", help='older names of programs: "OLD=NEW OLD=NEW"')
    parser.add_argument("--targets", default=" ".join(TARGETS), help="what the release must carry")
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("make")
    make.add_argument("--version", required=True)
    make.add_argument("--key", type=Path, required=True, help="the private half, a PEM file")
    make.add_argument("built", type=Path)
    make.add_argument("release", type=Path)
    verify = verbs.add_parser("verify")
    verify.add_argument("--keys", type=Path, default=BUILT_IN, help="public keys, one a line")
    verify.add_argument("release", type=Path)
    asked = parser.parse_args(arguments)
    try:
        legacy_names = read_legacy(asked.legacy.split())
        if asked.verb == "make":
            version = Version.read(asked.version)
            if version is None:
                raise ReleaseError(f"{asked.version} is no finished version, as 4.0.1 is")
            key = read_private_key(asked.key)
            make_release(asked.built, asked.release, version, key, legacy_names, datetime.now(UTC))
            keys: Sequence[bytes] = (key.public_key().public_bytes_raw(),)
        else:
            keys = read_keys(asked.keys.read_text("ascii"))
        made = verify_release_folder(asked.release, keys, legacy_names, asked.targets.split())
    except (ReleaseError, UpdateError, OSError) as error:
        print(f"make_release: {error}", file=sys.stderr)
        return 1
    print(f"{asked.release}: {made}, {len(list(asked.release.iterdir()))} files, complete and signed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
