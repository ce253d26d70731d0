"""Finished reports of invented figures, so that what is drawn depends on nothing else."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ai_usage.config.zone import Zone
from ai_usage.report.document import Report, Row
from ai_usage.report.overview import Overview, Point
from ai_usage.report.question import Question
from ai_usage.usage.bucket import Bucket, Unit
from ai_usage.usage.instant import DAY
from ai_usage.usage.total import Total
from ai_usage.usage.window import Window, start_of_day

UTC = Zone("UTC", ZoneInfo("UTC"))
FIRST = date(2026, 11, 9)
START = start_of_day(FIRST, UTC.rules)
DAYS = 14
QUESTION = Question(UTC, START + DAYS * DAY - DAY // 2, Window(START, START + DAYS * DAY))
USD = 10**12
OWNERS = {name: name for name in ("claude", "codex", "gemini")}

_ROWS = (
    ("claude", "claude-opus-4-8", "Opus 4.8", 1_426, 2_900, 23_400_000, 1_500_000, 367_000, 3_097),
    ("codex", "gpt-5.6-sol", "GPT-5.6 Sol", 439, 467_123, 6_700_000, 0, 102_000, 877),
    ("claude", "claude-sonnet-4-6", "Sonnet 4.6", 204, 1_400, 12_500_000, 719_000, 180_000, 412),
    ("gemini", "gemini-3-pro-preview", "Gemini 3 Pro Preview", 12, 38_000, 630_000, 0, 8_650, 31),
    ("kimi", "=evil[red]\x1b[31m", "=evil[red]\x1b[31m", 3, 999, 0, 0, 1_000, None),
)


def total(requests: int, inputs: int, read: int, written: int, output: int, cents: int | None) -> Total:
    """Figures; without cents they have no price."""
    tokens = inputs + read + written + output
    return Total(
        requests, inputs, read, written - written // 3, written // 3, output, output // 4,
        0 if cents is None else cents * USD // 100,
        0 if cents is None else requests,
        tokens if cents is None else 0,
    )  # fmt: skip


def models() -> Report:
    """A report by model, one of them without a price and with a name that means harm."""
    rows = tuple(Row((vendor, model), total(*figures), label) for vendor, model, label, *figures in _ROWS)
    note = "1,999 tokens have no known price and are left out of the costs: =evil[red]\x1b[31m."
    return Report("models", QUESTION, rows, _sum(rows), (note,), ("=evil[red]\x1b[31m",))


def daily() -> Report:
    """A report by day."""
    rows = tuple(
        Row((point.bucket.name,), point.total, point.bucket.name)
        for point in _points()
        if point.total.requests
    )
    return Report("daily", QUESTION, rows, _sum(rows), ())


def sessions() -> Report:
    """A report by session, of two machines."""
    rows = (
        Row(
            ("claude", "laptop", "0f8fad5b-d9cb-469f-a165-70867728950e", "shop", "2026-11-22T08:00:00+00:00",
             "2026-11-22T09:30:00+00:00"),
            total(120, 900, 4_000_000, 30_000, 50_000, 211), "0f8fad5b-d9cb-469f-a165-70867728950e",
        ),
        Row(
            ("codex", "desktop", None, None, "2026-11-10T08:00:00+00:00", "2026-11-21T09:30:00+00:00"),
            total(99, 9_000, 40_000, 0, 5_000, 20), "desktop: all sessions",
        ),
    )  # fmt: skip
    return Report("sessions", QUESTION, rows, _sum(rows), ())


def overview() -> Overview:
    """Two weeks of three vendors."""
    return Overview(models(), Unit.DAY, _points(), ("claude", "codex", "gemini"), OWNERS, DAYS)


def _points() -> tuple[Point, ...]:
    points = []
    for index in range(DAYS):
        start = START + index * DAY
        shares = (("claude", index * 37 % 23), ("codex", index * 11 % 7 - 2), ("gemini", index % 5 - 3))
        parts = tuple(
            (vendor, total(amount, amount * 10, amount * 30_000, amount * 900, amount * 700, amount * 31))
            for vendor, amount in shares
            if amount > 0
        )
        whole = Total()
        for _, part in parts:
            whole = whole.plus(part)
        name = (FIRST + timedelta(days=index)).isoformat()
        points.append(Point(Bucket(name, start, start + DAY), whole, parts))
    return tuple(points)


def _sum(rows: tuple[Row, ...]) -> Total:
    whole = Total()
    for row in rows:
        whole = whole.plus(row.total)
    return whole
