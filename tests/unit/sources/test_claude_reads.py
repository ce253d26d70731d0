import json
from io import FileIO
from pathlib import Path

from ai_usage.sources.agents.claude import Claude
from ai_usage.sources.base import LogFile


def test_the_fuller_of_two_streamed_lines_counts_once(tmp_path: Path) -> None:
    usage = {
        "input_tokens": 4,
        "cache_creation_input_tokens": 300,
        "cache_read_input_tokens": 9000,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "service_tier": "standard",
    }
    lines = [
        {
            "type": "assistant",
            "timestamp": f"2026-05-01T09:00:0{second}.500Z",
            "sessionId": "5f0c0000",
            "requestId": "req_A",
            "message": {
                "id": "msg_01ABCDEFGHIJ",
                "model": "claude-sonnet-4-6",
                "usage": usage | {"output_tokens": output},
            },
        }
        for second, output in ((1, 3), (4, 250))
    ]
    path = tmp_path / "5f0c0000.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    info = path.stat()
    with FileIO(path) as file:
        log = LogFile(str(path), info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns)
        parsed = Claude().parse(file, log, 0, b"")

    assert [record[7:14] for record in parsed.records] == [(-1, 4, 9000, 100, 200, 250, None)]
    assert parsed.records[0].session_end_time - parsed.records[0].timestamp == 3_000_000
    assert (parsed.offset, parsed.finished, parsed.rejected_count) == (info.st_size, True, 0)
