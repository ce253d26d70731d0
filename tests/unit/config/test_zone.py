from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import pytest

from ai_usage.config.zone import Zone, find_zone, tell_wrong_zone
from ai_usage.errors import UsageError


def test_the_zone_asked_for_wins() -> None:
    env = {"TZ": "Asia/Tokyo"}
    assert find_zone("Europe/Berlin", env) == Zone("Europe/Berlin", ZoneInfo("Europe/Berlin"))
    assert find_zone(None, env) == Zone("Asia/Tokyo", ZoneInfo("Asia/Tokyo"))
    assert find_zone(None, {"TZ": ":Asia/Tokyo"}).name == "Asia/Tokyo"


@pytest.mark.parametrize(
    "name", ["Mars/Base", "", "Europe", "../../etc/passwd", "/etc/localtime", "a\0b", "CEST", "GMT+2", "PST"]
)
def test_a_zone_that_does_not_exist_is_an_error(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        find_zone(name, {})
    assert str(raised.value) == (
        f"--tz: {name!r} is not an IANA time zone; write for example Europe/Berlin or UTC"
    )


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Tokio", "Asia/Tokyo"),
        ("utc", "UTC"),
    ],
)
def test_a_misspelled_zone_is_answered_with_the_nearest(name: str, zone: str) -> None:
    with pytest.raises(UsageError, match=f"; did you mean {zone}\\?$"):
        find_zone(name, {})


def test_the_link_of_the_system_names_the_zone(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/America/St_Johns")
    assert find_zone(None, {"TZ": ""}, link).name == "America/St_Johns"


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


@pytest.mark.parametrize(
    ("rules", "name"),
    [
        pytest.param("CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlin", id="hours"),
        pytest.param("EST5EDT,M3.2.0,M11.1.0", "America/New_York", id="west"),
        pytest.param("NZST-12NZDT,M9.5.0,M4.1.0/3", "Pacific/Auckland", id="south"),
        pytest.param("IST-2IDT,M3.4.4/26,M10.5.0", "Asia/Jerusalem", id="the day after"),
        pytest.param("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "America/Nuuk", id="the day before"),
        pytest.param("<+0545>-5:45", "Asia/Kathmandu", id="no summer time"),
    ],
)
def test_rules_instead_of_a_name_are_kept(rules: str, name: str) -> None:
    zone, named = find_zone(None, {"TZ": rules}), ZoneInfo(name)
    instants = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours) for hours in range(2 * 365 * 24)]
    assert zone.name == rules
    assert [at.astimezone(zone.rules).isoformat() for at in instants] == [
        at.astimezone(named).isoformat() for at in instants
    ]


def test_a_path_instead_of_a_name_is_read(tmp_path: Path) -> None:
    rules = next(file for folder in TZPATH if (file := Path(folder) / "Asia/Kathmandu").exists())
    zone = find_zone(None, {"TZ": f":{rules}"}, tmp_path / "localtime")
    assert (zone.name, datetime(2026, 1, 1, tzinfo=zone.rules).isoformat()[-6:]) == ("local", "+05:45")


@pytest.mark.parametrize(
    "wrong",
    [
        "Mars/Base",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,J60,J300",
        "CET-1CEST,M13.5.0,M10.5.0",
        "/etc/passwd",
    ],
)
def test_a_variable_that_is_not_a_zone_is_told(wrong: str, tmp_path: Path) -> None:
    zone = find_zone(None, {"TZ": wrong}, tmp_path / "localtime")
    assert zone == Zone("UTC", UTC, instead_of=wrong)
    assert tell_wrong_zone(zone) == (
        f"TZ is {wrong!r}, which is not a time zone; days are those of UTC. Set for example TZ=Europe/Berlin."
    )
    assert tell_wrong_zone(find_zone("Asia/Tokyo", {"TZ": wrong})) is None
