"""Logs that are one document, large ones and small ones."""

import json
from io import FileIO
from pathlib import Path

from ai_usage.sources.agents.gemini import Gemini
from ai_usage.sources.document import read_document
from ai_usage.sources.jsonl import MAX_LINE_BYTES
from ai_usage.sources.parsed import Parsed, Rejected

from .samples import log_at


def _chat(home: Path, messages: int, text: str) -> Path:
    """Write an older Gemini chat."""
    path = home / ".gemini" / "tmp" / "a" / "chats" / "session-2026-05-01T09-00-s.json"
    path.parent.mkdir(parents=True)
    tokens = {"input": 2, "output": 1, "total": 3}
    told = [{"id": f"m{n}", "content": text, "model": "g", "tokens": tokens} for n in range(messages)]
    path.write_text(json.dumps({"sessionId": "s", "messages": told}))
    return path


def _read(path: Path) -> Parsed:
    with FileIO(path) as file:
        return Gemini().parse(file, log_at(path), 0, b"")


def test_a_document_larger_than_what_is_held_is_read_without_its_long_texts(tmp_path: Path) -> None:
    path = _chat(tmp_path, 40, "y" * (MAX_LINE_BYTES // 32))
    parsed = _read(path)
    assert [record.dedup_key for record in parsed.records] == [f"gemini:s:m{n}" for n in range(40)]
    assert (parsed.offset, parsed.finished, parsed.rejected_count) == (path.stat().st_size, True, 0)


def test_a_document_that_stays_too_large_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(b"[" + b"1," * (MAX_LINE_BYTES // 2) + b"1]")
    parsed = Parsed()
    with FileIO(path) as file:
        assert read_document(file, parsed) == b""
    assert parsed.rejected == [Rejected("document too long", 0)]


def test_a_document_is_read_from_its_start_whatever_was_read_before(tmp_path: Path) -> None:
    path = _chat(tmp_path, 2, "x")
    with FileIO(path) as file:
        file.seek(50)
        parsed = Gemini().parse(file, log_at(path), 0, b"")
    assert len(parsed.records) == 2
    assert Gemini().whole_file(str(path))
    assert not Gemini().whole_file(str(path) + "l")


def test_an_empty_document_is_nothing_yet(tmp_path: Path) -> None:
    path = tmp_path / "chats" / "x.json"
    path.parent.mkdir()
    path.touch()
    assert (_read(path).records, _read(path).rejected_count) == ([], 0)
