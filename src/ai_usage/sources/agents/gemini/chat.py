"""Read a chat of Gemini CLI: convert its messages to records."""

import os
import re
from io import FileIO
from typing import Any, Final

import msgspec

from ai_usage.sources.agents.gemini.lines import LINES, Line, Message, Tokens
from ai_usage.sources.agents.gemini.projects import project_of
from ai_usage.sources.base import LogFile
from ai_usage.sources.document import read_document
from ai_usage.sources.entries import Entries
from ai_usage.sources.fields import clean_model, count, dated, fit_key, name_in_path
from ai_usage.sources.parsed import Parsed
from ai_usage.sources.repair import UNDECODABLE, decode_text, fit
from ai_usage.usage.instant import parse_instant
from ai_usage.usage.record import UsageRecord, merge, new_record

_CHATS: Final = f"{os.sep}chats{os.sep}"
_NAME_OF_SESSION: Final = re.compile(r"session-\d{4}-\d\d-\d\dT\d\d-\d\d-(?P<id>.+)\Z")


class _State(msgspec.Struct, array_like=True):
    session: str | None = None
    kind: str | None = None
    begun: int | None = None
    """When the chat began."""


def parse(file: FileIO, log: LogFile, offset: int, state: bytes) -> Parsed:
    """Read messages with token counts; a message written again is the same request."""
    parsed = Parsed(offset=offset)
    kept = msgspec.msgpack.decode(state, type=_State) if state else _State()
    chat = _Chat(log, kept, parsed)
    if log.path.endswith(".json"):
        chat.take_document(read_document(file, parsed))
    else:
        lines = Entries(file, LINES, parsed)
        for line in lines:
            if lines.unterminated and chat.state is kept:
                chat.state = msgspec.structs.replace(kept)
            chat.take(line, lines.offset)
        parsed.state = msgspec.msgpack.encode(kept)
    parsed.records = list(chat.records.values())
    return parsed


class _Chat:
    """Collects the records of one chat, line by line."""

    def __init__(self, log: LogFile, state: _State, parsed: Parsed) -> None:
        self.state = state
        self.records: dict[str, UsageRecord] = {}
        self._log = log
        self._parsed = parsed
        self._parent, self._named = _sessions_of(log.path)
        self._cwd = project_of(log.path.rpartition(_CHATS)[0])

    def take(self, line: Line[Any], at: int) -> None:
        """Handle one line: a message, or data of the chat."""
        if line.id is not None:
            self._add(line.id, line.timestamp, line.model, line.tokens)
            return
        about = line.update or line
        self.state.session = about.sessionId or self.state.session
        self.state.kind = about.kind or self.state.kind
        self.state.begun = parse_instant(about.startTime or "") or self.state.begun
        for message in about.messages or ():
            if not isinstance(message, Message):
                message, problem = fit(message, Message)
                if problem is not None:
                    self._parsed.reject(problem, at)
            if message is not None:
                self._add(message.id, message.timestamp, message.model, message.tokens)

    def take_document(self, text: bytes) -> None:
        """Handle a whole chat; reject a text that is not one."""
        line: Line[Any] | None
        try:
            line = LINES.decode(text)
        except UNDECODABLE:
            line, problem = decode_text(text, Line[Any])
            if problem is not None and text:
                self._parsed.reject(problem, 0)
        if line is not None:
            self.take(line, 0)

    def _add(
        self, message: str | None, timestamp: str | None, model: str | None, tokens: Tokens | None
    ) -> None:
        """Keep the record of a message, unless it has no counts (yet)."""
        if tokens is None or not message:
            return
        fresh, cached, output, thoughts, unreconciled = _counts(tokens)
        if not fresh + cached + output:
            return
        session = self.state.session or self._named
        key = fit_key(f"gemini:{session}:{message}")
        time, undated = dated(parse_instant(timestamp or ""), self._log, self.state.begun)
        record = new_record(
            (
                "gemini",
                key,
                time,
                time,
                time,
                clean_model(model),
                None,
                -1,
                fresh,
                cached,
                0,
                0,
                output,
                thoughts,
                None,
                None,
                None,
                None,
                self._parent or session,
                self._cwd,
                None,
                None,
                None,
                0,
                1 if self._parent or self.state.kind == "subagent" else 0,
                undated,
                unreconciled,
                0,
                (),
            )
        )
        known = self.records.get(key)
        self.records[key] = record if known is None else merge(known, record)


def _counts(tokens: Tokens) -> tuple[int, int, int, int | None, int]:
    """Input, cache read, output, reasoning where the log says it, and 1 when they do not add up to the logged total.

    Gemini counts cached tokens inside the prompt, thoughts and tool prompts beside everything. Versions that
    count otherwise give themselves away by their total: the first reading that adds up to it is believed.
    """
    prompt, output, cached = count(tokens.input), count(tokens.output), count(tokens.cached)
    thoughts, tool, total = count(tokens.thoughts), count(tokens.tool), count(tokens.total)
    fresh = max(0, prompt - cached)
    answered = prompt + output
    if total == answered:
        pass
    elif total == answered + thoughts:
        output += thoughts
    elif total == answered + thoughts + tool:
        fresh, output = fresh + tool, output + thoughts
    elif total == answered + cached:
        fresh = prompt
    elif total == answered + cached + thoughts:
        fresh, output = prompt, output + thoughts
    else:
        fresh, output = fresh + tool, output + thoughts
    fresh, output = count(fresh), count(output)
    reasoning = None if tokens.thoughts is None else min(thoughts, output)
    return fresh, cached, output, reasoning, int(0 < total != fresh + cached + output)


def _sessions_of(path: str) -> tuple[str | None, str]:
    """The parent's session when this is a sub-agent's chat, and the session that the file is named after."""
    _, _, rest = path.rpartition(_CHATS)
    folder, name = os.path.split(name_in_path(rest))
    stem = os.path.splitext(name)[0]
    named = _NAME_OF_SESSION.match(stem)
    return folder.partition(os.sep)[0] or None, named["id"] if named else stem
