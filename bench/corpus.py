"""Homes full of agent logs, made from a seed, cached, with their totals beside them."""

import hashlib
import math
import os
import random
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import NormalDist

from bench.agent_logs.request import DAY_MS
from bench.authors import AUTHORS, Desk, Quota
from bench.text import Text
from bench.truth import Truth, save
from bench.work import session_start

MIB = 1 << 20
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "bench"
FORMAT = 1
"""Raised when the same shape would be written differently."""

MEDIAN_BYTES, P99_BYTES, LARGEST_BYTES = 105_000, 5_400_000, 87_000_000
"""Sizes of 3,142 transcripts that a person reported; a log-normal goes through the first two."""
SIGMA = math.log(P99_BYTES / MEDIAN_BYTES) / NormalDist().inv_cdf(0.99)

COPY_FILES, COPY_BYTES = 0.09, 0.025
"""What sub-agents, archives and twins add to the files and bytes that are planned."""

SHARED = (
    ("claude", 60),
    ("codex", 30),
    ("gemini", 4),
    ("kimi", 2),
    ("kimi-code", 1),
    ("omp", 2),
    ("pi", 1),
)
"""How much of the bytes each agent has."""


@dataclass(frozen=True)
class Shape:
    """Everything that a corpus depends on."""

    name: str
    size: int = 0
    """Bytes; 0: as many as the requests take."""
    requests: int = 0
    """Requests; 0: as many as the bytes hold."""
    files: int = 0
    text_bytes: float = 0
    """Mean size of what tools say per request."""
    answer_bytes: float = 0
    agents: tuple[tuple[str, int], ...] = SHARED
    copies: bool = True
    days: int = 180
    seed: int = 2026
    format: int = FORMAT
    end_day: int = 0
    """The day after the last one, in days since 1970; 0: today."""

    def scaled(self, size: int) -> "Shape":
        """Return this shape with another size and as many files and requests as go with it."""
        if not self.size:
            return replace(self, requests=max(1, size), files=max(1, self.files * size // self.requests))
        return replace(self, size=size, files=max(1, self.files * size // self.size))


LEDGER = Shape(
    "million",
    requests=1_000_000,
    files=2_000,
    agents=(("claude", 70), ("codex", 25), ("gemini", 3), ("omp", 2)),
    copies=False,
    days=730,
)
SHAPES = {
    shape.name: shape
    for shape in (
        Shape("mixed", size=1024 * MIB, files=2000, text_bytes=9_900, answer_bytes=900),
        Shape("dense", size=512 * MIB, files=1000, answer_bytes=2_560, agents=(("claude", 1),), copies=False),
        Shape("many", size=80 * MIB, files=20_000, text_bytes=1_200, answer_bytes=300, copies=False),
        LEDGER,
        replace(LEDGER.scaled(250_000), name="quarter"),
    )
}


def home_of(shape: Shape) -> Path:
    """Return the home with the logs of a shape, made now unless it is there, beside its `totals.json`."""
    if not shape.end_day:
        shape = replace(shape, end_day=int(time.time() * 1000) // DAY_MS)
    digest = hashlib.sha256(repr(sorted(asdict(shape).items())).encode()).hexdigest()[:12]
    folder = CACHE / f"{shape.name}-{digest}"
    if not (folder / "totals.json").exists():
        _forget_older(shape.name)
        write_corpus(shape, folder)
    return folder / "home"


def _forget_older(name: str) -> None:
    """Remove corpora of this name of other days or sizes: one may take a gigabyte."""
    for old in CACHE.glob(f"{name}-*"):
        shutil.rmtree(old)


def write_corpus(shape: Shape, folder: Path) -> None:
    """Write the logs of a shape into `home/` in a folder, and `totals.json` beside it; its `end_day` is set."""
    rng = random.Random(shape.seed)
    truth = Truth()
    desk = Desk(rng, Text(rng), truth, shape.text_bytes, shape.answer_bytes, shape.copies)
    files = written = 0
    for agent, quota in _plan(shape, rng):
        start = session_start(rng, shape.end_day, shape.days)
        longest = max(3_600_000, min(quota.size // 8_000, quota.requests) * 40_000)
        start = min(start, shape.end_day * DAY_MS - longest)
        for path, content in AUTHORS[agent](desk, start, quota):
            _put(folder / "home" / path, content, start)
            files += 1
            written += len(content)
    facts = {"files": files, "bytes": written, "requests": truth.requests}
    save(folder / "totals.json", truth, facts)


def _plan(shape: Shape, rng: random.Random) -> list[tuple[str, Quota]]:
    """Choose which agents write sessions of which length, so that each gets its share of the bytes."""
    count = max(1, round(shape.files * (1 - COPY_FILES) if shape.copies else shape.files))
    owed = {agent: 0.0 for agent, _ in shape.agents}
    whole = sum(weight for _, weight in shape.agents)
    plan = []
    for size in reversed(_sizes(shape, count)):
        for name, weight in shape.agents:
            owed[name] += size * weight / whole
        agent = max(owed, key=lambda name: owed[name])
        owed[agent] -= size
        plan.append((agent, Quota(1 << 60, size) if shape.requests else Quota(size, 1 << 60)))
    rng.shuffle(plan)
    return plan


def _sizes(shape: Shape, count: int) -> list[int]:
    """Return sizes as people have them that add up to the shape's bytes (or, without, requests a session).

    What the tail of the distribution lacks goes to the largest hundredth, up to the largest size reported;
    a corpus with smaller files has the same distribution around a smaller middle.
    """
    normal = NormalDist(0, 1.2 if shape.requests else SIGMA)
    spread = [math.exp(normal.inv_cdf((place + 0.5) / count)) for place in range(count)]
    if shape.requests:
        lengths = [max(1, int(shape.requests * part / sum(spread))) for part in spread]
        lengths[-1] += shape.requests - sum(lengths)
        return lengths
    if shape.size / count < MEDIAN_BYTES:
        return [round(shape.size * part / sum(spread)) for part in spread]
    sizes = [round(MEDIAN_BYTES * part) for part in spread]
    few = max(1, count // 100)
    longest = sum(sizes[-few:])
    factor = max(1.0, (shape.size * (1 - COPY_BYTES) - sum(sizes) + longest) / longest)
    return sizes[:-few] + [min(LARGEST_BYTES, round(size * factor)) for size in sizes[-few:]]


def _put(path: Path, content: bytes, start: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (start / 1000, start / 1000))
