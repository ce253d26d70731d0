"""`ai-usage update` as a person runs it, from a single file."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.release_channel import ReleaseChannel

from .conftest import TARGET, real_program

ASSET = f"ai-usage-{TARGET}"


@dataclass
class Person:
    """Someone who has ai-usage 4.0.0 in one file."""

    home: Path
    channel: ReleaseChannel

    @property
    def program(self) -> Path:
        return self.home / "bin/ai-usage"

    def publish(self, version: str, signed_at: datetime = datetime(2026, 12, 1, 10, tzinfo=UTC)) -> None:
        program = real_program(self.home, "ai-usage", version, [self.channel.public_key])
        self.channel.release(f"v{version}", {ASSET: program}, signed_at=signed_at)

    def run(self, *words: str, **env: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [self.program, *words],
            capture_output=True,
            text=True,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], **self.channel.env, **env},
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def person(tmp_path: Path, channel: ReleaseChannel) -> Person:
    person = Person(tmp_path / "home", channel)
    person.program.parent.mkdir(parents=True)
    person.program.write_bytes(real_program(person.home, "ai-usage", "4.0.0", [channel.public_key]))
    person.program.chmod(0o755)
    return person


def test_an_update_is_announced_installed_and_then_the_newest(person: Person) -> None:
    person.publish("4.0.1")
    assert person.run("update", "--check") == (
        0,
        "ai-usage 4.0.1 is available; this is 4.0.0\ninstall it with: ai-usage update\n",
        "",
    )
    assert person.run("update") == (0, f"updated {person.program}: 4.0.0 -> 4.0.1\n", "")
    assert person.run("--version") == (0, "ai-usage 4.0.1\n", "")
    assert person.run("update") == (
        0,
        "ai-usage 4.0.1 is up to date (newest release: v4.0.1)\n"
        f"{person.program} is the file that was signed\n",
        "",
    )


def test_a_damaged_program_is_found_by_its_own_check(person: Person) -> None:
    person.publish("4.0.1")
    person.run("update")
    with person.program.open("ab") as file:
        file.write(b"# damaged\n")
    code, out, err = person.run("update", "--check")
    assert (code, out) == (1, "ai-usage 4.0.1 is up to date (newest release: v4.0.1)\n")
    assert err == (
        f"ai-usage: {person.program} does not match its signed sum: it is damaged, or not the file that was signed\n"
    )


def test_what_an_update_left_that_was_killed_is_removed(person: Person) -> None:
    person.publish("4.0.1")
    assert person.run("update")[0] == 0
    kept = person.program.with_name("ai-usage.old")
    kept.write_text("left over")
    assert person.run("update")[0] == 0
    assert not kept.exists()


def test_a_channel_that_goes_back_to_an_older_release_is_told(person: Person) -> None:
    person.publish("4.0.1")
    person.publish("4.0.2")
    assert person.run("update", "--check")[0] == 0
    assert (person.home / ".local/share/ai-usage/update-seen.json").stat().st_mode & 0o777 == 0o600
    person.channel.publish("v4.0.1")
    told = (
        "the release channel shows v4.0.1 as the newest release, but 4.0.2, signed on 2026-12-01, was seen here "
        "before; it may hide newer releases, so nothing was installed; if that release was withdrawn, wait for the "
        "next one\n"
    )
    for words in (["update"], ["update", "--check"]):
        assert person.run(*words) == (0, told, "")
    assert person.run("--version") == (0, "ai-usage 4.0.0\n", "")
    person.publish("4.0.3")
    assert person.run("update") == (0, f"updated {person.program}: 4.0.0 -> 4.0.3\n", "")


def test_a_list_that_was_signed_earlier_than_one_that_was_seen_is_refused(person: Person) -> None:
    person.publish("4.0.1")
    assert person.run("update", "--check")[0] == 0
    shutil.rmtree(person.channel.folder / "releases")
    shutil.rmtree(person.channel.folder / "built-v4.0.1")
    shutil.rmtree(person.home / "ai-usage-4.0.1")
    person.publish("4.0.1", signed_at=datetime(2026, 11, 30, 10, tzinfo=UTC))
    assert person.run("update") == (
        1,
        "",
        "ai-usage: the signed list of 4.0.1 is of 2026-11-30T10:00:00Z, but one of 2026-12-01T10:00:00Z was seen "
        "before; the channel shows an old state, and nothing was installed\n",
    )


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"version": 4}', b'{"version": "4.0.9"}', b"[" * 100_000]
)
def test_a_damaged_memory_of_releases_does_not_stop_an_update(person: Person, damage: bytes) -> None:
    seen = person.home / ".local/share/ai-usage/update-seen.json"
    seen.parent.mkdir(parents=True)
    seen.write_bytes(damage)
    person.publish("4.0.1")
    assert person.run("update") == (0, f"updated {person.program}: 4.0.0 -> 4.0.1\n", "")


def test_a_link_is_followed_to_the_program(person: Person) -> None:
    link = person.home / "link"
    link.symlink_to(person.program)
    person.publish("4.0.1")
    done = subprocess.run(
        [link, "update"], capture_output=True, text=True, env={"HOME": str(person.home), **person.channel.env}
    )
    assert (done.returncode, done.stdout) == (0, f"updated {person.program}: 4.0.0 -> 4.0.1\n")
    assert link.is_symlink()


def test_the_settings_name_the_release_api(person: Person) -> None:
    person.publish("4.0.1")
    settings = person.home / ".config/ai-usage/config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[update]\napi_url = "{person.channel.url}"\nrepository = "owner/ai-usage"\n')
    code, out, _ = person.run("update", "--check", AI_USAGE_RELEASE_API="")
    assert (code, out.splitlines()[0]) == (0, "ai-usage 4.0.1 is available; this is 4.0.0")
    assert person.channel.asked[0] == "/repos/owner/ai-usage/releases/latest"


def test_settings_with_an_address_other_than_https_are_refused(person: Person) -> None:
    assert person.run("update", AI_USAGE_RELEASE_API="http://git.example") == (
        2,
        "",
        "ai-usage: updates come over https:// only, not from http://git.example\n",
    )


def test_a_tag_with_control_characters_is_shown_harmless(person: Person) -> None:
    person.publish("4.0.1")
    person.channel.newest["tag_name"] = "v4\x1b[31m"
    code, out, err = person.run("update", "--check")
    assert (code, out, err) == (
        0,
        "ai-usage 4.0.0 is up to date (newest release: v4\\x1b[31m)\n",
        "",
    )


def test_without_a_release_key_a_newer_release_is_told_but_not_installed(
    person: Person, tmp_path: Path
) -> None:
    person.program.write_bytes(real_program(tmp_path, "ai-usage", "4.0.0", []))
    person.publish("4.0.1")
    assert person.run("update", "--check")[0] == 0
    assert person.run("update") == (
        1,
        "",
        "ai-usage: this build of ai-usage carries no release key, so it cannot tell which release is genuine "
        "and installs nothing\n",
    )


def test_a_program_of_a_package_manager_is_never_overwritten(channel: ReleaseChannel) -> None:
    script = Path(sys.executable).with_name("ai-usage")
    before = script.read_bytes()
    done = subprocess.run(
        [script, "update"], capture_output=True, text=True, env=os.environ | dict(channel.env)
    )
    root = Path(__file__).parents[3]
    assert (done.returncode, done.stdout) == (
        0,
        f"ai-usage 4.0.0 comes from a checkout of its source; to upgrade it, run:\ngit -C {root} pull\n",
    )
    assert (script.read_bytes(), channel.asked) == (before, [])


def test_a_channel_that_does_not_answer_is_told_in_one_line(person: Person) -> None:
    code, out, err = person.run("update", AI_USAGE_RELEASE_API="https://localhost:1")
    assert (code, out) == (1, "")
    assert err.startswith(
        "ai-usage: cannot reach https://localhost:1/repos/SihaoLiu/ai-usage/releases/latest: "
    )
    assert err.count("\n") == 1
