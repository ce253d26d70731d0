from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import pytest

from ai_usage.config.zone import Zone, find_zone
from ai_usage.errors import UsageError


def test_the_zone_asked_for_wins() -> None:
    env = {"TZ": "Asia/Tokyo"}
    assert find_zone("Europe/Berlin", env) == Zone("Europe/Berlin", ZoneInfo("Europe/Berlin"))
    assert find_zone(None, env) == Zone("Asia/Tokyo", ZoneInfo("Asia/Tokyo"))
    assert find_zone(None, {"TZ": ":Asia/Tokyo"}).name == "Asia/Tokyo"


@pytest.mark.parametrize(
    "name", ["Mars/Base", "", "Europe", "../../etc/passwd", "/etc/localtime", "a\0b", "CEST"]
)
def test_a_zone_that_does_not_exist_is_an_error(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        find_zone(name, {})
    assert str(raised.value) == (
        f"--tz: {name!r} is not an IANA time zone; write for example Europe/Berlin or UTC"
    )


def test_the_link_of_the_system_names_the_zone(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/America/St_Johns")
    assert find_zone(None, {"TZ": "EST5EDT,M3.2.0,M11.1.0"}, link).name == "America/St_Johns"


def test_a_file_instead_of_the_link_takes_its_name_from_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "localtime").write_bytes(b"")
    (tmp_path / "timezone").write_text("Asia/Kathmandu\n")
    assert find_zone(None, {}, tmp_path / "localtime").name == "Asia/Kathmandu"


def test_rules_without_a_name_are_called_local(tmp_path: Path) -> None:
    rules = next(file for folder in TZPATH if (file := Path(folder) / "Asia/Kathmandu").exists())
    (tmp_path / "localtime").write_bytes(rules.read_bytes())
    zone = find_zone(None, {}, tmp_path / "localtime")
    assert zone.name == "local"
    assert datetime(2026, 1, 1, tzinfo=zone.rules).isoformat() == "2026-01-01T00:00:00+05:45"


def test_a_machine_that_knows_no_zone_is_in_utc(tmp_path: Path) -> None:
    assert find_zone(None, {}, tmp_path / "localtime") == Zone("UTC", UTC)
