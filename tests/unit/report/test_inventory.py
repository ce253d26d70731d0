from pathlib import Path

import pytest

from ai_usage.report.inventory import Remembered, retention_warnings, take_inventory
from ai_usage.sources.registry import SOURCES
from ai_usage.sources.retention import Retention, find_retention

CLAUDE = next(source for source in SOURCES if source.name == "claude")


@pytest.mark.parametrize(
    ("vendor", "settings", "days"),
    [
        ("claude", None, 30.0),
        ("claude", "{", 30.0),
        ("claude", "[]", 30.0),
        ("claude", '{"cleanupPeriodDays": 99}', 99.0),
        ("claude", '{"cleanupPeriodDays": 0}', 0.0),
        ("claude", '{"cleanupPeriodDays": true}', 30.0),
        ("gemini", None, None),
        ("gemini", '{"general": {"sessionRetention": {"enabled": true, "maxAge": "2w"}}}', 14.0),
        ("gemini", '{"general": {"sessionRetention": {"enabled": true, "maxAge": "12h"}}}', 0.5),
        ("gemini", '{"general": {"sessionRetention": {"enabled": false, "maxAge": "1d"}}}', None),
        ("gemini", '{"general": {"sessionRetention": {"enabled": true, "maxAge": "soon"}}}', None),
        ("gemini", '{"general": []}', None),
        ("codex", '{"cleanupPeriodDays": 1}', None),
    ],
)
def test_settings_tell_how_long_logs_stay(
    tmp_path: Path, vendor: str, settings: str | None, days: float | None
) -> None:
    if settings is not None:
        (tmp_path / "settings.json").write_text(settings)
    found = find_retention(vendor, tmp_path / "projects")
    assert (found and found.days) == days


def test_a_retention_names_the_key_to_change(tmp_path: Path) -> None:
    assert find_retention("claude", tmp_path / "projects") == Retention(
        30.0, "cleanupPeriodDays", tmp_path / "settings.json"
    )


def test_only_who_reads_less_often_than_logs_stay_is_warned(tmp_path: Path) -> None:
    (tmp_path / ".claude/projects").mkdir(parents=True)
    (tmp_path / ".claude/settings.json").write_text('{"cleanupPeriodDays": 5}')
    findings = take_inventory([CLAUDE], {"claude": CLAUDE.roots({}, tmp_path)}, Remembered())
    assert retention_warnings(findings, 4.9) == []
    (warning,) = retention_warnings(findings, 5.0)
    assert str(tmp_path / ".claude/settings.json") in warning
