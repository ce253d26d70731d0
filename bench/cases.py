"""What is measured: each case is one function that gives lines of the table."""

import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.ccusage import KINDS as THEIR_KINDS
from bench.ccusage import THEIR_NAMES, sums_by_agent
from bench.lab import Lab, Row
from bench.measure import Command, Run, alternate, middle
from bench.program import Program
from bench.truth import grouped, load

SHORT = 3
"""Commands of milliseconds are run this many times as often as those of seconds."""


def cold(lab: Lab, name: str, bar: float) -> Iterator[Row]:
    """Read a corpus from nothing, ledger written and report shown, on the same files as the other."""
    program = lab.cold(name)
    ours, theirs = map(
        middle, alternate(lab.runs, program.daily(before=lambda: lab.forget(program)), lab.other_daily(name))
    )
    yield _against(f"cold, {name} ({lab.size_note(name)})", ours, theirs, bar)
    yield Row(
        f"cold, {name}: processor time", _s(ours.cpu_s), _s(theirs.cpu_s), _x(ours.cpu_s / theirs.cpu_s)
    )
    differences = lab.differences(program)
    yield Row(
        f"cold, {name}: totals",
        _exactness(differences, program),
        _their_exactness(theirs.stdout, program.home),
        bar="exact",
        reached=not differences,
    )


def memory(lab: Lab, name: str, bar: float) -> Iterator[Row]:
    """Watch the memory of all processes together while a corpus is read from nothing."""
    program = lab.cold(name)
    watched = program.daily(before=lambda: lab.forget(program)), lab.other_daily(name)
    ours, theirs = (max(command.footprint().pss_bytes for _ in range(2)) for command in watched)
    ratio = ours / theirs
    yield Row(
        f"peak memory, cold, {name} (PSS)", _mb(ours), _mb(theirs), _x(ratio), f"<= {bar} x", ratio <= bar
    )


def warm(lab: Lab, name: str, bar: float | None, bar_s: float | None) -> Iterator[Row]:
    """Ask again when nothing is new."""
    ours, theirs = map(middle, alternate(lab.runs, lab.filled(name).daily(), lab.other_daily(name)))
    ratio = ours.wall_s / theirs.wall_s
    what = f"warm, {name} ({lab.size_note(name).split(', ')[1]})"
    if bar_s is None:
        yield Row(what, _ms(ours.wall_s), _ms(theirs.wall_s), _x(ratio), f"<= {bar} x", ratio <= (bar or 0))
    else:
        yield Row(
            what,
            _ms(ours.wall_s),
            _ms(theirs.wall_s),
            _x(ratio),
            f"<= {bar_s * 1000:.0f} ms",
            ours.wall_s <= bar_s,
        )


