"""A release folder out of stand-ins, as the workflow makes it from real programs."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ai_usage.update.keys import read_keys
from ai_usage.update.target import PROGRAMS, TARGETS
from scripts.make_release import main, read_private_key
from scripts.make_release_key import REPOSITORY, make_key
from scripts.make_sbom import make_sbom
from tests.release_channel import ROOT, legacy_names

LEGACY = " ".join(f"{old}={new}" for old, new in legacy_names().items())
INSTALLER = "#!/bin/sh\nRELEASE_KEYS=''\n"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    folder.mkdir()
    for program in PROGRAMS:
        for target in TARGETS:
            (folder / f"{program}-{target}").write_text(f"{program} for {target}")
    (folder / "ai_usage-4.0.1-py3-none-any.whl").write_text("wheel")
    (folder / "install.sh").write_text(INSTALLER)
    return folder


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "release.pem"
    return path, make_key(path)


def make(built: Path, key: Path, release: Path) -> int:
    return main(
        ["--legacy", LEGACY, "make", "--version", "4.0.1", "--key", str(key), str(built), str(release)]
    )


def test_a_release_names_signs_and_doubles_every_program(
    built: Path, key: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = tmp_path / "release"
    assert make(built, key[0], release) == 0
    assert capsys.readouterr().out == f"{release}: 4.0.1, 24 files, complete and signed\n"
    names = {path.name for path in release.iterdir()}
    today = {f"{program}-{target}" for program in PROGRAMS for target in TARGETS}
    older = {name.replace("ai-usage", "vibe-usage") for name in today}
    others = {"ai_usage-4.0.1-py3-none-any.whl", "install.sh", "SHA256SUMS", "SHA256SUMS.sig"}
    assert names == today | older | others
    for name in today:
        old = release / name.replace("ai-usage", "vibe-usage")
        assert old.read_bytes() == (release / name).read_bytes()
        assert old.stat().st_mode & 0o777 == 0o755
    assert (release / "install.sh").read_text() == f"#!/bin/sh\nRELEASE_KEYS='{key[1]}'\n"
    checked = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=release)
    assert checked.returncode == 0


def test_the_signature_is_one_that_openssl_verifies(
    built: Path, key: tuple[Path, str], tmp_path: Path
) -> None:
    release = tmp_path / "release"
    make(built, key[0], release)
    public = tmp_path / "public.pem"
    public.write_text(f"-----BEGIN PUBLIC KEY-----\n{key[1]}\n-----END PUBLIC KEY-----\n")
    command = f"openssl pkeyutl -verify -pubin -inkey {public} -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
    subprocess.run(command.split(), cwd=release, check=True, capture_output=True)


def spoil_name(release: Path) -> None:
    (release / "stray").write_text("stray")


def spoil_bytes(release: Path) -> None:
    (release / "install.sh").write_text("other")


def spoil_legacy(release: Path) -> None:
    (release / "vibe-usage-x86_64-linux-musl").write_text("other")


def spoil_missing(release: Path) -> None:
    (release / "ai-usage-x86_64-linux-gnu").unlink()


def spoil_signature(release: Path) -> None:
    (release / "SHA256SUMS.sig").write_bytes(bytes(64))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_name, "SHA256SUMS and the folder differ in stray"),
        (spoil_missing, "SHA256SUMS and the folder differ in ai-usage-x86_64-linux-gnu"),
        (spoil_bytes, "install.sh does not match its signed sum"),
        (spoil_legacy, "vibe-usage-x86_64-linux-musl does not match its signed sum"),
        (spoil_signature, "SHA256SUMS.sig is not a valid signature"),
    ],
)
def test_a_spoiled_release_is_found(
    built: Path,
    key: tuple[Path, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    reason: str,
) -> None:
    release, keys = tmp_path / "release", tmp_path / "keys.txt"
    keys.write_text(key[1])
    make(built, key[0], release)
    assert main(["--legacy", LEGACY, "verify", "--keys", str(keys), str(release)]) == 0
    spoil(release)
    assert main(["--legacy", LEGACY, "verify", "--keys", str(keys), str(release)]) == 1
    assert reason in capsys.readouterr().err


def test_a_release_without_one_of_the_targets_is_not_complete(
    built: Path, key: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (built / "ai-usage-server-aarch64-linux-musl").unlink()
    assert make(built, key[0], tmp_path / "release") == 1
    assert capsys.readouterr().err == "make_release: ai-usage-server-aarch64-linux-musl is missing\n"


def test_a_private_key_is_never_written_into_the_repository(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside the repository"):
        make_key(REPOSITORY / "docs" / "key.pem")
    assert not (REPOSITORY / "docs" / "key.pem").exists()
    path = tmp_path / "key.pem"
    line = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_keys(line) == (read_private_key(path).public_key().public_bytes_raw(),)
    with pytest.raises(FileExistsError):
        make_key(path)


def test_the_bill_of_materials_names_every_pin_once() -> None:
    text = (
        "anyio==4.14.1 \\\n    --hash=sha256:" + "a" * 64 + " \\\n    --hash=sha256:" + "b" * 64 + "\n"
        "backports-zstd==1.7.0 ; python_full_version < '3.14' \\\n    --hash=sha256:" + "c" * 64 + "\n"
    )
    sbom = make_sbom("4.0.1", [text, text])
    assert [component["purl"] for component in sbom["components"]] == [
        "pkg:pypi/anyio@4.14.1",
        "pkg:pypi/backports-zstd@1.7.0",
    ]
    assert sbom["components"][0]["externalReferences"][0]["hashes"] == [
        {"alg": "SHA-256", "content": "a" * 64},
        {"alg": "SHA-256", "content": "b" * 64},
    ]
    assert sbom["components"][1]["properties"] == [
        {"name": "ai-usage:marker", "value": "python_full_version < '3.14'"}
    ]
    assert json.loads(json.dumps(sbom)) == sbom


def test_sums_are_of_the_bytes_that_are_published(built: Path, key: tuple[Path, str], tmp_path: Path) -> None:
    release = tmp_path / "release"
    make(built, key[0], release)
    line = f"{hashlib.sha256((release / 'install.sh').read_bytes()).hexdigest()}  install.sh"
    assert line in (release / "SHA256SUMS").read_text().splitlines()


def test_the_notes_of_a_release_are_its_section_of_the_changelog(tmp_path: Path) -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    steps = {step.get("name"): step.get("run") for job in ("test", "release") for step in jobs[job]["steps"]}
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (tmp_path / "CHANGELOG.md").write_text((ROOT / "CHANGELOG.md").read_text())
    for version in ("4.0.0", "4.0.1"):
        (tmp_path / "changelog.d/new.feature.md").write_text(f"What is new in {version}.\n")
        towncrier = [sys.executable, "-m", "towncrier", "build", "--yes", "--version", version]
        subprocess.run([*towncrier, "--dir", tmp_path], check=True, capture_output=True)

    def run(step: str, tag: str) -> int:
        env = {"PATH": os.environ["PATH"], "GITHUB_REF_NAME": tag}
        return subprocess.run(["bash", "-e", "-c", steps[step]], cwd=tmp_path, env=env).returncode

    for version in ("4.0.0", "4.0.1"):
        assert run("The changelog tells of it", f"v{version}") == run("Release notes", f"v{version}") == 0
        notes = (tmp_path / "notes.md").read_text()
        assert notes.strip() == f"### Features\n\n- What is new in {version}."
    assert run("The changelog tells of it", "v4.0.2") == run("Release notes", "v4.0.2") == 1
