"""The real single files: built, started without a Python, damaged, raced, updated, and used for everything."""

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ai_usage.update.keys import write_key
from ai_usage.update.target import PROGRAMS, asset_name, name_target
from scripts.build_program import build
from tests.release_channel import ROOT, ReleaseChannel, running_channel

pytestmark = pytest.mark.dist

TARGET: Final = name_target(platform.system(), platform.machine(), platform.libc_ver()[0]) or ""
VERSIONS: Final = ("4.0.0", "4.0.1")
CLIENT: Final = asset_name("ai-usage", TARGET)
KEY: Final = Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build both programs in two versions with a key for tests; return the folder of each version."""
    keys = tmp_path_factory.mktemp("keys") / "keys.txt"
    keys.write_text(write_key(KEY.public_key().public_bytes_raw()) + "\n")
    folders = {}
    for version in VERSIONS:
        folders[version] = tmp_path_factory.mktemp(f"built-{version}")
        for program in PROGRAMS:
            build(program, TARGET, folders[version], keys, version)
    return folders


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[ReleaseChannel]:
    with running_channel(tmp_path / "channel") as running:
        running.key = KEY
        yield running


def install(built: dict[str, Path], version: str, home: Path, program: str = "ai-usage") -> Path:
    """Put a program where install.sh would, under its short name."""
    installed = home / "bin" / program
    installed.parent.mkdir(parents=True, exist_ok=True)
    installed.write_bytes((built[version] / f"{program}-{TARGET}").read_bytes())
    installed.chmod(0o755)
    return installed


def start(program: Path, home: Path, *words: str, **env: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [program, *words],
        capture_output=True,
        text=True,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", **env},
    )
    return done.returncode, done.stdout, done.stderr


def unpacked(home: Path) -> list[str]:
    return sorted(path.name for path in (home / ".cache/ai-usage/runtime").iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="mounts that only one process sees need Linux")
def test_it_starts_on_a_machine_without_python(built: dict[str, Path], tmp_path: Path) -> None:
    program = install(built, "4.0.0", tmp_path)
    hidden = [Path(sys.base_prefix), Path(sys.prefix), *Path("/usr/lib").glob("python3*")]
    script = "".join(f"mount -t tmpfs none {folder} && " for folder in hidden if folder.is_dir())
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", f'{script} exec "$@"', "sh"]
    for words in (["--version"], ["models", "--json", "--offline"], ["--once", "--offline"], ["doctor"]):
        done = subprocess.run(
            [*command, program, *words],
            capture_output=True,
            text=True,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        assert (done.returncode, done.stderr) == (0, ""), words
        assert done.stdout != ""


def test_equal_builds_are_equal_byte_for_byte(built: dict[str, Path], tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_text(write_key(KEY.public_key().public_bytes_raw()) + "\n")
    again = build("ai-usage", TARGET, tmp_path, keys, "4.0.0")
    assert again.read_bytes() == (built["4.0.0"] / CLIENT).read_bytes()


def test_many_first_starts_at_once_unpack_one_program(built: dict[str, Path], tmp_path: Path) -> None:
    program = install(built, "4.0.0", tmp_path)
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    starts = [subprocess.Popen([program, "--version"], stdout=subprocess.PIPE, env=env) for _ in range(4)]
    assert [process.communicate()[0] for process in starts] == [b"ai-usage 4.0.0\n"] * 4
    assert len(unpacked(tmp_path)) == 1


def test_a_kill_while_it_unpacks_does_no_harm(built: dict[str, Path], tmp_path: Path) -> None:
    program = install(built, "4.0.0", tmp_path)
    for delay_s in (0.05, 0.2, 0.4):
        process = subprocess.Popen(
            [program, "--version"],
            stdout=subprocess.DEVNULL,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            start_new_session=True,
        )
        time.sleep(delay_s)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert start(program, tmp_path, "--version") == (0, "ai-usage 4.0.0\n", "")


@pytest.mark.parametrize("share", [0.01, 0.5, 0.999])
def test_a_truncated_file_says_that_it_is_damaged(
    built: dict[str, Path], tmp_path: Path, share: float
) -> None:
    program = install(built, "4.0.0", tmp_path)
    content = program.read_bytes()
    program.write_bytes(content[: int(len(content) * share)])
    code, out, err = start(program, tmp_path, "--version", TMPDIR=str(tmp_path))
    assert (code, out) == (1, "")
    assert "the file may be damaged, or the disk full" in err
    assert unpacked(tmp_path) == []


def test_a_folder_of_another_user_is_not_used(built: dict[str, Path], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder of another user")
    program = install(built, "4.0.0", tmp_path)
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    (theirs / "runtime").mkdir(parents=True)
    os.chown(theirs / "runtime", 65534, 65534)
    env = {"XDG_CACHE_HOME": str(ours), "AI_USAGE_CACHE_DIR": str(theirs)}
    assert start(program, tmp_path, "--version", **env) == (0, "ai-usage 4.0.0\n", "")
    assert list((theirs / "runtime").iterdir()) == []
    assert len(list((ours / "ai-usage/runtime").iterdir())) == 1


def test_an_older_version_that_was_not_started_for_a_day_is_removed(
    built: dict[str, Path], tmp_path: Path
) -> None:
    old = install(built, "4.0.0", tmp_path)
    start(old, tmp_path, "--version")
    (folder,) = (tmp_path / ".cache/ai-usage/runtime").iterdir()
    new = install(built, "4.0.1", tmp_path / "new")
    start(new, tmp_path, "--version")
    assert len(unpacked(tmp_path)) == 2
    (newer,) = set(unpacked(tmp_path)) - {folder.name}
    subprocess.run(["rm", "-r", folder.with_name(newer)], check=True)
    os.utime(folder, (0, 0))
    assert start(new, tmp_path, "--version") == (0, "ai-usage 4.0.1\n", "")
    assert unpacked(tmp_path) == [newer]


def test_it_updates_itself_and_refuses_what_was_not_signed(
    built: dict[str, Path], tmp_path: Path, channel: ReleaseChannel
) -> None:
    program = install(built, "4.0.0", tmp_path)
    content = (built["4.0.1"] / CLIENT).read_bytes()
    channel.release("v4.0.2", {CLIENT: content}, key=Ed25519PrivateKey.generate())
    assert start(program, tmp_path, "update", **channel.env) == (
        1,
        "",
        "ai-usage: SHA256SUMS.sig is not a valid signature by a release key of this program\n",
    )
    channel.release("v4.0.1", {CLIENT: content})
    assert start(program, tmp_path, "update", **channel.env) == (
        0,
        f"updated {program}: 4.0.0 -> 4.0.1\n",
        "",
    )
    assert start(program, tmp_path, "update", "--check", **channel.env) == (
        0,
        f"ai-usage 4.0.1 is up to date (newest release: v4.0.1)\n{program} is the file that was signed\n",
        "",
    )


def test_everything_that_the_programs_do_they_do_from_the_single_files(
    built: dict[str, Path], tmp_path: Path
) -> None:
    for program in PROGRAMS:
        install(built, "4.0.0", tmp_path, program)
    stories = ["tests/e2e/sync/test_story.py", "tests/e2e/test_reports.py", "tests/e2e/test_statusline.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *stories],
        cwd=ROOT,
        env=os.environ | {"AI_USAGE_TEST_PROGRAMS": str(tmp_path / "bin"), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
