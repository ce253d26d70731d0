"""Running whole processes: wall time, processor time, and the memory of all of them together."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

PAUSE_S = 0.004
"""Between two looks at the memory of a process tree; such runs are not timed."""


class CommandFailed(Exception):
    """A command of the comparison did not end with 0; its last words are the text."""


class Run(NamedTuple):
    """One run of one command."""

    wall_s: float
    cpu_s: float
    """Of the process and all children it waited for."""
    stdout: str


class Footprint(NamedTuple):
    """The most that a process tree held and read while it was watched."""

    pss_bytes: int
    """Proportional set size of all processes together at the highest moment."""
    read_bytes: int
    """Bytes that read calls returned, from the page cache too."""


@dataclass(frozen=True)
class Command:
    """A command with all that it needs to run."""

    words: Sequence[str]
    env: Mapping[str, str]
    stdin: str = ""
    before: Callable[[], object] | None = None
    """What is made ready before each run, outside the time measured."""

    def run(self) -> Run:
        """Run once and measure."""
        if self.before:
            self.before()
        begin, used = time.perf_counter(), _children_cpu()
        done = subprocess.run(
            self.words, env=dict(self.env), input=self.stdin, capture_output=True, text=True, check=False
        )
        wall, cpu = time.perf_counter() - begin, _children_cpu() - used
        if done.returncode:
            raise CommandFailed(f"{' '.join(self.words)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return Run(wall, cpu, done.stdout)

    def footprint(self) -> Footprint:
        """Run once and watch its memory and what it reads; Linux only."""
        if self.before:
            self.before()
        with subprocess.Popen(
            self.words,
            env=dict(self.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdin
            process.stdin.write(self.stdin.encode())
            process.stdin.close()
            watch = _Watch(process.pid)
            watch.start()
            process.wait()
            watch.done.set()
            watch.join()
        if process.returncode:
            raise CommandFailed(f"{' '.join(self.words)} ended with {process.returncode}")
        return Footprint(watch.pss, sum(watch.read.values()))


def alternate(runs: int, *commands: Command) -> list[list[Run]]:
    """Run commands in turn, A B A B, after one round that is thrown away; return the runs of each."""
    taken: list[list[Run]] = [[] for _ in commands]
    for round_ in range(runs + 1):
        for place, command in enumerate(commands):
            run = command.run()
            if round_:
                taken[place].append(run)
    return taken


def middle(runs: list[Run]) -> Run:
    """Return the medians of some runs, with the words of the last."""
    return Run(median(run.wall_s for run in runs), median(run.cpu_s for run in runs), runs[-1].stdout)


def read_all(folder: Path) -> None:
    """Read all files below a folder, so that they are in the page cache."""
    buffer = bytearray(1 << 20)
    for at, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(at, name), "rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass


def _children_cpu() -> float:
    times = os.times()
    return times.children_user + times.children_system


class _Watch(threading.Thread):
    """Looks at a process tree again and again until told to stop."""

    def __init__(self, root: int) -> None:
        super().__init__()
        self.done = threading.Event()
        self.pss = 0
        self.read: dict[int, int] = {}
        self._root = root

    def run(self) -> None:
        while not self.done.wait(PAUSE_S):
            for pid in _tree(self._root):
                self.read[pid] = max(self.read.get(pid, 0), _number(f"/proc/{pid}/io", "rchar:"))
            self.pss = max(self.pss, pss_bytes(self._root))


def pss_bytes(root: int) -> int:
    """Return the proportional set size of a process and all its descendants; Linux only."""
    return sum(_number(f"/proc/{pid}/smaps_rollup", "Pss:") * 1024 for pid in _tree(root))


def cpu_s(pid: int) -> float:
    """Return the processor time of a process so far, without its children; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _tree(root: int) -> list[int]:
    """Return a process and all its descendants."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                waiting += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except OSError:  # ended meanwhile
            continue
    return found


def _number(path: str, name: str) -> int:
    """Return the number after a name in a file of /proc; 0 when the process has ended."""
    try:
        text = Path(path).read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name)), 0)
