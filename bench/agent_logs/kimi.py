"""Wires of Kimi CLI (`~/.kimi/sessions`) and of its successor Kimi Code (`~/.kimi-code/sessions`)."""

import hashlib
import json
import random

from bench.agent_logs.request import Request, Session, uuid4

CLI_MODEL = "kimi-for-coding"
"""Kimi CLI does not log the model; this is the one it uses unless its settings say otherwise."""

CODE_MODEL = "kimi-k3"
CODE_ALIAS = "kimi-code/k3"


class CliWire:
    """A wire of Kimi CLI, the main one or a sub-agent's."""

    def __init__(self, session: Session, rng: random.Random, *, agent: str = "") -> None:
        """Begin a wire; `agent` is the id of the sub-agent that writes it."""
        folder = hashlib.md5(session.cwd.encode(), usedforsecurity=False).hexdigest()
        child = f"subagents/{agent}/" if agent else ""
        self.path = f".kimi/sessions/{folder}/{session.id}/{child}wire.jsonl"
        self._rng = rng

    def opening(self) -> bytes:
        """Return the first line."""
        return b'{"type":"metadata","protocol_version":"1.10"}\n'

    def tool_result(self, at: int, text: bytes) -> bytes:
        """Return what a tool said."""
        head = (
            f'{{"timestamp":{at / 1000},"message":{{"type":"ToolResult","payload":{{"tool_call_id":"call_1",'
            f'"return_value":"'
        )
        return head.encode() + text + b'"}}}\n'

    def status(self, request: Request, message: str) -> bytes:
        """Return the line that carries one request."""
        return f'{{"timestamp":{request.at / 1000},"message":{_status(request, message)}}}\n'.encode()

    def mirrored(self, request: Request, message: str, agent: str) -> bytes:
        """Return the copy that the parent keeps of a sub-agent's status."""
        return (
            f'{{"timestamp":{request.at / 1000},"message":{{"type":"SubagentEvent","payload":{{'
            f'"parent_tool_call_id":"call_1","agent_id":"{agent}","subagent_type":"explore",'
            f'"event":{_status(request, message)}}}}}}}\n'
        ).encode()


class CodeWire:
    """A wire of Kimi Code, with the state file beside it."""

    def __init__(self, session: Session, rng: random.Random) -> None:
        """Begin a wire."""
        name = session.cwd.rsplit("/", 1)[-1]
        digest = hashlib.sha256(session.cwd.encode()).hexdigest()[:12]
        self.folder = f".kimi-code/sessions/wd_{name}_{digest}/session_{session.id}"
        self.path = f"{self.folder}/agents/main/wire.jsonl"
        self.session = session
        self._rng = rng

    def state(self) -> bytes:
        """Return the state file of the session."""
        return json.dumps({"workDir": self.session.cwd, "title": "sample", "agents": {"main": {}}}).encode()

    def opening(self) -> bytes:
        """Return the lines that stand before the first request."""
        at = self.session.start
        return (
            f'{{"type":"metadata","protocol_version":"1","created_at":{at},"time":{at}}}\n'
            f'{{"type":"config.update","modelAlias":"{CODE_ALIAS}","cwd":"{self.session.cwd}",'
            f'"thinkingEffort":"high","time":{at}}}\n'
        ).encode()

    def tool_result(self, at: int, text: bytes) -> bytes:
        """Return what a tool said."""
        head = f'{{"type":"context.append_loop_event","time":{at},"event":{{"type":"tool.result","output":"'
        return head.encode() + text + b'"}}\n'

    def answer(self, request: Request) -> bytes:
        """Return the lines of one request: asked, answered, and the record of it."""
        usage = (
            f'{{"inputOther":{request.input},"output":{request.output},"inputCacheRead":{request.cache_read},'
            f'"inputCacheCreation":{request.write_5m}}}'
        )
        return (
            f'{{"type":"llm.request","model":"{request.model}","provider":"kimi","turnStep":"1",'
            f'"time":{request.at - 800}}}\n'
            f'{{"type":"context.append_loop_event","event":{{"type":"step.end","uuid":"{uuid4(self._rng)}",'
            f'"usage":{usage}}},"time":{request.at}}}\n'
            f'{{"type":"usage.record","model":"{CODE_ALIAS}","usage":{usage},"usageScope":"turn",'
            f'"time":{request.at}}}\n'
        ).encode()


def completion_id(rng: random.Random) -> str:
    """Draw the id of an answer."""
    return f"chatcmpl-{rng.getrandbits(96):024x}"


def _status(request: Request, message: str) -> str:
    return (
        f'{{"type":"StatusUpdate","payload":{{"context_usage":0.02,"token_usage":{{"input_other":{request.input},'
        f'"output":{request.output},"input_cache_read":{request.cache_read},'
        f'"input_cache_creation":{request.write_5m}}},"message_id":"{message}"}}}}'
    )
