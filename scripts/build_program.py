"""Build a program into one file that needs no Python on the machine (docs/adr: single files).

    python -m scripts.build_program ai-usage ai-usage-server --out dist/

The file is a shell script with a packed folder behind it: this interpreter, its libraries, the pinned packages and
the program. Its first start unpacks the folder into a cache, later starts only look whether it is there.
"""

import argparse
import gzip
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ai_usage.update.keys import read_keys
from ai_usage.update.target import PROGRAMS, TARGETS, Program, asset_name, name_target
from scripts.bundle_python import bundle_libraries, bundle_python, run

ROOT: Final = Path(__file__).resolve().parents[1]
PARTS: Final = ROOT / "scripts" / "single_file"
MODULES: Final[dict[Program, str]] = {"ai-usage": "__main__", "ai-usage-server": "server.main"}
REQUIREMENTS: Final[dict[Program, str]] = {"ai-usage": "client.txt", "ai-usage-server": "server.txt"}
_WHEEL_PLATFORMS: Final = (
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_17",
    "manylinux2014",
    "manylinux1",
)
"""For glibc: what runs on Debian 11, Ubuntu 20.04 and RHEL 8, and anything newer."""


def build(program: Program, target: str, out: Path, keys: Path | None, version: str | None) -> Path:
    """Build one program and return its file.

    Args:
        program: which one.
        target: this machine's.
        out: the folder for the file.
        keys: public keys to build in instead of the repository's; tests have keys of their own.
        version: what the program shall call itself instead of its version; for tests of updates.
    """
    with tempfile.TemporaryDirectory(prefix="ai-usage-build-") as scratch:
        folder = Path(scratch) / "runtime"
        packages = bundle_python(folder, own_libc=target.endswith("musl"))
        install_packages(program, target, packages)
        bundle_libraries(folder, own_libc=target.endswith("musl"))
        (packages / "ai_usage" / "build.json").write_text(json.dumps({"target": target}) + "\n")
        if keys is not None:
            read_keys(keys.read_text("ascii"))
            shutil.copy(keys, packages / "ai_usage" / "update" / "release_keys.txt")
        if version is not None:
            (packages / "ai_usage" / "__init__.py").write_text(
                f'"""A build for tests."""\n\n__version__ = "{version}"\n'
            )
        compile_all(folder)
        for name in ("boot.py", "settle.py"):
            shutil.copy(PARTS / name, folder / name)
        identity = identify(folder)
        (folder / "id").write_text(identity)
        out.mkdir(parents=True, exist_ok=True)
        file = out / asset_name(program, target)
        said = run(
            [folder / "bin" / "python3", "-I", "-B", folder / "boot.py", MODULES[program], file, "--version"]
        )
        write_file(file, folder, program, target, said.split()[-1], identity)
    return file


def install_packages(program: Program, target: str, packages: Path) -> None:
    """Install the pinned packages and the program itself beside the bundled interpreter's library."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    processor = target.partition("-")[0]
    wheels = ["--only-binary", ":all:"] if target.endswith("gnu") else []
    for name in _WHEEL_PLATFORMS if wheels else ():
        wheels += ["--platform", f"{name}_{processor}"]
    requirements = ROOT / "requirements" / REQUIREMENTS[program]
    run([*pip, "--no-deps", "--require-hashes", "--target", packages, *wheels, "-r", requirements])
    run([*pip, "--no-deps", "--no-build-isolation", "--target", packages, ROOT])
    for name in ("bin", "share", "include"):
        shutil.rmtree(packages / name, ignore_errors=True)


def compile_all(folder: Path) -> None:
    """Compile every module, and let no start compare the result with its source."""
    python = str(folder / "bin" / "python3")
    where = ["-s", str(folder), "-p", "ai-usage", str(folder / "lib")]
    # One process and one hash seed: what is compiled depends on both.
    env = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0"}
    # Templates and tests of other packages need not compile; what the program imports is started right after.
    command = [
        python,
        "-s",
        "-B",
        "-m",
        "compileall",
        "-f",
        "--invalidation-mode",
        "unchecked-hash",
        "-q",
        *where,
    ]
    subprocess.run(command, env=env, check=False)


def identify(folder: Path) -> str:
    """Name a folder by what is in it, so that equal builds share a cache and different ones never do."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        content = (
            str(path.readlink()).encode()
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b""
        )
        for part in (path.relative_to(folder).as_posix().encode(), content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]


def write_file(file: Path, folder: Path, program: Program, target: str, version: str, identity: str) -> None:
    """Write the script and the packed folder; the same folder gives the same bytes."""
    head = (PARTS / "head.sh").read_text("utf-8")
    values = {
        "id": identity,
        "program": program,
        "version": version,
        "target": target,
        "module": MODULES[program],
        "lines": str(head.count("\n") + 1),
    }
    for name, value in values.items():
        head = head.replace(f"@{name}@", value)
    with file.open("wb") as out:
        out.write(head.encode())
        with (
            gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive,
        ):
            for path in sorted(folder.rglob("*")):
                archive.add(path, path.relative_to(folder), recursive=False, filter=_without_owner)
    file.chmod(0o755)


def _without_owner(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when the programs are built."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("programs", nargs="+", choices=PROGRAMS)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--keys", type=Path, help="public keys to build in instead of the repository's")
    parser.add_argument("--version", help="the version to claim; for tests of updates")
    asked = parser.parse_args(arguments)
    target = name_target(platform.system(), platform.machine(), platform.libc_ver()[0])
    if target is None:
        print(
            f"build_program: cannot build for this machine; the targets are {', '.join(TARGETS)}",
            file=sys.stderr,
        )
        return 1
    for program in asked.programs:
        file = build(program, target, asked.out, asked.keys, asked.version)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
