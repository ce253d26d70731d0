"""`python -m bench`: run the comparisons and print their table."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from bench.cases import CASES
from bench.ccusage import NotInstalled, install
from bench.corpus import CACHE, SHAPES
from bench.lab import Lab, Row
from bench.measure import CommandFailed

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
HEADINGS = ("what", "ai-usage", "ccusage", "ratio", "bar", "")


def main() -> int:
    """Run the named cases, or all; 0 unless a command fails or totals are wrong."""
    args = _arguments()
    try:
        other = install()
    except NotInstalled as missing:
        print(f"bench: {missing}", file=sys.stderr)
        return 1
    CACHE.mkdir(parents=True, exist_ok=True)
    sizes = {name: args.size for name in SHAPES if args.size and SHAPES[name].size}
    if args.records:
        sizes |= {"million": args.records, "quarter": args.records // 4}
    failed = False
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=CACHE) as scratch:
        lab = Lab(args.program, other, Path(scratch), args.runs, sizes)
        for name in args.cases or CASES:
            try:
                for row in CASES[name](lab):
                    rows.append(row)
                    if not args.markdown:
                        print("  ".join(filter(None, (*_cells(row),))), flush=True)
            except CommandFailed as error:
                print(f"bench: {name}: {error}", file=sys.stderr)
                failed = True
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\n{_markdown(rows)}\n" if args.markdown else f"\n{_aligned(rows)}\n")
    print(f"ccusage {other.version}; medians of {args.runs} or more alternating runs;", end=" ")
    print(f"{os.cpu_count()} cores, load {load}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Time ai-usage against ccusage.")
    parser.add_argument(
        "cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}; all when none is named"
    )
    parser.add_argument("--runs", type=int, default=7, help="alternating runs of each command (7)")
    parser.add_argument("--size", type=_size, help="bytes of each corpus instead of its own, such as 256M")
    parser.add_argument("--records", type=int, help="records in the ledger instead of a million")
    parser.add_argument("--markdown", action="store_true", help="print the table as the README has it")
    own = Path(sys.executable).parent / "ai-usage"
    parser.add_argument(
        "--program", type=Path, default=own, help="the ai-usage to measure (the one beside python)"
    )
    args = parser.parse_args()
    if unknown := [name for name in args.cases if name not in CASES]:
        parser.error(f"no case {unknown[0]!r}; there are {', '.join(CASES)}")
    return args


def _size(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1].upper()] if text[-1:].upper() in UNITS else int(text)


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {None: "", True: "reached", False: "MISSED"}[row.reached]
    return row.what, row.ours, row.other, row.ratio, row.bar, verdict


def _aligned(rows: Iterable[Row]) -> str:
    lines = [HEADINGS, *map(_cells, rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _markdown(rows: Iterable[Row]) -> str:
    lines = [HEADINGS, ("---",) * len(HEADINGS), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
