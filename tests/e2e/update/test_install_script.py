"""`install.sh` of a release, run as a person would, against releases on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.release_channel import REPOSITORY, ROOT, ReleaseChannel

from .conftest import TARGET, stand_in

CLIENT = f"ai-usage-{TARGET}"
SERVER = f"ai-usage-server-{TARGET}"
SCRIPT = (ROOT / "install.sh").read_bytes()
TOOLS = [
    "sh",
    "uname",
    "sed",
    "grep",
    "cut",
    "mkdir",
    "mktemp",
    "chmod",
    "mv",
    "rm",
    "curl",
    "openssl",
    "sha256sum",
    "getconf",
]
KNOWN = "#!/bin/sh\nif [ $1 = -s ]; then echo {system}; else echo {machine}; fi\n"


def publish(channel: ReleaseChannel, tag: str, key: Ed25519PrivateKey | None = None) -> Path:
    server = stand_in(tag[1:]).replace(b"ai-usage ", b"ai-usage-server, version ")
    return channel.release(tag, {CLIENT: stand_in(tag[1:]), SERVER: server, "install.sh": SCRIPT}, key=key)


def install(
    channel: ReleaseChannel, release: Path, home: Path, *options: str, path: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", release / "install.sh", *options],
        capture_output=True,
        text=True,
        env={
            "HOME": str(home),
            "PATH": path or os.environ["PATH"],
            "SSL_CERT_FILE": str(channel.root_certificate),
            "AI_USAGE_RELEASE_URL": f"{channel.url}/{REPOSITORY}/releases",
            **env,
        },
    )


def path_without(folder: Path, *left_out: str) -> str:
    """Make a folder with links to the tools that the script may use, without some."""
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found is not None and tool not in left_out:
            (folder / tool).symlink_to(found)
    return str(folder)


def test_the_program_of_this_machine_is_verified_and_installed(
    channel: ReleaseChannel, tmp_path: Path
) -> None:
    done = install(channel, publish(channel, "v4.0.0"), tmp_path)
    program = tmp_path / ".local/bin/ai-usage"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "the signature is valid",
        f"fetching {CLIENT} 4.0.0",
        f"installed {program} (4.0.0)",
        f"{program.parent} is not in PATH; add it to find ai-usage",
    ]
    assert subprocess.check_output([program, "--version"], text=True) == "ai-usage 4.0.0\n"
    assert [path.name for path in program.parent.iterdir()] == ["ai-usage"]


def test_it_upgrades_in_place_and_installs_where_it_is_told(channel: ReleaseChannel, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    install(channel, publish(channel, "v4.0.0"), tmp_path, "--server", "--to", str(folder))
    release = publish(channel, "v4.0.1")
    done = install(channel, release, tmp_path, "--server", "--to", str(folder))
    assert done.returncode == 0
    server = folder / "ai-usage-server"
    assert subprocess.check_output([server, "--version"], text=True) == "ai-usage-server, version 4.0.1\n"
    back = install(channel, release, tmp_path, "--server", "--to", str(folder), "--version", "4.0.0")
    assert back.stdout.splitlines()[-2] == f"installed {server} (4.0.0)"


def test_without_openssl_the_signature_is_left_to_the_program(
    channel: ReleaseChannel, tmp_path: Path
) -> None:
    release = publish(channel, "v4.0.0")
    done = install(channel, release, tmp_path, path=path_without(tmp_path / "tools", "openssl"))
    assert done.stdout.splitlines()[:2] == [
        "no openssl here that knows Ed25519: the checksum is verified, the signature is not;",
        "afterwards let the program do it: ai-usage update --check",
    ]
    assert done.returncode == 0


def test_a_script_without_keys_says_that_it_verified_no_signature(
    channel: ReleaseChannel, tmp_path: Path
) -> None:
    publish(channel, "v4.0.0")
    done = install(channel, ROOT, tmp_path)
    assert done.stdout.startswith(
        "this install.sh carries no release key, so the signature was not verified;"
    )
    assert done.returncode == 0


def refuse(done: subprocess.CompletedProcess[str], reason: str, home: Path) -> None:
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, f"install.sh: {reason}")
    assert list(home.glob(".local/bin/*")) == list(home.glob(".local/bin/.*")) == []


def test_a_signature_by_another_key_is_refused(channel: ReleaseChannel, tmp_path: Path) -> None:
    good = publish(channel, "v4.0.0")
    publish(channel, "v4.0.1", Ed25519PrivateKey.generate())
    done = install(channel, good, tmp_path)
    refuse(done, "SHA256SUMS.sig is not a valid signature by a release key; nothing was installed", tmp_path)


def test_a_changed_program_is_refused(channel: ReleaseChannel, tmp_path: Path) -> None:
    release = publish(channel, "v4.0.0")
    (release / CLIENT).write_bytes(stand_in("4.0.0", before="echo evil"))
    refuse(
        install(channel, release, tmp_path),
        f"{CLIENT} does not match its sum; nothing was installed",
        tmp_path,
    )


def test_an_old_release_under_a_higher_version_is_refused(channel: ReleaseChannel, tmp_path: Path) -> None:
    release = publish(channel, "v4.0.0")
    release.rename(release.with_name("v9.0.0"))
    channel.publish("v9.0.0")
    done = install(channel, release.with_name("v9.0.0"), tmp_path, "--version", "v9.0.0")
    refuse(done, "asked for 9.0.0, but the signed sums are of 4.0.0", tmp_path)


def test_a_program_that_does_not_run_here_is_refused(channel: ReleaseChannel, tmp_path: Path) -> None:
    release = channel.release("v4.0.0", {CLIENT: b"#!/bin/sh\nexit 3\n", "install.sh": SCRIPT})
    refuse(
        install(channel, release, tmp_path),
        f"{CLIENT} does not run on this machine; nothing was installed",
        tmp_path,
    )


def test_a_release_without_the_program_is_refused(channel: ReleaseChannel, tmp_path: Path) -> None:
    release = channel.release("v4.0.0", {"ai-usage-aarch64-apple-darwin": b"x", "install.sh": SCRIPT})
    refuse(
        install(channel, release, tmp_path),
        f"release 4.0.0 has no file {CLIENT} for this machine",
        tmp_path,
    )


@pytest.mark.parametrize(
    ("system", "machine", "reason"),
    [
        (
            "FreeBSD",
            "amd64",
            "releases have no program for FreeBSD on x86_64; with Python 3.11 or newer use: pipx install git+https://github.com/SihaoLiu/ai-usage",
        ),
        (
            "Linux",
            "riscv64",
            "releases have no program for Linux on riscv64; with Python 3.11 or newer use: pipx install git+https://github.com/SihaoLiu/ai-usage",
        ),
        (
            "Darwin",
            "x86_64",
            "releases have programs for Apple silicon, not for x86_64; use: pipx install git+https://github.com/SihaoLiu/ai-usage",
        ),
    ],
)
def test_a_machine_that_it_does_not_know_is_refused(
    channel: ReleaseChannel, tmp_path: Path, system: str, machine: str, reason: str
) -> None:
    tools = Path(path_without(tmp_path / "tools", "uname"))
    (tools / "uname").write_text(KNOWN.format(system=system, machine=machine))
    (tools / "uname").chmod(0o755)
    refuse(install(channel, publish(channel, "v4.0.0"), tmp_path, path=str(tools)), reason, tmp_path)


@pytest.mark.parametrize(
    ("system", "machine", "glibc", "target"),
    [
        ("Linux", "x86_64", "glibc 2.28", "x86_64-linux-gnu"),
        ("Linux", "x86_64", "glibc 2.27", "x86_64-linux-musl"),
        ("Linux", "aarch64", "glibc 2.39", "aarch64-linux-gnu"),
        ("Linux", "arm64", "", "aarch64-linux-musl"),
        ("Darwin", "arm64", "", "aarch64-apple-darwin"),
    ],
)
def test_it_asks_for_the_target_of_the_machine(
    channel: ReleaseChannel, tmp_path: Path, system: str, machine: str, glibc: str, target: str
) -> None:
    tools = Path(path_without(tmp_path / "tools", "uname", "getconf"))
    (tools / "uname").write_text(KNOWN.format(system=system, machine=machine))
    (tools / "getconf").write_text(f"#!/bin/sh\necho '{glibc}'\n")
    (tools / "uname").chmod(0o755)
    (tools / "getconf").chmod(0o755)
    release = channel.release("v4.0.0", {f"ai-usage-{target}": stand_in("4.0.0"), "install.sh": SCRIPT})
    done = install(channel, release, tmp_path, path=str(tools))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"fetching ai-usage-{target} 4.0.0" in done.stdout


@pytest.mark.parametrize(
    ("options", "env", "reason"),
    [
        (("--fast",), {}, "--fast is no option; known: --server, --to FOLDER, --version VERSION"),
        (("--to",), {}, "--to needs a value"),
        (("--to", "bin"), {}, "the folder must begin with /: bin"),
        (("--version", "newest"), {}, "newest is no version, as 4.0.1 is"),
        (
            (),
            {"AI_USAGE_RELEASE_URL": "http://releases.example"},
            "releases come over https:// only, not from http://releases.example",
        ),
        (("--to", "/proc/none"), {}, "/proc/none cannot be made; choose another with --to FOLDER"),
    ],
)
def test_what_it_does_not_know_is_refused(
    channel: ReleaseChannel, tmp_path: Path, options: tuple[str, ...], env: dict[str, str], reason: str
) -> None:
    refuse(install(channel, ROOT, tmp_path, *options, **env), reason, tmp_path)


def test_without_a_home_a_folder_must_be_named(channel: ReleaseChannel, tmp_path: Path) -> None:
    release = publish(channel, "v4.0.0")
    done = install(channel, release, tmp_path, HOME="")
    assert (done.returncode, done.stdout) == (1, "")
    said = "install.sh: the folder must begin with /: HOME is not set; use --to FOLDER\n"
    assert done.stderr == said
    done = install(channel, release, tmp_path, "--to", str(tmp_path / "bin"), HOME="")
    assert done.returncode == 0


def test_every_shell_script_is_clean() -> None:
    scripts = [ROOT / "install.sh", ROOT / "scripts/single_file/head.sh"]
    done = subprocess.run(["shellcheck", "--shell=sh", *scripts], capture_output=True, text=True)
    assert done.stdout == ""
