"""A copy of this interpreter that runs from any folder, with the libraries that not every system has."""

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
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
    r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|nsl|anl|nss_.*)\.so.*|linux-vdso.*)"
)
"""glibc belongs to the machine: it must fit the machine's kernel, name services and locales."""
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
    extensions: list[Path] = [interpreter, *library.rglob("*.so")]
    libraries = needed(extensions, own_libc=own_libc)
    bundled = [Path(shutil.copy(path, folder / "lib" / path.name)) for path in libraries]
    for path in (*extensions, *bundled):
        path.chmod(0o755)
        run(["strip", "--strip-unneeded", path])
        if not own_libc and needed([path], own_libc=False):
            run(["patchelf", "--set-rpath", f"$ORIGIN/{os.path.relpath(folder / 'lib', path.parent)}", path])
    if own_libc:
        _start_through_own_loader(folder, interpreter)
    else:
        (folder / "bin" / "python3").symlink_to(version)
    return packages


def needed(programs: Iterable[Path], *, own_libc: bool) -> list[Path]:
    """Name the shared libraries that programs load, without the system's own unless these are wanted."""
    found: dict[str, Path] = {}
    for program in programs:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
        for name, path in _FOUND.findall(listed):
            if own_libc or _SYSTEM.fullmatch(name) is None:
                found[name] = Path(path)
    return [path.with_name(name) if path.name != name else path for name, path in sorted(found.items())]


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
