"""`ai-usage update` as a person runs it, from a single file."""

import os
import subprocess
import sys
from dataclasses import dataclass
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

    def publish(self, version: str) -> None:
        keys = [self.channel.public_key]
        self.channel.release(f"v{version}", {ASSET: real_program(self.home, "ai-usage", version, keys)})

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
        "ai-usage 4.0.1 is there; this is 4.0.0\ninstall it with: ai-usage update\n",
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
    assert (code, out.splitlines()[0]) == (0, "ai-usage 4.0.1 is there; this is 4.0.0")
    assert person.channel.asked == ["/repos/owner/ai-usage/releases/latest"]


def test_settings_that_lead_elsewhere_than_https_are_refused(person: Person) -> None:
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
