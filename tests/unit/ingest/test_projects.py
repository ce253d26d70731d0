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


def test_a_repository_is_one_project_through_any_symbolic_link(repository: Path) -> None:
    git("worktree", "add", "-q", "side", folder=repository)
    to_it, above_it = repository.parent / "link", repository.parent.parent / f"{repository.parent.name}-link"
    to_it.symlink_to(repository)
    above_it.symlink_to(repository.parent)
    for folder in (to_it, to_it / "side", above_it / "checkout", above_it / "checkout" / "side"):
        assert Projects().of(str(folder)) == Project("checkout", hashed(str(repository)))


@pytest.mark.parametrize(
    ("folder", "label"),
    [("/gone/for/good", "good"), ("/gone/for/good/", "good"), ("C:\\Users\\u\\app", "app"), ("/", "/")],
)
def test_a_folder_without_a_repository_is_its_own_project(folder: str, label: str) -> None:
    assert Projects().of(folder).label == label


@pytest.mark.parametrize("folder", [None, "", "  ", "a\0b"])
def test_without_a_folder_there_is_no_project(folder: str | None) -> None:
    assert Projects().of(folder) == Project(None, None)


WINDOWS = "C:\\Users\\u\\app"


@pytest.mark.parametrize(
    ("spellings", "identity"),
    [
        (
            [
                WINDOWS,
                "c:\\Users\\u\\app",
                "C:\\Users\\u\\app\\",
                "c:/Users/u/app/",
                "C:\\\\Users\\u\\.\\app",
                "\\\\?\\c:\\Users\\u\\app",
                "/mnt/c/Users/u/app",
                "/mnt/C/Users/u/app/",
                "/cygdrive/c/Users/u/app",
            ],
            WINDOWS,
        ),
        (["/w/app", "/w/app/", "/w//app", "/w/./app", "//wsl$/Ubuntu/w/app"], "/w/app"),
        (["\\\\wsl.localhost\\Ubuntu\\home\\u\\app", "\\\\wsl$\\Ubuntu\\home\\u\\app\\"], "/home/u/app"),
        (
            [
                "\\\\Server\\Team\\App",
                "\\\\SERVER\\team\\App\\",
                "//server/team/App",
                "\\\\?\\UNC\\server\\team\\App",
            ],
            "\\\\server\\team\\App",
        ),
    ],
)
def test_a_folder_is_one_project_however_it_is_spelled(spellings: list[str], identity: str) -> None:
    label = identity.replace("\\", "/").rpartition("/")[2]
    for spelling in spellings:
        assert Projects().of(spelling) == Project(label, hashed(identity)), spelling


@pytest.mark.parametrize(
    "folder", ["/w/App", "C:\\users\\u\\app", "/mnt/cd/Users/u/app", "w:app", "\\\\server"]
)
def test_other_folders_are_other_projects(folder: str) -> None:
    assert Projects().of(folder).sha256 not in (hashed("/w/app"), hashed(WINDOWS))


@pytest.mark.parametrize(
    ("folder", "repository"),
    [
        ("/w/app/.claude/worktrees/calm-otter-a1b2c3", "/w/app"),
        ("/w/app/.claude/worktrees/calm-otter-a1b2c3/src/deep", "/w/app"),
        ("/w/app/.claude/worktrees/one/.claude/worktrees/two", "/w/app"),
        ("/home/u/.claude/worktrees/one", "/home/u"),
        ("c:\\w\\app\\.claude\\worktrees\\one\\", "C:\\w\\app"),
        ("/w/app/.gemini/worktrees/one", "/w/app"),
        ("/w/app/.kilocode/worktrees/one", "/w/app"),
        ("/w/app/.codex/worktrees/one", "/w/app"),
        ("/w/app/.worktrees/one", "/w/app"),
        ("/w/app/.claude/worktrees", "/w/app/.claude/worktrees"),
        ("/w/app/.claude/skills/one", "/w/app/.claude/skills/one"),
        ("/w/worktrees/one", "/w/worktrees/one"),
        ("/Users/u/.cursor/worktrees/app/hvm/src", "/Users/u/.cursor/worktrees/app"),
        ("/Users/u/.codex/worktrees/73e1/app", "/Users/u/.codex/worktrees/73e1/app"),
    ],
)
def test_a_work_tree_that_is_gone_belongs_to_the_repository_that_its_path_names(
    folder: str, repository: str
) -> None:
    assert Projects().of(folder) == Project(
        repository.replace("\\", "/").rpartition("/")[2], hashed(repository)
    )


def test_a_work_tree_of_claude_belongs_to_its_repository_before_and_after_it_is_gone(
    repository: Path,
) -> None:
    folder = repository / ".claude" / "worktrees" / "calm-otter"
    git("worktree", "add", "-q", str(folder), folder=repository)
    before = Projects().of(str(folder))
    git("worktree", "remove", "--force", str(folder), folder=repository)
    assert Projects().of(str(folder)) == before == Projects().of(str(repository))
