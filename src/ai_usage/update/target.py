"""The targets of releases, and the names of their files."""

from typing import Final, Literal

Program = Literal["ai-usage", "ai-usage-server"]

PROGRAMS: Final[tuple[Program, ...]] = ("ai-usage", "ai-usage-server")
TARGETS: Final = (
    "x86_64-linux-gnu",
    "aarch64-linux-gnu",
    "x86_64-linux-musl",
    "aarch64-linux-musl",
    "aarch64-apple-darwin",
)
"""Every target of a release; the musl files carry their own C library and run on any Linux."""

_PROCESSORS: Final = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}


def name_target(system: str, machine: str, libc: str) -> str | None:
    """Return the target of a machine, None if releases have no program for it.

    Args:
        system: `platform.system()`.
        machine: `platform.machine()`.
        libc: `platform.libc_ver()[0]`; empty under musl.
    """
    processor = _PROCESSORS.get(machine.lower(), machine)
    match system:
        case "Linux":
            target = f"{processor}-linux-{'gnu' if libc == 'glibc' else 'musl'}"
        case "Darwin":
            target = f"{processor}-apple-darwin"
        case _:
            return None
    return target if target in TARGETS else None


def asset_name(program: Program, target: str) -> str:
    """Return the name under which a release carries a program for a target."""
    return f"{program}-{target}"
