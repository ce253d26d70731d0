"""Make a golden case out of the home of an agent that really ran: ids, times, usage and paths stay, texts go.

    python -m scripts.record_home HOME CASE FOLDER... --moved OLD=NEW...

Copies the JSON and JSONL files below the named folders of a home, and named files, into CASE/home. Every text with a
blank in it, and every definition of a tool, is left out: those are words of the person or of the agent's maker.
`--moved` gives a folder of the recording another name, in the files and in their names, also where an agent writes the
folder as a hash or with other separators.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_PLAIN: Final = re.compile(r"\S{0,120}| +")
"""What is kept: an id, a time, a path, a name, or padding; a text has blanks between words."""
_DEFINITIONS: Final = frozenset(
    ("tools", "input_schema", "parameters", "instructions", "base_instructions", "user_instructions", "systemPrompt",
     "developer_instructions", "skills", "commands", "env", "encrypted_content", "signature")
)  # fmt: skip


def reduce_value(value: Any) -> Any:
    """Return a JSON value without texts and without definitions of tools."""
    match value:
        case str():
            return value if _PLAIN.fullmatch(value) else ""
        case dict():
            return {key: reduce_value(item) for key, item in value.items() if key not in _DEFINITIONS}
        case list():
            return [reduce_value(item) for item in value]
        case _:
            return value


def reduce_file(content: str, *, is_document: bool) -> str:
    """Return the content of a JSON document, or of a file of JSON lines, without texts."""
    if is_document:
        return json.dumps(reduce_value(json.loads(content)), ensure_ascii=False) + "\n"
    lines = [reduce_value(json.loads(line)) for line in content.split("\n") if line]
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


def names_of(old: str, new: str) -> dict[str, str]:
    """Return what stands for a moved folder: its path, and what agents make of the path in the names of folders."""

    def spellings(path: str) -> tuple[str, ...]:
        sha256 = hashlib.sha256(path.encode()).hexdigest()
        return (
            path,
            re.sub(r"[^A-Za-z0-9]", "-", path),
            path.replace("/", "-"),
            hashlib.md5(path.encode(), usedforsecurity=False).hexdigest(),
            sha256,
            sha256[:12],
        )

    return dict(zip(spellings(old), spellings(new), strict=True))


def rename(text: str, names: Mapping[str, str]) -> str:
    """Replace what stands for the moved folders, the longest first."""
    for old in sorted(names, key=len, reverse=True):
        text = text.replace(old, names[old])
    return text


def record(home: Path, case: Path, folders: Sequence[str], names: Mapping[str, str]) -> int:
    """Copy the logs of a home into a case and return how many files there are."""
    count = 0
    for folder in folders:
        top = home / folder
        for file in [top] if top.is_file() else sorted(top.rglob("*.json*")):
            content = rename(file.read_text("utf-8"), names)
            target = case / "home" / rename(str(file.relative_to(home)), names)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(reduce_file(content, is_document=file.suffix == ".json"), "utf-8")
            count += 1
    return count


def main() -> int:
    """Return 0 when there was something to record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("case", type=Path)
    parser.add_argument("folders", nargs="+", help="folders of the home, such as .claude/projects")
    parser.add_argument("--moved", action="append", default=[], metavar="OLD=NEW")
    asked = parser.parse_args()
    names: dict[str, str] = {}
    for moved in asked.moved:
        old, _, new = moved.partition("=")
        names |= names_of(old, new)
    count = record(asked.home, asked.case, asked.folders, names)
    print(f"{asked.case}: {count} files")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
