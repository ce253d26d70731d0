"""Sample logs of two invented machines, for people who have no logs of their own."""

import argparse
import random
from datetime import UTC, date, datetime
from pathlib import Path

from bench.agent_logs.request import DAY_MS
from bench.authors import AUTHORS, Desk, Quota
from bench.text import Text
from bench.truth import Truth
from bench.work import session_start

MACHINES = {"sample-desktop": 62, "sample-laptop": 27}
"""Invented machines, and how many sessions each had."""

DAYS = 22
AGENTS = {"claude": 50, "codex": 28, "gemini": 8, "kimi": 4, "kimi-code": 3, "omp": 7}
LONGEST = 160
"""Requests of a session at most."""
REQUEST_MS, MARGIN_MS = 40_000, 600_000
"""What a request takes on average over a session, with enough to spare that a session is over."""


def write_sample(home: Path, machine: str, now: datetime) -> Truth:
    """Write about three weeks of logs of a machine into a home; the same for the same machine and day.

    Sessions that would not be over yet are left out, so that nothing lies in the future.

    Args:
        home: an empty folder, made if it is not there.
        machine: one of `MACHINES`.
        now: the moment that the sample ends at.

    Returns:
        What the logs add up to.
    """
    today = (now.astimezone(UTC).date() - date(1970, 1, 1)).days
    truth = Truth()
    desk = Desk(random.Random(), Text(random.Random(machine), 60), truth, 300, 200, copies=True)
    for number, (agent, start, requests) in enumerate(_plan(machine, today)):
        if start + requests * REQUEST_MS + MARGIN_MS > now.timestamp() * 1000:
            continue
        desk.rng.seed(f"{machine} {today} {number}")
        for path, content in AUTHORS[agent](desk, start, Quota(1 << 60, requests)):
            target = home / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return truth


def _plan(machine: str, today: int) -> list[tuple[str, int, int]]:
    """Choose agent, start and number of requests of each session."""
    rng = random.Random(f"{machine} {today}")
    agents = rng.choices(list(AGENTS), list(AGENTS.values()), k=MACHINES[machine])
    starts = sorted(session_start(rng, today + 1, DAYS) for _ in agents)
    # A first look at the program needs something today, whatever the hour and the day of the week.
    agents += ["claude", "codex"]
    starts += [today * DAY_MS + 300_000, today * DAY_MS + 3_600_000]
    lengths = [min(LONGEST, 1 + round(rng.lognormvariate(2.9, 0.9))) for _ in agents]
    return list(zip(agents, starts, lengths, strict=True))


def main() -> None:
    """Write the sample of every machine into a folder named after it."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sample_logs", description=__doc__)
    parser.add_argument("folder", type=Path, help="where a home for each sample machine is made")
    folder = parser.parse_args().folder
    for machine in MACHINES:
        truth = write_sample(folder / machine, machine, datetime.now(UTC))
        print(f"{folder / machine}: sample logs of {truth.requests} requests")


if __name__ == "__main__":
    main()