def grown(lab: Lab, name: str, bar_s: float) -> Iterator[Row]:
    """Ask again when the largest Claude transcript has grown by one answer."""
    program = lab.filled(name)
    largest = max((program.home / ".claude").rglob("*.jsonl"), key=lambda path: path.stat().st_size)
    size = largest.stat().st_size
    same = program.daily(before=program.daily().run)
    with _restored(largest):
        more = program.daily(before=_Growing(largest))
        without, with_ = map(middle, alternate(lab.runs * SHORT, same, more))
        read = more.footprint().read_bytes - same.footprint().read_bytes
    extra = with_.wall_s - without.wall_s
    yield Row(
        f"one file of {_mb(size)} grew by an answer",
        _ms(with_.wall_s),
        ratio=f"warm + {extra * 1000:.0f} ms",
        bar=f"<= warm + {bar_s * 1000:.0f} ms",
        reached=extra <= bar_s,
    )
    yield Row("the same: bytes read beyond warm", _mb(read), bar="not the file", reached=read < size // 2)


def million(lab: Lab) -> Iterator[Row]:
    """Report from a ledger of a million records."""
    name = "million"
    program = lab.filled(name)
    facts, _ = load(program.home.parent / "totals.json")
    records = facts["requests"]
    words = (("daily --all", 0.250), ("models --days 7", 0.120))
    commands = [program.command(*text.split(), "--json", "--offline") for text, _ in words]
    for (text, bar), runs in zip(words, alternate(lab.runs * SHORT, *commands), strict=True):
        took = middle(runs).wall_s
        yield Row(
            f"{records:,} records: {text}", _ms(took), bar=f"<= {bar * 1000:.0f} ms", reached=took <= bar
        )
    quarter, command = lab.filled("quarter"), program.daily()
    less, more = map(middle, alternate(lab.runs * SHORT, quarter.daily(), command))
    growth = more.wall_s / less.wall_s
    yield Row(
        "four times the records: daily --all",
        _ms(more.wall_s),
        ratio=_x(growth),
        bar="<= 4 x",
        reached=growth <= 4,
    )
    each = program.ledger_bytes() / records
    yield Row("ledger, bytes a record", f"{each:.0f}", bar="<= 220", reached=each <= 220)
    differences = lab.differences(program)
    yield Row(
        f"{records:,} records: totals", _exactness(differences, program), bar="exact", reached=not differences
    )


def statusline(lab: Lab, bar_s: float) -> Iterator[Row]:
    """Show the line for an agent's status bar, with what the agent says on stdin."""
    program = lab.filled("mixed")
    said = _hook(program.home)
    other = Command(lab.other.statusline(), lab.other.environment(program.home, lab.scratch), said)
    command = program.command("statusline", stdin=said)
    ours, theirs = map(middle, alternate(lab.runs * SHORT, command, other))
    best = min(bar_s, theirs.wall_s)
    yield Row(
        "statusline, warm", _ms(ours.wall_s), _ms(theirs.wall_s), _x(ours.wall_s / theirs.wall_s),
        f"<= {bar_s * 1000:.0f} ms, faster", ours.wall_s <= best,
    )  # fmt: skip


def version(lab: Lab, bar_s: float) -> Iterator[Row]:
    """Say the version, and what that loads."""
    program = lab.cold("mixed")
    took = middle(alternate(lab.runs * SHORT, program.command("--version"))[0]).wall_s
    heavy = program.heavy_imports("--version")
    yield Row("--version", _ms(took), bar=f"<= {bar_s * 1000:.0f} ms", reached=took <= bar_s)
    yield Row(
        "--version loads", ", ".join(heavy) or "none of the heavy libraries", bar="none", reached=not heavy
    )


CASES: dict[str, Callable[[Lab], Iterator[Row]]] = {
    "cold-mixed": lambda lab: cold(lab, "mixed", 0.95),
    "cold-dense": lambda lab: cold(lab, "dense", 1.3),
    "memory": lambda lab: memory(lab, "mixed", 0.6),
    "memory-dense": lambda lab: memory(lab, "dense", 0.6),
    "warm": lambda lab: warm(lab, "mixed", 0.1, None),
    "warm-many": lambda lab: warm(lab, "many", None, 0.250),
    "grown": lambda lab: grown(lab, "mixed", 0.035),
    "million": million,
    "statusline": lambda lab: statusline(lab, 0.080),
    "version": lambda lab: version(lab, 0.060),
}


class _Growing:
    """Appends an answer with a new id each time it is called."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._calls = 0
        with path.open("rb") as file:
            file.seek(-200_000, os.SEEK_END)
            self._line = next(line for line in reversed(file.read().splitlines()) if b'"id":"msg_01' in line)

    def __call__(self) -> None:
        self._calls += 1
        entry = json.loads(self._line)
        entry["message"]["id"] = f"msg_01{os.getpid():010}{self._calls:012}"
        with self._path.open("a") as file:
            file.write(json.dumps(entry, separators=(",", ":")) + "\n")


@contextmanager
def _restored(path: Path) -> Iterator[None]:
    """Put a file back as it was: the corpus is used again."""
    before = path.stat()
    try:
        yield
    finally:
        os.truncate(path, before.st_size)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _hook(home: Path) -> str:
    """Return what Claude Code says on stdin of its status line, in the middle of one of its sessions."""
    transcript = min((home / ".claude").rglob("*.jsonl"))
    folder = {"current_dir": "/home/dev/shop", "project_dir": "/home/dev/shop"}
    return json.dumps(
        {
            "session_id": transcript.stem,
            "transcript_path": str(transcript),
            "cwd": "/home/dev/shop",
            "model": {"id": "claude-opus-4-8", "display_name": "Opus 4.8"},
            "workspace": folder,
            "version": "2.1.90",
            "cost": {"total_cost_usd": 1.25, "total_duration_ms": 60_000},
        }
    )


def _against(what: str, ours: Run, theirs: Run, bar: float) -> Row:
    ratio = ours.wall_s / theirs.wall_s
    return Row(what, _s(ours.wall_s), _s(theirs.wall_s), _x(ratio), f"<= {bar} x", ratio <= bar)


def _exactness(differences: list[str], program: Program) -> str:
    if not differences:
        return "exact"
    print(f"bench: totals of {program.home}:", *differences[:20], sep="\n  ", file=sys.stderr)
    return f"{len(differences)} rows differ"


def _their_exactness(report: str, home: Path) -> str:
    """Name for each agent the kind of tokens in which the other program is furthest from the truth."""
    _, truth = load(home.parent / "totals.json")
    theirs = sums_by_agent(report)
    rights: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (vendor,), row in grouped(truth, 0).items():
        _, fresh, read, short, long, output, _ = row
        rights[THEIR_NAMES.get(vendor, vendor)].update(
            dict(zip(THEIR_KINDS, (fresh, read, short + long, output), strict=True))
        )
    wrong = []
    for agent, right in rights.items():
        said = dict(zip(THEIR_KINDS, theirs.get(agent, [0] * 4), strict=True))
        off = {kind: said[kind] / right[kind] - 1 for kind in right if said[kind] != right[kind]}
        if off:
            kind = max(off, key=lambda kind: abs(off[kind]))
            wrong.append(f"{agent} {kind} {off[kind]:+.1%}")
    return ", ".join(wrong) or "exact"


def _s(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _x(ratio: float) -> str:
    return f"{ratio:.2f} x"
