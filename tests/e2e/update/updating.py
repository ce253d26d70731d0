"""A process that updates a stand-in with the real code, and is killed after a step if that is asked for.

python updating.py '{"executable": ..., "api_url": ..., "keys": [...], "die_after": "tried"}'
"""

import json
import os
import signal
import sys
from pathlib import Path

from ai_usage.errors import UpdateError
from ai_usage.update.plan import Newer, describe
from ai_usage.update.release import Channel, Releases
from ai_usage.update.replace import Place
from ai_usage.update.trusted import TrustedReleases
from ai_usage.update.upgrade import Running, Step, Updater
from ai_usage.update.version import Version


def main() -> None:
    asked = json.loads(sys.argv[1])
    current = Version.read(asked.get("current", "4.0.0"))
    assert current is not None

    def on_step(step: Step) -> None:
        print(step.value, flush=True)
        if step.name == asked.get("die_after"):
            os.kill(os.getpid(), signal.SIGKILL)
        if step.name == asked.get("wait_after"):
            sys.stdin.read()

    try:
        place = Place(Path(asked["executable"]))
        updater = Updater(
            Running("ai-usage", current, place, "x86_64-linux-gnu"),
            TrustedReleases(
                Releases(Channel(asked["api_url"], "owner/ai-usage"), os.environ),
                [bytes.fromhex(key) for key in asked["keys"]],
                place.folder.parent / "seen.json",
            ),
        )
        decision = updater.check()
        if isinstance(decision, Newer):
            updater.install(decision, on_step)
        else:
            print(describe(decision, current))
    except UpdateError as error:
        sys.exit(f"refused: {error}")


if __name__ == "__main__":
    main()
