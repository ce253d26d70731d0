"""A copy of this interpreter that runs from any folder, with the libraries that not every system has."""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# What the program never imports: tests, editors, installers, windows, and interfaces to rare libraries.
_LEFT_OUT: Final = [
    "__pycache__",
    "config-*",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtledemo",
    "turtle.py",
    "_crypt.*",
    "_ctypes_test.*",
    "_curses*.so",
    "_dbm.*",
    "_gdbm.*",
    "_test*.so",
    "_tkinter.*",
    "_xx*",
    "nis.*",
    "ossaudiodev.*",
    "readline.*",
    "spwd.*",
    "xxlimited*",
]
_SYSTEM: Final = re.compile(
    r"(ld-|linux-vdso|lib(c|m|dl|rt|pthread|util|resolv|nsl|anl|nss_\w+)\.so|libc\.musl-).*"
)
"""The C library. glibc belongs to the machine: it must fit its kernel, name services and locales. musl is the loader,
and brought as such."""
_FOUND: Final = re.compile(r"^\s*(\S+) => (/\S+)", re.MULTILINE)


def bundle_python(folder: Path, *, own_libc: bool) -> Path:
    """Copy this interpreter into a folder, and return where packages go.

    Args:
        folder: the folder to make; `bin/python3` in it is the interpreter.
        own_libc: bring the C library too (musl), so that the interpreter starts on machines without it.
    """
    version = f"python{sysconfig.get_python_version()}"
    library = folder / "lib" / version
    source = Path(sysconfig.get_path("stdlib"))
    shutil.copytree(source, library, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=False)
    packages = library / "site-packages"
    packages.mkdir()
    (folder / "bin").mkdir()
    interpreter = folder / "bin" / version
    shutil.copy(Path(os.path.realpath(sys.executable)), interpreter)
    if platform.system() == "Darwin":
        for found in (source.parent).glob("libpython*.dylib"):
            shutil.copy(found, folder / "lib" / found.name)
        (folder / "bin" / "python3").symlink_to(version)
        return packages
    if own_libc:
        _start_through_own_loader(folder, interpreter)
    else:
        (folder / "bin" / "python3").symlink_to(version)
    return packages


def bundle_libraries(folder: Path, *, own_libc: bool) -> None:
    """Bring the shared libraries that the interpreter and the packages load, and strip everything."""
    if platform.system() == "Darwin":
        return  # what is built there loads nothing but what is in the folder or in every system
    programs = [path for path in folder.rglob("*") if _is_elf(path)]
    found = [library for program in programs for library in needed(program).items()]
    brought = {name: path for name, path in found if not path.is_relative_to(folder)}
    for name, path in brought.items():
        shutil.copy(path, folder / "lib" / name)
        (folder / "lib" / name).chmod(0o755)
    for program in (*programs, *(folder / "lib" / name for name in brought)):
        loads_ours = not needed(program).keys().isdisjoint(brought)
        run(["strip", "--strip-unneeded", program])
        if loads_ours and not own_libc:  # musl's loader is told the folder when it starts
            _look_into(folder / "lib", program)


def _look_into(library: Path, program: Path) -> None:
    """Let a program look for libraries in ours, and nowhere else outside of its own package."""
    told = run(["patchelf", "--print-rpath", program]).strip().split(":")
    own = [place for place in told if place.startswith("$ORIGIN")]
    ours = f"$ORIGIN/{os.path.relpath(library, program.parent)}"
    run(["patchelf", "--set-rpath", ":".join([*own, ours]), program])


def needed(program: Path) -> dict[str, Path]:
    """Name the shared libraries that a program loads, without the C library, and where they are found here."""
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return {name: Path(path) for name, path in _FOUND.findall(listed) if _SYSTEM.fullmatch(name) is None}


def _is_elf(path: Path) -> bool:
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _start_through_own_loader(folder: Path, interpreter: Path) -> None:
    """Let musl's loader in the folder start the interpreter: the machine may have none.

    A musl loader is the C library at the same time, and `--argv0` lets Python find its folder.
    """
    loader = next(Path("/lib").glob("ld-musl-*.so.1"))
    shutil.copy(loader, folder / "lib" / loader.name)
    script = folder / "bin" / "python3"
    script.write_text(
        "#!/bin/sh\n"
        "bin=${0%/*}\n"
        f'exec "$bin/../lib/{loader.name}" --library-path "$bin/../lib" --argv0 "$0" "$bin/{interpreter.name}" "$@"\n'
    )
    script.chmod(0o755)


def run(command: Sequence[str | Path]) -> str:
    """Run a tool of the build and return what it says.

    Raises:
        SystemExit: it failed; its words are shown.
    """
    words = [str(word) for word in command]
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, env=os.environ | {"PATH": beside}, check=False
        )
    except FileNotFoundError:
        raise SystemExit(f"the build needs {words[0]}") from None
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
