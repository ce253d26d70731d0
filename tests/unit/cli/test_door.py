import pytest

from ai_usage.cli.door import guarded
from ai_usage.errors import IntegrityError, LedgerError, ServerError, UsageError


def failing(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("write it so"), 2, "ai-usage: write it so\n"),
        (LedgerError("a\nb\x1b[31m"), 1, "ai-usage: a\nb\\x1b[31m\n"),
        (IntegrityError("differs"), 3, "ai-usage: differs\n"),
        (ServerError("away"), 4, "ai-usage: away\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_every_end_has_its_code_and_one_line(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(lambda: failing(error)) == code
    assert capsys.readouterr().err == said


def test_what_ran_through_keeps_its_code() -> None:
    assert (guarded(lambda: 0), guarded(lambda: 3)) == (0, 3)


def test_a_fault_of_the_program_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: 1 // 0)
