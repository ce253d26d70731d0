"""Oh My Pi sessions: `agent/sessions/<folder>/<time>_<id>.jsonl`, a tree of entries."""

import random

from bench.agent_logs.request import Request, Session, iso

TITLE_BYTES = 256
"""The first line is a slot of this size, newline included, that is rewritten in place."""


class SessionFile:
    """One session with its entries."""

    SESSIONS = ".omp/agent/sessions"
    OPENING_LINES = 2

    def __init__(self, session: Session, rng: random.Random, *, parent: str = "") -> None:
        """Begin a session; `parent` is the path of the one it was forked from."""
        self.session = session
        self._rng = rng
        self._parent = f'"{parent}"' if parent else "null"
        stamp = iso(session.start).replace(":", "-").replace(".", "-")
        self.path = f"{self.SESSIONS}/{self.folder(session.cwd)}/{stamp}_{session.id}.jsonl"
        self._entry = "00000001"

    def folder(self, cwd: str) -> str:
        """Return the name of the folder for a place to work in."""
        return cwd.removeprefix("/home/dev").replace("/", "-")

    def opening(self) -> bytes:
        """Return the title slot, the session line and the model."""
        at = iso(self.session.start)
        title = f'{{"type":"title","v":1,"title":"Sample","source":"auto","updatedAt":"{at}","pad":"'
        title += " " * (TITLE_BYTES - len(title) - 3) + '"}\n'
        return title.encode() + self.header()

    def header(self) -> bytes:
        """Return the line that names the session."""
        return (
            f'{{"type":"session","version":3,"id":"{self.session.id}","timestamp":"{iso(self.session.start)}",'
            f'"cwd":"{self.session.cwd}","parentSession":{self._parent}}}\n'
        ).encode()

    def model(self, at: int, model: str) -> bytes:
        """Return the line that chooses a model."""
        return (
            f'{{"type":"model_change","id":"{self._entry}","parentId":null,"timestamp":"{iso(at)}",'
            f"{self.chosen(model)}}}\n"
        ).encode()

    def chosen(self, model: str) -> str:
        """Return the fields that name the chosen model."""
        return f'"model":"anthropic/{model}","role":"default"'

    def tool_result(self, at: int, text: bytes) -> bytes:
        """Return what a tool said."""
        head, tail = self._message(at)
        body = '"message":{"role":"toolResult","toolCallId":"call_1","toolName":"read",'
        body += '"content":[{"type":"text","text":"'
        return (head + body).encode() + text + f'"}}],"isError":false{tail}'.encode()

    def answer(self, request: Request, text: bytes) -> bytes:
        """Return one answer with its usage."""
        head, tail = self._message(request.at)
        body = (
            b'"message":{"role":"assistant","content":[{"type":"text","text":"'
            + text
            + (
                f'"}}],"api":"anthropic-messages","provider":"anthropic","model":"{request.model}",'
                f'"responseId":"msg_{self._rng.getrandbits(96):024x}","usage":{{"input":{request.input},'
                f'"output":{request.output},"cacheRead":{request.cache_read},'
                f'"cacheWrite":{request.write_5m + request.write_1h},{self.details(request)}}},'
                '"stopReason":"toolUse"'
            ).encode()
        )
        return head.encode() + body + tail.encode()

    def details(self, request: Request) -> str:
        """Return the fields of a usage that each program has its own words for."""
        total = request.input + request.output + request.cache_read + request.write_5m + request.write_1h
        return (
            f'"totalTokens":{total},"reasoningTokens":{request.reasoning},"cttl":{{'
            f'"ephemeral5m":{request.write_5m},"ephemeral1h":{request.write_1h}}}'
        )

    def _message(self, at: int) -> tuple[str, str]:
        entry = f"{self._rng.getrandbits(32):08x}"
        head = f'{{"type":"message","id":"{entry}","parentId":"{self._entry}","timestamp":"{iso(at)}",'
        self._entry = entry
        return head, f',"timestamp":{at}}}}}\n'
