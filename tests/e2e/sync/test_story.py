"""The commands of docs/sync.md, word for word, from two fresh homes."""

import re
import subprocess
from pathlib import Path

from tests.e2e.homes import PROGRAM, Home, request
from tests.e2e.sync.conftest import SECRETS, Fleet
from tests.servers import TOKEN

DOCUMENT = Path(__file__).parents[3] / "docs" / "sync.md"


def steps() -> list[tuple[str, str, str]]:
    """Read the document: machine, command and what it says, for each command in a console block."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        for part in re.findall(r"^(\w+)\$ (.+)\n((?:(?!\w+\$ ).*\n)*)", block, re.MULTILINE):
            found.append(part)
    return found


def fill_in(home: Home, machine_id: str, url: str) -> None:
    """Edit the template as the document says."""
    text = re.search(r"^```yaml\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert text is not None
    edited = text[1].replace("https://usage.your-domain.example", url).replace("replace-me", TOKEN)
    (home.path / SECRETS).write_text(edited.replace('"workstation"', f'"{machine_id}"'))


def test_the_two_machine_story_goes_as_documented(own_fleet: Fleet) -> None:
    homes = {name: own_fleet.bare_home(name) for name in ("workstation", "laptop")}
    homes["workstation"].write_claude(
        [request(number, f"2026-11-20T0{number}:00:00Z") for number in (1, 2, 3)]
    )
    homes["laptop"].write_claude([request(number, f"2026-11-20T1{number}:00:00Z") for number in (4, 5)])
    said: list[tuple[str, str, str]] = []

    for machine, command, _ in steps():
        home = homes[machine]
        done = subprocess.run(
            ["bash", "-c", command],
            env=home.env | {"PATH": f"{PROGRAM.parent}:{home.env['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        said.append((machine, command, done.stdout.replace(str(home.path), "~")))
        if command == "ai-usage sync init":
            fill_in(home, machine, own_fleet.proxy.url)

    assert said == steps()
    assert len(said) > 8
