"""`python -m bench.monitor`: what the monitor takes, the installed program in a real terminal.

The first picture and the keys are measured with a ledger of a million records; rest with 3,000 log files watched; and
a day of work, written to the logs in a few minutes, must all be on the screen at the end, in memory that stays flat.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from ai_usage.render import figures
from bench.corpus import CACHE, SHAPES, Shape, home_of
from bench.lab import Row
from bench.measure import CommandFailed, cpu_s, pss_bytes
from bench.program import Program, counts
from bench.replay import Replay
from bench.terminal import Terminal
from bench.truth import differences, grouped, load

REST = Shape(
    "rest",
    requests=60_000,
    files=3_000,
    agents=(("claude", 70), ("codex", 25), ("omp", 5)),
    copies=False,
    days=180,
)
DAY = replace(REST, name="day", requests=20_000, files=120, days=1)
BUSY, DONE = "reading", "live"
"""What the first line says while a window is read, and then."""
UP, DOWN, RIGHT, LEFT, PAGE_UP, PAGE_DOWN, BACK_TAB = (
    b"\x1b[" + end for end in (b"A", b"B", b"C", b"D", b"5~", b"6~", b"Z")
)
KEYS = (
    ("sort", b"s", 4),
    ("group", b"g", 5),
    ("cost or tokens", b"c", 2),
    ("series", b"b", 3),
    ("columns or lines", b"l", 2),
    ("patterns", b"x", 2),
    ("row", DOWN, 2),
    ("row", UP, 2),
    ("agent", b"v", 2),
    ("agent", BACK_TAB, 2),
    ("30 days", b"m", 1),
    ("365 days", b"y", 1),
    ("a day", b"d", 1),
    ("7 days", b"w", 1),
    ("a day back", LEFT, 5),
    ("a day forward", RIGHT, 2),
    ("a window back", PAGE_UP, 5),
    ("a window forward", PAGE_DOWN, 2),
    ("now", b"0", 1),
    ("zoom out", b"-", 8),
    ("sort, everything", b"s", 4),
    ("group, everything", b"g", 5),
    ("series, everything", b"b", 3),
    ("zoom in", b"+", 9),
    ("7 days", b"w", 1),
)
"""What is pressed, and how often; in the end everything is as it was."""
_STEP_S = 0.1


def main() -> int:
    """Measure what is named, or all, and print a table; 0 if every bar is reached."""
    args = _arguments()
    rows: list[Row] = []
    for name in args.cases or CASES:
        try:
            for row in CASES[name](args):
                rows.append(row)
                print("  ".join(_cells(row)), flush=True)
        except CommandFailed as error:
            print(f"bench: {name}: {error}", file=sys.stderr)
            return 1
    widths = [max(map(len, column)) for column in zip(*map(_cells, rows), strict=True)]
    print()
    for row in rows:
        cells = zip(_cells(row), widths, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
    print(f"\n{os.cpu_count()} cores, load {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 0 if all(row.reached is not False for row in rows) else 1


def first_picture(args: argparse.Namespace) -> Iterator[Row]:
    """Start it again and again, each time until the table and its figures are drawn."""
    program = _filled(args.program, SHAPES["million"])
    taken = []
    for _ in range(args.runs + 1):
        with Terminal(_words(program), program.environment()) as terminal:
            taken.append(terminal.until("Models by cost", "claude", "requests", "$") - terminal.started)
            terminal.leave()
    yield _within("first picture, 1,000,000 records", taken[1:], 0.6)


def keys(args: argparse.Namespace) -> Iterator[Row]:
    """Press every kind of key, at once after the first picture, and again when it has rested."""
    program = _filled(args.program, SHAPES["million"])
    taken: dict[str, list[float]] = {}
    with Terminal(_words(program), program.environment(), args.width, args.height) as terminal:
        terminal.until("Models by cost", "requests")
        for pause_s in (0.0, 2.5):
            terminal.drain(pause_s)
            for name, key in ((name, key) for name, key, times in KEYS for _ in range(times)):
                terminal.drain(0.05)
                pressed = terminal.press(key)
                try:
                    drawn = terminal.until_quiet(after=DONE, busy=BUSY)
                except CommandFailed as error:
                    raise CommandFailed(f"{name}: {error}") from error
                taken.setdefault(name, []).append(drawn - pressed)
        memory = pss_bytes(terminal.process.pid)
        terminal.leave()
    for name, each in sorted(taken.items(), key=lambda item: -max(item[1])):
        yield _within(f"  {name}", each, 0.1)
    yield _within("any key to the changed screen", [one for each in taken.values() for one in each], 0.1)
    yield Row("  memory (PSS) after all of them", _mb(memory), bar="<= 150 MB", reached=memory <= 150e6)


def rest(args: argparse.Namespace) -> Iterator[Row]:
    """Leave it alone with 3,000 log files, as a person does most of the time."""
    program = _filled(args.program, REST)
    with Terminal(_words(program), program.environment()) as terminal:
        terminal.until("Models by cost", "requests")
        terminal.drain(8)
        before, began = cpu_s(terminal.process.pid), time.perf_counter()
        terminal.drain(args.seconds)
        share = (cpu_s(terminal.process.pid) - before) / (time.perf_counter() - began)
        memory = pss_bytes(terminal.process.pid)
        terminal.leave()
    yield Row(
        f"at rest for {args.seconds} s, 3,000 files",
        f"{share:.2%} of a core",
        bar="<= 1 %",
        reached=share <= 0.01,
    )
    yield Row("  memory (PSS)", _mb(memory), bar="<= 150 MB", reached=memory <= 150e6)


def day(args: argparse.Namespace) -> Iterator[Row]:
    """Write the logs of a day in some minutes while it runs, and compare what it shows with what was written."""
    corpus = home_of(DAY)
    folder = CACHE / f"day-replayed-{os.getpid()}"
    program = Program(args.program, folder / "home", folder / "state")
    replay = Replay(corpus, program.home, args.minutes * 60)
    memory: list[int] = []
    looked = time.perf_counter()
    with Terminal(_words(program, "--days", "7"), program.environment()) as terminal:
        terminal.until("sync off")
        for _ in replay.steps():
            terminal.drain(_STEP_S)
            if time.perf_counter() - looked > 1:
                memory.append(pss_bytes(terminal.process.pid))
                looked = time.perf_counter()
        terminal.drain(4)
        terminal.resize(118, 39)
        terminal.until_quiet(after=DONE, busy=BUSY)
        shown = terminal.drawn()
        terminal.leave()
    facts, truth = load(corpus.parent / "totals.json")
    report = program.command("models", "--all", "--json", "--offline", "--no-ingest").run().stdout
    missing = differences(counts(report, "vendor", "model"), grouped(truth, 0, 1))
    totals = json.loads(report)["totals"]
    wanted = [
        figures.counted(totals["requests"], "request"),
        f"{figures.tokens(totals['total_tokens'])} tokens",
        f"${totals['cost_usd']:,.2f}",
    ]
    wrong = [*missing, *(f"not on the screen: {each}" for each in wanted if each not in shown)]
    third = len(memory) // 3
    first, middle, last = (median(memory[start : start + third]) for start in (0, third, 2 * third))
    yield Row(
        f"a day in {args.minutes:g} minutes, {facts['requests']:,} requests",
        "all on the screen" if not wrong else "; ".join(wrong[:3]),
        bar="nothing missed",
        reached=not wrong,
    )
    growth = last / first - 1
    yield Row(
        "  memory (PSS), by thirds",
        f"{', '.join(map(_mb, (first, middle, last)))} ({growth:+.1%})",
        bar="<= +10 %",
        reached=growth <= 0.1,
    )


CASES: dict[str, Callable[[argparse.Namespace], Iterator[Row]]] = {
    "first": first_picture,
    "keys": keys,
    "rest": rest,
    "day": day,
}


def _filled(executable: Path, shape: Shape) -> Program:
    """Return the program over a corpus, with a ledger that holds all of it, rollups and all."""
    home = home_of(shape)
    program = Program(executable, home, home.parent / "state")
    if not program.ledger.exists():
        program.daily().run()
    program.daily().run()
    return program


def _words(program: Program, *words: str) -> list[str]:
    return [str(program.executable), "--offline", *words]


def _within(what: str, taken: list[float], bar_s: float) -> Row:
    """Return a line for some times: their median, the worst, and whether that is within the bar."""
    times = f"{median(taken) * 1000:.0f} ms, worst {max(taken) * 1000:.0f} ms of {len(taken)}"
    return Row(what, times, bar=f"<= {bar_s * 1000:.0f} ms", reached=max(taken) <= bar_s)


def _mb(size: float) -> str:
    return f"{size / 1e6:.0f} MB"


def _cells(row: Row) -> tuple[str, ...]:
    return row.what, row.ours, row.bar, {None: "", True: "reached", False: "MISSED"}[row.reached]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.monitor", description=__doc__.splitlines()[0])
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all when none is named"
    )
    parser.add_argument("--runs", type=int, default=11, help="starts for the first picture (11)")
    parser.add_argument("--seconds", type=int, default=60, help="of rest (60)")
    parser.add_argument("--minutes", type=float, default=3, help="that the day is written in (3)")
    parser.add_argument("--width", type=int, default=120, help="of the terminal (120)")
    parser.add_argument("--height", type=int, default=40, help="of the terminal (40)")
    own = Path(sys.executable).parent / "ai-usage"
    parser.add_argument(
        "--program", type=Path, default=own, help="the ai-usage to measure (the one beside python)"
    )
    args = parser.parse_args()
    if unknown := [name for name in args.cases if name not in CASES]:
        parser.error(f"no case {unknown[0]!r}; there are {', '.join(CASES)}")
    return args


if __name__ == "__main__":
    sys.exit(main())
