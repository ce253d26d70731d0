"""Make a key pair for a release channel: the private half into a file outside the repository, the public line to print.

python -m scripts.make_release_key ~/keys/ai-usage-release.pem
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ai_usage.update.keys import write_key

REPOSITORY: Final = Path(__file__).resolve().parents[1]


def make_key(private: Path) -> str:
    """Write a new private key, mode 0600, and return the public line.

    Raises:
        ValueError: the file would lie inside the repository.
        OSError: the file is there already, or cannot be written.
    """
    if private.resolve().is_relative_to(REPOSITORY):
        raise ValueError(f"{private} lies inside the repository, where a private key could be committed")
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return write_key(key.public_key().public_bytes_raw())


def main() -> int:
    """Return 0 when the pair is made."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("private", type=Path, metavar="FILE", help="where the private half goes")
    private: Path = parser.parse_args().private
    try:
        line = make_key(private)
    except (OSError, ValueError) as error:
        print(f"make_release_key: {error}", file=sys.stderr)
        return 1
    print(f"private: {private}; it signs releases, so keep it out of every repository and backup of it safe")
    print("public, to add to src/ai_usage/update/release_keys.txt:")
    print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
