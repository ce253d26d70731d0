import pytest

from ai_usage.sources.fields import EqualLines, clean_model, count, fit_key, usd
from ai_usage.usage.record import MAX_STORABLE, UsageRecord


@pytest.mark.parametrize(
    ("logged", "clean"),
    [
        pytest.param("claude-opus-4-8", "claude-opus-4-8", id="plain"),
        pytest.param(" gpt-5.5\n", "gpt-5.5", id="blanks"),
        pytest.param("anthropic/claude-sonnet-4.6", "claude-sonnet-4.6", id="provider"),
        pytest.param("openrouter/anthropic/claude-sonnet-4.6", "claude-sonnet-4.6", id="two providers"),
        pytest.param(
            "us.anthropic.claude-sonnet-4-5-v1:0",
            "us.anthropic.claude-sonnet-4-5-v1:0",
            id="Bedrock's region stays",
        ),
        pytest.param("claude-sonnet-4-5@20250929", "claude-sonnet-4-5@20250929", id="Vertex date stays"),
        pytest.param("claude-opus-4-6[1m]", "claude-opus-4-6[1m]", id="context suffix stays"),
        pytest.param("<synthetic>", "<synthetic>", id="made up by the agent"),
        pytest.param("/", "unknown", id="only a slash"),
        pytest.param("", "unknown", id="empty"),
        pytest.param(None, "unknown", id="none"),
        pytest.param("ä" * 200, "ä" * 128, id="too long, cut between characters"),
    ],
)
def test_a_models_name_loses_its_provider(logged: str | None, clean: str) -> None:
    assert clean_model(logged) == clean


@pytest.mark.parametrize(
    ("logged", "counted"),
    [(None, 0), (0, 0), (-3, 0), (7, 7), (2**53 + 1, 2**53 + 1), (2**64, MAX_STORABLE)],
)
def test_a_count_is_never_negative_and_fits_64_bits(logged: int | None, counted: int) -> None:
    assert count(logged) == counted


def test_a_key_stays_as_it_is_unless_it_is_very_long() -> None:
    keys = ["codex:" + "x" * 494, "codex:" + "x" * 495, "codex:" + "ä" * 300]
    assert [fit_key(key) == key for key in keys] == [True, False, False]
    assert max(len(fit_key(key).encode()) for key in keys) <= 500


@pytest.mark.parametrize(
    ("logged", "cost"),
    [
        (None, None),
        (-1.0, None),
        (float("inf"), None),
        (float("nan"), None),
        (0.0, 0.0),
        (0.1 + 0.2, 0.3),
    ],
)
def test_a_recorded_cost_is_a_price_or_nothing(logged: float | None, cost: float | None) -> None:
    assert usd(logged) == cost


def _line(timestamp: int, undated: int) -> UsageRecord:
    return UsageRecord("omp", "", timestamp, timestamp, timestamp, "m", output_tokens=5, undated=undated)


def test_equal_lines_are_numbered_over_readings() -> None:
    first = EqualLines(b"")
    keys = [first.identify(_line(1, 0)).dedup_key for _ in range(2)]
    keys.append(EqualLines(first.state()).identify(_line(1, 0)).dedup_key)

    assert [key.rpartition(":")[2] for key in keys] == ["1", "2", "3"]
    assert len({key.rpartition(":")[0] for key in keys}) == 1


def test_a_half_written_line_is_numbered_again_when_it_is_whole() -> None:
    equal = EqualLines(b"")
    half = equal.identify(_line(1, 0), keep=False)

    assert equal.identify(_line(1, 0)) == half


def test_the_time_of_a_file_is_not_part_of_an_identity() -> None:
    keys = {EqualLines(b"").identify(_line(time, 1)).dedup_key for time in (1, 2)}
    assert len(keys) == 1
