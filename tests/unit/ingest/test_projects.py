import hashlib
import subprocess
from pathlib import Path

import pytest

from ai_usage.ingest.projects import Projects
from ai_usage.ledger.names import Project


def git(*words: str, folder: Path) -> None:
    identity = ["-c", "user.name=u", "-c", "user.email=u@example.com"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def hashed(identity: str) -> str:
    return hashlib.sha256(b"ai-usage-project-v1\n" + identity.encode()).hexdigest()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git("init", "-q", folder=folder)
    git("commit", "-q", "--allow-empty", "-m", "first", folder=folder)
    return folder


@pytest.mark.parametrize(
    "remote",
    [
        "git@Example.com:Team/App.git",
        "https://user:secret@example.com/team/app.git",
        "ssh://git@example.com:2222/team/app",
        "https://example.com/Team/app/",
    ],
)
def test_a_repository_is_one_project_however_its_remote_is_spelled(repository: Path, remote: str) -> None:
    git("remote", "add", "origin", remote, folder=repository)
    (repository / "src" / "deep").mkdir(parents=True)
    expected = Project("app", hashed("example.com/team/app"))
    assert Projects().of(str(repository)) == expected
    assert Projects().of(str(repository / "src" / "deep")) == expected


def test_a_work_tree_belongs_to_its_main_repository(repository: Path) -> None:
    git("worktree", "add", "-q", str(repository.parent / "side"), folder=repository)
    assert Projects().of(str(repository.parent / "side")) == Projects().of(str(repository))
    assert Projects().of(str(repository)) == Project("checkout", hashed(str(repository)))


@pytest.mark.parametrize(
    ("folder", "label"),
    [("/gone/for/good", "good"), ("/gone/for/good/", "good"), ("C:\\Users\\u\\app", "app"), ("/", "/")],
)
def test_a_folder_without_a_repository_is_its_own_project(folder: str, label: str) -> None:
    assert Projects().of(folder).label == label


@pytest.mark.parametrize("folder", [None, "", "  ", "a\0b"])
def test_no_folder_is_no_project(folder: str | None) -> None:
    assert Projects().of(folder) == Project(None, None)
