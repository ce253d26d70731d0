"""Updates of a stand-in by the real code, over HTTPS, with all that can go wrong."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ai_usage.update.upgrade import Step

from .conftest import ASSET, Installed, stand_in


def test_a_signed_newer_release_takes_the_place_of_the_old_program(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    installed.executable.chmod(0o750)
    done = installed.update()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [step.value for step in Step]
    assert installed.says() == "ai-usage 4.0.1"
    assert installed.beside() == ["ai-usage"]
    assert installed.executable.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("tag", ["v4.0.0", "v3.9.9"])
def test_an_equal_or_older_release_is_not_an_update(installed: Installed, tag: str) -> None:
    installed.channel.release(tag, {ASSET: stand_in(tag[1:])})
    done = installed.update()
    assert (done.returncode, done.stdout) == (0, f"ai-usage 4.0.0 is up to date (newest release: {tag})\n")
    assert installed.says() == "ai-usage 4.0.0"


def test_a_pre_release_is_not_an_update(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    installed.channel.publish("v4.0.1", prerelease=True)
    done = installed.update()
    assert (done.returncode, done.stdout) == (0, "ai-usage 4.0.0 is up to date (newest release: v4.0.1)\n")
    installed.channel.newest |= {"prerelease": False, "tag_name": "v4.1.0-rc.1"}
    done = installed.update()
    assert (done.returncode, done.stdout) == (
        0,
        "ai-usage 4.0.0 is up to date (newest release: v4.1.0-rc.1)\n",
    )
    assert installed.says() == "ai-usage 4.0.0"


def test_a_release_without_signed_sums_is_ignored(installed: Installed) -> None:
    folder = installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    (folder / "SHA256SUMS.sig").unlink()
    installed.channel.publish("v4.0.1")
    done = installed.update()
    assert done.stdout == (
        "release v4.0.1 has no SHA256SUMS with a signature, so it is not ours and was ignored\n"
    )
    assert (done.returncode, installed.says()) == (0, "ai-usage 4.0.0")


def test_a_build_without_keys_installs_nothing(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    done = installed.update(keys=[])
    assert done.stderr == (
        "refused: this build of ai-usage carries no release key, so it cannot tell which release is genuine "
        "and installs nothing\n"
    )
    assert (done.returncode, installed.says()) == (1, "ai-usage 4.0.0")


def test_a_key_can_be_rotated(installed: Installed) -> None:
    new_key = Ed25519PrivateKey.generate()
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")}, key=new_key)
    both = [installed.channel.public_key.hex(), new_key.public_key().public_bytes_raw().hex()]
    assert installed.update(keys=both).returncode == 0
    assert installed.says() == "ai-usage 4.0.1"


def refuse(installed: Installed, reason: str, **options: object) -> None:
    """Update, and find the old program where it was, alone, with the reason on stderr."""
    done = installed.update(**options)
    assert (done.returncode, done.stderr) == (1, f"refused: {reason}\n")
    assert installed.says() == "ai-usage 4.0.0"
    assert installed.beside() == ["ai-usage"]


def test_a_release_without_a_file_for_this_machine_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {"ai-usage-aarch64-linux-gnu": stand_in("4.0.1")})
    refuse(
        installed,
        f"release v4.0.1 has no file {ASSET}, the one for this machine; it has: SHA256SUMS, SHA256SUMS.sig, "
        "ai-usage-aarch64-linux-gnu, vibe-usage-aarch64-linux-gnu",
    )


def test_a_download_that_breaks_off_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1", padding=300_000)})
    installed.channel.cut_after[ASSET] = 200_000
    done = installed.update()
    assert done.returncode == 1
    assert done.stderr.startswith(f"refused: cannot reach {installed.channel.url}/files/v4.0.1/{ASSET}: ")
    assert (installed.says(), installed.beside()) == ("ai-usage 4.0.0", ["ai-usage"])


def test_a_file_of_another_size_than_the_release_names_is_refused(installed: Installed) -> None:
    folder = installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1", padding=1000)})
    size = (folder / ASSET).stat().st_size
    (folder / ASSET).write_bytes(stand_in("4.0.1"))
    short = len(stand_in("4.0.1"))
    refuse(installed, f"{ASSET} is not complete: {short:,} bytes came, the release names {size:,}")
    (folder / ASSET).write_bytes(stand_in("4.0.1", padding=100_000))
    refuse(installed, f"{installed.channel.url}/files/v4.0.1/{ASSET} is larger than {size:,} bytes")


def test_a_program_of_another_size_than_the_signed_one_is_not_asked_for(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    (listed,) = (each for each in installed.channel.newest["assets"] if each["name"] == ASSET)
    signed = listed["size"]
    listed["size"] = 10**12
    refuse(
        installed, f"the release says that {ASSET} has 1,000,000,000,000 bytes, its signed list says {signed}"
    )
    assert not [path for path in installed.channel.asked if path.endswith(ASSET)]


def test_a_file_that_differs_from_its_sum_is_refused(installed: Installed) -> None:
    folder = installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    (folder / ASSET).write_bytes(stand_in("4.0.1").replace(b"exit 0", b"exit 1"))
    refuse(
        installed,
        f"{ASSET} does not match its signed sum: it is damaged, or not the file that was signed",
    )


def test_sums_that_were_changed_after_signing_are_refused(installed: Installed) -> None:
    folder = installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    sums = (folder / "SHA256SUMS").read_bytes()
    (folder / "SHA256SUMS").write_bytes(sums.replace(b"4.0.1", b"4.0.2"))
    refuse(installed, "SHA256SUMS.sig is not a valid signature by a release key of this program")


@pytest.mark.parametrize("size", [0, 63, 64, 65])
def test_a_signature_of_any_other_content_is_refused(installed: Installed, size: int) -> None:
    folder = installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    (folder / "SHA256SUMS.sig").write_bytes(b"\x01" * size)
    refuse(installed, "SHA256SUMS.sig is not a valid signature by a release key of this program")


def test_a_signature_by_an_unknown_key_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")}, key=Ed25519PrivateKey.generate())
    refuse(installed, "SHA256SUMS.sig is not a valid signature by a release key of this program")


def test_an_old_signed_release_under_a_higher_tag_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.9.9", {ASSET: stand_in("3.0.0")}, signed_as="3.0.0")
    refuse(installed, "the release says 4.9.9, but its signed sums were made for 3.0.0")


def test_a_program_that_says_another_version_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("3.0.0")})
    refuse(installed, "the new ai-usage was signed as 4.0.1, but says that it is 3.0.0")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(
            b"\x7fELF not really", "the new ai-usage does not start: Exec format error", id="not-executable"
        ),
        pytest.param(
            b"#!/nonexistent/sh\n",
            "the new ai-usage does not start: No such file or directory",
            id="no-interpreter",
        ),
        pytest.param(
            b"#!/bin/sh\necho torn >&2; exit 7\n",
            "the new ai-usage does not run: --version ended with exit 7: torn",
            id="fails",
        ),
        pytest.param(
            b"#!/bin/sh\nkill -SEGV $$\n",
            "the new ai-usage does not run: --version ended with signal 11",
            id="crashes",
        ),
        pytest.param(
            b"#!/bin/sh\necho hello\n",
            "the new ai-usage answers --version with 'hello\\n' instead of its name and version",
            id="is-something-else",
        ),
    ],
)
def test_a_program_that_does_not_start_is_refused(installed: Installed, content: bytes, reason: str) -> None:
    installed.channel.release("v4.0.1", {ASSET: content})
    refuse(installed, reason)


def test_a_program_that_starts_on_trial_but_not_in_its_place_is_rolled_back(installed: Installed) -> None:
    before = 'case $0 in */ai-usage) echo "not here" >&2; exit 3;; esac'
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1", before=before)})
    refuse(
        installed,
        "the new ai-usage does not run: --version ended with exit 3: not here; 4.0.0 was put back",
    )


def test_plain_http_is_refused_on_the_way(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    refuse(
        installed,
        "updates come over https:// only, not from http://localhost:1",
        api_url="http://localhost:1",
    )
    for asset in installed.channel.newest["assets"]:
        asset["browser_download_url"] = asset["browser_download_url"].replace("https", "http")
    done = installed.update()
    assert done.stderr.startswith("refused: updates come over https:// only, not from http://localhost:")


def test_a_certificate_of_an_unknown_authority_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    done = subprocess.run(
        installed.command(),
        capture_output=True,
        text=True,
        env={name: value for name, value in installed.env().items() if name != "SSL_CERT_FILE"},
    )
    assert done.returncode == 1
    assert "certificate verify failed" in done.stderr


def test_a_channel_without_releases_says_so(installed: Installed) -> None:
    url = installed.channel.url
    refuse(
        installed,
        f"{url} knows no release of owner/ai-usage (404 for {url}/repos/owner/ai-usage/releases/latest)",
    )


def test_the_second_of_two_updates_at_once_is_refused(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    first = subprocess.Popen(
        installed.command(wait_after="TRIED"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=installed.env(),
    )
    with first:
        assert first.stdout is not None
        assert first.stdin is not None
        while first.stdout.readline() != f"{Step.TRIED.value}\n":
            assert first.poll() is None
        second = installed.update()
        first.stdin.close()
        first.stdout.read()
    assert second.stderr == f"refused: another update is running in {installed.folder}\n"
    assert (first.returncode, installed.says()) == (0, "ai-usage 4.0.1")
    late = installed.update()
    assert late.stderr == (
        f"refused: {installed.executable} is 4.0.1 by now, while this program is 4.0.0; start it again\n"
    )
    assert installed.beside() == ["ai-usage"]


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.name)
def test_a_kill_after_any_step_leaves_a_program_that_runs_and_the_next_update_ends_well(
    installed: Installed, step: Step
) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    killed = installed.update(die_after=step.name)
    assert killed.returncode == -signal.SIGKILL
    replaced = step in (Step.REPLACED, Step.STARTED, Step.DONE)
    assert installed.says() == f"ai-usage {'4.0.1' if replaced else '4.0.0'}"
    installed.channel.release("v4.0.2", {ASSET: stand_in("4.0.2")})
    done = installed.update(current=installed.says().split()[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert installed.says() == "ai-usage 4.0.2"
    assert installed.beside() == ["ai-usage"]


def in_small_mount(folder: Path, options: str, command: list[str], env: dict[str, str]) -> str:
    """Run a command with a mount over a folder, which only that process sees; return what it said on stderr."""
    unshare = shutil.which("unshare")
    assert unshare is not None, "util-linux is needed; on Debian: apt-get install util-linux"
    keep = folder.with_name("keep")
    shutil.copytree(folder, keep)
    script = (
        'mount -t tmpfs -o "$1" none "$2" && cp -a "$3"/. "$2" && shift 3 && '
        '{ [ "$1" = - ] || mount -o remount,ro "$1"; } && shift && "$@"; status=$?; exit $status'
    )
    read_only = str(folder) if "ro" in options.split(",") else "-"
    size = ",".join(option for option in options.split(",") if option != "ro")
    done = subprocess.run(
        [
            unshare,
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
            size,
            folder,
            keep,
            read_only,
            *command,
        ],
        capture_output=True,
        text=True,
        env=env,
    )
    assert done.returncode == 1, done.stderr
    return done.stderr


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="mounts that only one process sees need Linux")


@LINUX
def test_a_full_disk_is_told_and_changes_nothing(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1", padding=3_000_000)})
    told = in_small_mount(installed.folder, "size=1m", installed.command(), installed.env())
    assert told == f"refused: {installed.folder}: no space for the new program; nothing was changed\n"


@LINUX
def test_a_folder_that_cannot_be_written_is_told(installed: Installed) -> None:
    installed.channel.release("v4.0.1", {ASSET: stand_in("4.0.1")})
    told = in_small_mount(installed.folder, "size=1m,ro", installed.command(), installed.env())
    assert told == (
        f"refused: {installed.folder} cannot be written by this user, so ai-usage stays as it is; "
        "run the update as the user that owns it\n"
    )
