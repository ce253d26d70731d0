"""The totals of a corpus, known because every request was made by us and noted when it was written."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from bench.agent_logs.request import DAY_MS, Request, day_of

KINDS = (
    "requests",
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)
Key = tuple[str, str, str]
"""Vendor, model, UTC day."""
Sums = dict[tuple[str, ...], list[int]]
"""Counts in the order of `KINDS`, by some of vendor, model and day."""


class Truth:
    """Sums by vendor, model and UTC day, in the order of `KINDS`."""

    def __init__(self) -> None:
        self._sums: defaultdict[tuple[str, str, int], list[int]] = defaultdict(lambda: [0] * len(KINDS))
        self.requests = 0

    def add(self, vendor: str, request: Request) -> None:
        """Note a billed request, once, however many copies of it are written."""
        self.requests += 1
        row = self._sums[vendor, request.model, request.at // DAY_MS]
        row[0] += 1
        row[1] += request.input
        row[2] += request.cache_read
        row[3] += request.write_5m
        row[4] += request.write_1h
        row[5] += request.output
        row[6] += request.reasoning

    def rows(self) -> list[list[Any]]:
        """Return `[vendor, model, date, *KINDS]`, sorted."""
        return sorted([v, m, day_of(d), *sums] for (v, m, d), sums in self._sums.items())


def save(path: Path, truth: Truth, facts: dict[str, int]) -> None:
    """Write the totals beside a corpus, with facts about its files."""
    path.write_text(json.dumps({"facts": facts, "kinds": KINDS, "rows": truth.rows()}))


def load(path: Path) -> tuple[dict[str, int], dict[Key, list[int]]]:
    """Read the facts and the totals of a corpus."""
    document = json.loads(path.read_text())
    return document["facts"], {(row[0], row[1], row[2]): row[3:] for row in document["rows"]}


def grouped(totals: dict[Key, list[int]], *places: int) -> Sums:
    """Sum totals by some places of the key: 0 vendor, 1 model, 2 day."""
    out: Sums = {}
    for key, counts in totals.items():
        short = tuple(key[place] for place in places)
        out[short] = [a + b for a, b in zip(out.get(short, [0] * len(KINDS)), counts, strict=True)]
    return out


def differences(said: Sums, right: Sums) -> list[str]:
    """Name each key whose counts are not what they should be, with the kinds that are wrong."""
    found = []
    nothing = [0] * len(KINDS)
    for key in sorted(said.keys() | right.keys()):
        counts = zip(KINDS, said.get(key, nothing), right.get(key, nothing), strict=True)
        wrong = [f"{kind} {ours or 0:,} for {true:,}" for kind, ours, true in counts if (ours or 0) != true]
        if wrong:
            found.append(f"{' '.join(key)}: {', '.join(wrong)}")
    return found
