"""What the cases share: corpora, ledgers that hold them, the program compared with, and where it all lies."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bench.ccusage import CCUsage
from bench.corpus import SHAPES, home_of
from bench.measure import Command, read_all
from bench.program import Program, counts
from bench.truth import differences, grouped, load


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, on us and on the other, and the bar."""

    what: str
    ours: str
    other: str = ""
    ratio: str = ""
    bar: str = ""
    reached: bool | None = None
    """None where there is no bar."""


@dataclass
class Lab:
    """A place to measure in; everything below `scratch` is thrown away afterwards."""

    executable: Path
    other: CCUsage
    scratch: Path
    runs: int
    sizes: dict[str, int]
    """Another size (bytes or requests) for a shape, by name."""
    _filled: dict[str, Program] = field(default_factory=dict)

    def home(self, name: str) -> Path:
        """Return the home of a corpus."""
        shape = SHAPES[name]
        return home_of(shape.scaled(self.sizes[name]) if name in self.sizes else shape)

    def size_note(self, name: str) -> str:
        """Say how large a corpus is."""
        facts, _ = load(self.home(name).parent / "totals.json")
        return f"{facts['bytes'] / 2**20:,.0f} MiB, {facts['files']:,} files, {facts['requests']:,} records"

    def cold(self, name: str) -> Program:
        """Return our program over a corpus, with a ledger that `forget` removes before a run."""
        return Program(self.executable, self.home(name), self.scratch / f"cold-{name}")

    def forget(self, program: Program) -> None:
        """Make the next run cold: no ledger; but the logs are in the page cache."""
        shutil.rmtree(program.state, ignore_errors=True)
        program.state.mkdir(parents=True)
        read_all(program.home)

    def filled(self, name: str) -> Program:
        """Return our program over a corpus with a ledger that holds it, rollups and all."""
        if name not in self._filled:
            program = Program(self.executable, self.home(name), self.scratch / f"filled-{name}")
            self.forget(program)
            for _ in range(2):
                program.daily().run()
            self._filled[name] = program
        return self._filled[name]

    def other_daily(self, name: str) -> Command:
        """Return the other program's report of everything by day."""
        home = self.home(name)
        return Command(
            self.other.daily(), self.other.environment(home, self.scratch), before=lambda: read_all(home)
        )

    def differences(self, program: Program) -> list[str]:
        """Compare what our reports say with the totals of the corpus, by vendor and model and by day."""
        _, truth = load(program.home.parent / "totals.json")
        models = counts(
            program.command("models", "--all", "--json", "--offline").run().stdout, "vendor", "model"
        )
        days = counts(program.daily().run().stdout, "date")
        return differences(models, grouped(truth, 0, 1)) + differences(days, grouped(truth, 2))
