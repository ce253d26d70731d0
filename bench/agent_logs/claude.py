"""Claude Code transcripts: `projects/<slug>/<session>.jsonl`, one API message on one or several lines."""

import random
import re

from bench.agent_logs.request import Request, Session, iso, uuid4

VERSION = "2.1.90"


class Transcript:
    """One transcript, or one sub-agent's transcript beside it."""

    def __init__(self, session: Session, rng: random.Random, *, agent: str = "") -> None:
        """Begin a transcript.

        Args:
            session: its id, folder and start.
            rng: where ids come from.
            agent: id of the sub-agent whose transcript this is; empty for the main one.
        """
        self.session = session
        self.path = f".claude/projects/{slug(session.cwd)}/{session.id}"
        self.path += f"/subagents/agent-{agent}.jsonl" if agent else ".jsonl"
        self._rng = rng
        self._parent = uuid4(rng)
        side = f'true,"agentId":"{agent}"' if agent else "false"
        self._common = (
            f'"isSidechain":{side},"userType":"external","cwd":"{session.cwd}","sessionId":"{session.id}",'
            f'"version":"{VERSION}","gitBranch":"main"'
        )

    def opening(self) -> bytes:
        """Return the lines that stand before the first request; none of them carries usage."""
        at = iso(self.session.start)
        return (
            f'{{"type":"file-history-snapshot","messageId":"{self._parent}","snapshot":{{'
            f'"messageId":"{self._parent}","trackedFileBackups":{{}},"timestamp":"{at}"}},'
            f'"isSnapshotUpdate":false}}\n{{"parentUuid":null,{self._common},"type":"user","message":{{'
            f'"role":"user","content":"Please go on"}},"uuid":"{self._parent}","timestamp":"{at}"}}\n'
        ).encode()

    def tool_result(self, at: int, text: bytes) -> bytes:
        """Return the line that hands the model what a tool said."""
        line = uuid4(self._rng)
        head = (
            f'{{"parentUuid":"{self._parent}",{self._common},"type":"user","message":{{"role":"user","content":'
            f'[{{"tool_use_id":"toolu_01{line[:8]}","type":"tool_result","content":"'
        )
        tail = f'"}}]}},"uuid":"{line}","timestamp":"{iso(at)}","toolUseResult":{{"interrupted":false}}}}\n'
        self._parent = line
        return head.encode() + text + tail.encode()

    def answer(self, request: Request, text: bytes, lines: int = 1) -> bytes:
        """Return the lines of one API message: the same ids and inputs, an output that grows."""
        message, billed = message_id(self._rng), request_id(self._rng)
        out = []
        for left in range(lines - 1, -1, -1):
            partial = request if left == 0 else request._replace(output=1 + request.output // (8 * left))
            at = request.at + 900 * (lines - 1 - left)
            out.append(self.message(partial, message, billed, at, text if left == 0 else b"..."))
        return b"".join(out)

    def message(self, request: Request, message: str, billed: str, at: int, text: bytes) -> bytes:
        """Return one assistant line with these ids."""
        line = uuid4(self._rng)
        writes = request.write_5m + request.write_1h
        head = (
            f'{{"parentUuid":"{self._parent}",{self._common},"message":{{"model":"{request.model}","id":"{message}",'
            f'"type":"message","role":"assistant","content":[{{"type":"text","text":"'
        )
        thinking = (
            f'"output_tokens_details":{{"thinking_tokens":{request.reasoning}}},' if request.reasoning else ""
        )
        tail = (
            f'"}}],"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":{request.input},'
            f'"cache_creation_input_tokens":{writes},"cache_read_input_tokens":{request.cache_read},'
            f'"cache_creation":{{"ephemeral_5m_input_tokens":{request.write_5m},'
            f'"ephemeral_1h_input_tokens":{request.write_1h}}},"output_tokens":{request.output},{thinking}'
            f'"service_tier":"standard"}}}},"requestId":"{billed}","type":"assistant","uuid":"{line}",'
            f'"timestamp":"{iso(at)}"}}\n'
        )
        self._parent = line
        return head.encode() + text + tail.encode()


def slug(cwd: str) -> str:
    """Name the folder of a project as Claude Code does."""
    return re.sub(r"[^A-Za-z0-9]", "-", cwd)


def message_id(rng: random.Random) -> str:
    """Draw the id of an API message."""
    return f"msg_01{rng.getrandbits(110):022X}"[:28]


def request_id(rng: random.Random) -> str:
    """Draw the id of a request."""
    return f"req_011C{rng.getrandbits(100):020X}"[:28]
