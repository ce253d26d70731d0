"""Which agents and machines `--vendor` and `--host` take before anything is read."""

from pathlib import Path

import pytest

from ai_usage.cli.asked import NOTHING_ASKED
from ai_usage.cli.context import Context
from ai_usage.cli.names import check_names
from ai_usage.errors import UsageError
from ai_usage.ledger.peer_file import PeerFile


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("HOME", str(tmp_path))
    context = Context({"AI_USAGE_SECRETS": str(tmp_path / "none.yaml")})
    PeerFile.take(context.paths.remote / "laptop.bin").close()
    return context


def test_names_are_known_before_there_is_a_ledger(context: Context) -> None:
    check_names(NOTHING_ASKED._replace(host=("laptop", context.machine), vendor=("claude",)), context)
    assert not context.paths.ledger.exists()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (NOTHING_ASKED._replace(host=("laptob",)), "did you mean laptop"),
        (
            NOTHING_ASKED._replace(vendor=("claude", "cladue")),
            "'cladue' is not known; .*; did you mean claude",
        ),
    ],
)
def test_an_unknown_name_is_refused(context: Context, asked: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_names(asked, context)  # type: ignore[arg-type]
