"""Gemini CLI chats: `tmp/<project>/chats/session-*.jsonl`, and the older `.json` that is rewritten whole."""

import random

from bench.agent_logs.request import Request, Session, iso, uuid4


class Chat:
    """One chat, told as appended lines or as one document."""

    def __init__(self, session: Session, rng: random.Random) -> None:
        """Begin a chat with this id, folder and start."""
        self.session = session
        stamp = iso(session.start)[:16].replace(":", "-")
        project = session.cwd.rsplit("/", 1)[-1]
        self.path = f".gemini/tmp/{project}/chats/session-{stamp}-{session.id[:8]}.jsonl"
        self.document_path = self.path.removesuffix("l")
        self._rng = rng
        self._at = iso(session.start)
        self._head = f'"sessionId":"{session.id}","projectHash":"{project}","startTime":"{self._at}"'

    def opening(self) -> bytes:
        """Return the first line."""
        return f'{{{self._head},"lastUpdated":"{self._at}","kind":"main"}}\n'.encode()

    def question(self, at: int, text: bytes) -> bytes:
        """Return what the person, or a tool for them, said."""
        head = f'{{"id":"{uuid4(self._rng)}","timestamp":"{iso(at)}","type":"user","content":[{{"text":"'
        return head.encode() + text + b'"}]}\n'

    def answer(self, request: Request, text: bytes, *, again: bool = True) -> bytes:
        """Return an answer; `again`: once before and once after its counts are known, under one id."""
        head = (
            f'{{"id":"{uuid4(self._rng)}","timestamp":"{iso(request.at)}","type":"gemini","model":"{request.model}",'
            f'"thoughts":[],"content":"'
        ).encode()
        prompt = request.input + request.cache_read
        visible = request.output - request.reasoning
        counts = (
            f'"tokens":{{"input":{prompt},"output":{visible},"cached":{request.cache_read},'
            f'"thoughts":{request.reasoning},"tool":0,"total":{prompt + request.output}}}}}\n'
        )
        final = head + text + b'",' + counts.encode()
        return head + b'","tokens":null}\n' + final if again else final

    def touch(self, at: int) -> bytes:
        """Return an update of the metadata."""
        return f'{{"$set":{{"lastUpdated":"{iso(at)}"}}}}\n'.encode()

    def document(self, messages: list[bytes]) -> bytes:
        """Return the older form: the whole chat as one object, with spaces as it was written."""
        head = "{\n  " + self._head.replace('":', '": ').replace(',"', ',\n  "')
        head += f',\n  "lastUpdated": "{self._at}",\n  "messages": [\n    '
        body = b",\n    ".join(line.rstrip(b"\n").replace(b'"tokens":', b'"tokens": ') for line in messages)
        return head.encode() + body + b"\n  ]\n}\n"
