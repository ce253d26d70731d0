"""Machines with a few records each, prices, and questions about them."""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ai_usage.config.zone import Zone
from ai_usage.ledger.ledger import Ledger
from ai_usage.ledger.names import Project
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.gather import HostView
from ai_usage.report.question import Question
from ai_usage.usage.instant import from_datetime
from ai_usage.usage.record import UsageRecord, key_hashes

BERLIN = Zone("Europe/Berlin", ZoneInfo("Europe/Berlin"))
MODELS_TOML = """
[display."alpha-1"]
short = "Alpha One"

[pricing."alpha-1"]
input = 1.0
output = 10.0
cache_read = 0.1
cache_write = 2.0
cache_write_1h = 3.0

[pricing."beta-2"]
input = 4.0
output = 40.0
"""


def at(text: str) -> int:
    """An instant, in the local time of the tests where no offset is given."""
    moment = datetime.fromisoformat(text)
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=BERLIN.rules))


NOW = at("2026-11-22T12:00")


def record(key: str, time: str, **fields: Any) -> UsageRecord:
    """One request: 100 tokens of input, 50 of output, to a model with a price."""
    instant = at(time)
    plain = UsageRecord(
        "claude", key, instant, instant, instant, "alpha-1", input_tokens=100, output_tokens=50, session_id="s1",
        cwd="/home/ada/shop",
    )  # fmt: skip
    return plain._replace(**fields)


def project_of(folder: str | None) -> Project:
    """The project of a folder: its last part."""
    if folder is None:
        return Project(None, None)
    name = folder.rpartition("/")[2]
    return Project(name, (name.encode().hex() + "0" * 64)[:64])


def view(host: str, *records: UsageRecord, local: bool = True) -> HostView:
    """A machine with these records; those of another machine have neither sessions nor names of projects."""
    ledger = Ledger.in_memory()

    def known(folder: str | None) -> Project:
        project = project_of(folder)
        return project if local else Project(None, project.sha256)

    kept = [each if local else each._replace(session_id=None) for each in records]
    with ledger.writing(known) as writing:
        writing.records.write(kept, key_hashes(kept), 1)
    return HostView(host, ledger, local)


def catalog(folder: Path) -> Catalog:
    """Prices of `alpha-1` and `beta-2`."""
    path = folder / "models.toml"
    path.write_text(MODELS_TOML)
    return Catalog(path)


def question(**fields: Any) -> Question:
    """A question about everything, asked on 22 November 2026 at noon."""
    return Question(BERLIN, NOW)._replace(**fields)
