"""One reading of one Codex log: takes its lines in order, holds the records that they gave."""

from pathlib import Path

from ai_usage.sources.agents.codex.counting import Counting
from ai_usage.sources.agents.codex.given import Given
from ai_usage.sources.agents.codex.home import Home
from ai_usage.sources.agents.codex.lines import Info, Line, Payload
from ai_usage.sources.agents.codex.pending import Pending
from ai_usage.sources.agents.codex.responses import Responses
from ai_usage.sources.agents.codex.thread import Thread
from ai_usage.sources.base import LogFile
from ai_usage.sources.fields import name_in_path


class Reading:
    """One reading of one log."""

    def __init__(self, log: LogFile, thread: Thread) -> None:
        self.thread = thread
        self._home = Home(log.path)
        self.given = Given(log, thread, self._home)
        self._log = log
        self._pending = Pending(thread, self.given)
        self._responses = Responses(thread, self.given, self._pending)
        self._counting = Counting(thread, self.given, self._responses, self._pending)

    def take(self, line: Line) -> None:
        """Take the next line, whatever it is."""
        kind, payload = line.type, line.payload
        thread = self.thread
        if not thread.id and kind not in ("session_meta", "thread.started"):
            thread.adopt(name_in_path(Path(self._log.path.removesuffix(".zst")).stem))
        if payload is None:
            self._take_printed(line)
        elif kind == "event_msg":
            if payload.info is not None and payload.type == "token_count":
                self._counting.take(line, payload, payload.info)
            elif payload.type == "turn_aborted":
                self._counting.abort(line)
            elif payload.type in ("task_started", "turn_started"):
                thread.start_task(payload.turn_id or "")
        elif kind == "session_meta":
            thread.introduce(payload, line.timestamp)
        elif kind == "turn_context":
            thread.turn_to(payload)
            if not thread.settled:
                self._pending.settle()
        elif kind == "token_usage_record" and payload.usage is not None:
            self._responses.take(line, payload, payload.usage)

    def announce(self) -> None:
        """Give away, where the log ends, what waits for a line that may never come."""
        self._pending.announce()
        self._responses.announce()

    def _take_printed(self, line: Line) -> None:
        """Count what `codex exec --json` printed: the thread's running total after each turn, without a time."""
        thread = self.thread
        if line.type == "thread.started":
            if line.thread_id and line.thread_id != thread.id:
                thread.adopt(line.thread_id)
        elif line.type == "turn.completed" and line.usage is not None:
            if not thread.settled:
                self._pending.settle_without_turn()
            if not self._home.has_rollout(thread.id):
                self._counting.take(line, Payload(), Info(total_token_usage=line.usage))
