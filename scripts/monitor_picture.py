"""A picture of the monitor for the documents: the real screen over the sample logs of two machines, kept as SVG."""

import argparse
import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ai_usage.config.zone import find_zone
from ai_usage.ledger.ledger import Ledger
from ai_usage.monitor.app import Monitor
from ai_usage.monitor.crew import Crew
from ai_usage.monitor.events import Integrity, SyncState
from ai_usage.monitor.look import Look
from ai_usage.monitor.palette import DARK_PALETTE, LIGHT_PALETTE, Palette
from ai_usage.monitor.span import Span
from ai_usage.monitor.world import World
from ai_usage.pricing.catalog import Catalog
from ai_usage.report.gather import HostView
from ai_usage.sources.registry import SOURCES
from ai_usage.usage.instant import from_datetime
from scripts.sample_logs import MACHINES, write_sample

OUT = Path(__file__).parent.parent / "docs" / "images" / "monitor.svg"
NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
"""The sample ends here, so that a picture changes only when the program draws something else."""
FONTS = "Fira Code, ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace"


def main() -> int:
    """Draw the monitor for the README, or what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--lines", type=int, default=36)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--keys", nargs="*", default=[], help="pressed before the picture is taken")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    palette = DARK_PALETTE if asked.theme == "dark" else LIGHT_PALETTE
    with tempfile.TemporaryDirectory(prefix="ai-usage-picture-") as folder:
        svg = asyncio.run(draw(Path(folder), palette, (asked.columns, asked.lines), asked.keys))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(svg, "utf-8")
    print(asked.out)
    return 0


async def draw(folder: Path, palette: Palette, size: tuple[int, int], keys: list[str]) -> str:
    """Run the monitor on a screen in memory and return a picture of it."""
    first, *others = MACHINES
    look = Look(span=Span(14))
    synced = SyncState(True, integrity=Integrity.CHECKED, last_success=from_datetime(NOW) - 240_000_000)
    for machine in MACHINES:
        write_sample(folder / machine, machine, NOW)
    for machine in others:
        await until_read(Crew(world(folder, machine, []), look.span, look.cost_mode))
    seen = world(folder, first, others)
    crew = Crew(seen, look.span, look.cost_mode)
    await until_read(crew, stop=False)
    app = Monitor(seen, crew, look, palette)
    try:
        async with app.run_test(size=size) as pilot:
            while (picture := app.main.scene.picture) is None or not picture.hosts:
                await pilot.pause(0.05)
            crew.mailbox.post(synced)
            await pilot.press(*keys)
            await pilot.pause(0.3)
            svg = app.export_screenshot(title="ai-usage")
    finally:
        crew.stop()
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+-", "ai-usage-", svg).replace("Fira Code", FONTS)
    return re.sub(r"[ \t]+\n", "\n", svg)


async def until_read(crew: Crew, *, stop: bool = True) -> None:
    """Let the threads read all logs."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read() -> None:
        loop.call_soon_threadsafe(done.set)

    crew.intake.listeners.append(read)
    crew.start()
    crew.intake.go_on()
    await done.wait()
    if stop:
        crew.stop()


def world(folder: Path, machine: str, others: list[str]) -> World:
    """Return one machine's world, in which the others' ledgers lie as sync would have brought them."""
    home = folder / machine
    nothing = folder / "nothing"
    return World(
        ledger=home / "ledger.db",
        machine=machine,
        sources=SOURCES,
        roots={source.name: source.roots({}, home) for source in SOURCES},
        catalog=lambda: Catalog(nothing, nothing),
        prices=(),
        others=lambda _own, _notes: [
            HostView(other, Ledger.open(folder / other / "ledger.db", write=False), local=False)
            for other in others
        ],
        settle=lambda _ledger: None,
        zone=lambda: find_zone("UTC", {}),
        now=lambda: from_datetime(NOW),
    )


if __name__ == "__main__":
    sys.exit(main())
