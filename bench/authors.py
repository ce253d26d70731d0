"""Whole sessions of each agent with the copies that real logs are full of; every request is noted once."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from bench.agent_logs import claude, codex, gemini, kimi, omp, pi
from bench.agent_logs.request import Request, Session, uuid4, uuid7
from bench.text import Text
from bench.truth import Truth
from bench.work import conversation, folder

Files = Iterator[tuple[str, bytes]]
COPY_LIMIT = 300_000
"""Bytes of an earlier session that a resumed or forked one repeats at most."""


@dataclass
class Desk:
    """What the authors of one corpus share."""

    rng: random.Random
    text: Text
    truth: Truth
    text_bytes: float
    """Mean size of what tools and people say per request; 0: every line is a usage line."""
    answer_bytes: float
    copies: bool
    """Whether requests are streamed on several lines, resumed, forked, archived and mirrored."""
    earlier: dict[str, tuple[object, bytes]] = field(default_factory=dict)
    """Per agent the last session and its bytes, if few: what may be resumed."""

    def chance(self, share: float) -> bool:
        """Draw whether a kind of copy happens now."""
        return self.copies and self.rng.random() < share

    def said(self) -> bytes:
        """Draw what a tool says: mostly little, now and then a whole file."""
        draw = self.rng.random()
        factor = 0.45 if draw < 0.8 else 2.4 if draw < 0.99 else 16
        return self.text.about(self.text_bytes * factor * (0.3 + 1.4 * self.rng.random()))

    def answered(self) -> bytes:
        """Draw what a model says."""
        if not self.answer_bytes:
            return b"ok"
        return self.text.about(self.answer_bytes * (0.3 + 1.4 * self.rng.random()))


@dataclass(frozen=True)
class Quota:
    """How long a session is: until it has so many bytes or so many requests."""

    size: int
    requests: int


class _Pages:
    """The lines of one file, counted."""

    def __init__(self, quota: Quota) -> None:
        self.lines: list[bytes] = []
        self.size = self.requests = 0
        self._quota = quota

    def add(self, *lines: bytes) -> None:
        self.lines += lines
        self.size += sum(map(len, lines))

    @property
    def open(self) -> bool:
        return self.requests == 0 or (self.size < self._quota.size and self.requests < self._quota.requests)

    def bytes(self) -> bytes:
        return b"".join(self.lines)


def write_claude(desk: Desk, start: int, quota: Quota) -> Files:
    """Write a Claude Code session: streamed lines, resumed copies, sub-agents with replays."""
    rng, session = desk.rng, Session(uuid4(desk.rng), folder(desk.rng), start)
    pages = _Pages(quota)
    if "claude" in desk.earlier and desk.chance(0.08):
        old, copied = desk.earlier["claude"]
        assert isinstance(old, Session)
        session = session._replace(cwd=old.cwd)
        pages.add(copied.replace(old.id.encode(), session.id.encode()))
    transcript = claude.Transcript(session, rng)
    pages.add(transcript.opening())
    for request in conversation(rng, "claude", start):
        if desk.text_bytes:
            pages.add(transcript.tool_result(request.at - 1500, desk.said()))
        streamed = 1 + (int(rng.random() * 3) if desk.copies else 0)
        pages.add(transcript.answer(request, desk.answered(), streamed))
        desk.truth.add("claude", request)
        pages.requests += 1
        if not pages.open:
            break
    if desk.chance(0.12):
        yield _sub_agent(desk, transcript, pages, request)
    yield transcript.path, _remember(desk, "claude", session, pages)


def _sub_agent(desk: Desk, parent: claude.Transcript, pages: _Pages, last: Request) -> tuple[str, bytes]:
    """Write a sub-agent's transcript: its own requests, then a replay of one of the parent's."""
    rng = desk.rng
    child = claude.Transcript(parent.session, rng, agent=f"{rng.getrandbits(32):08x}")
    lines = [child.opening()]
    for request in islice(conversation(rng, "claude", last.at), 1 + int(rng.random() * 8)):
        lines += [child.tool_result(request.at - 1500, desk.said()), child.answer(request, desk.answered())]
        desk.truth.add("claude", request)
    main = next(conversation(rng, "claude", request.at))
    message = claude.message_id(rng)
    pages.add(parent.message(main, message, claude.request_id(rng), main.at, b"Done."))
    replay = main._replace(cache_read=main.cache_read + 50_000)
    lines.append(child.message(replay, message, claude.request_id(rng), main.at, b"Done."))
    desk.truth.add("claude", main)
    return child.path, b"".join(lines)


def write_codex(desk: Desk, start: int, quota: Quota) -> Files:
    """Write a Codex rollout: counters said again, forks that repeat their parent, archived copies."""
    rng, session = desk.rng, Session(uuid7(desk.rng, start), folder(desk.rng), start)
    pages = _Pages(quota)
    parent = None
    if "codex" in desk.earlier and desk.chance(0.05):
        old, copied = desk.earlier["codex"]
        assert isinstance(old, codex.Rollout)
        parent, session = old, session._replace(cwd=old.session.cwd)
    rollout = codex.Rollout(session, rng, parent=parent)
    pages.add(rollout.opening())
    if parent:
        pages.add(copied)
    model = ""
    for number, request in enumerate(conversation(rng, "codex", start)):
        if number % 7 == 0 or request.model != model:
            model = request.model
            pages.add(rollout.turn(request.at - 1900, model))
        if desk.text_bytes:
            pages.add(rollout.tool_output(request.at - 1500, desk.said()))
        pages.add(rollout.response(request, desk.answered()))
        if desk.chance(0.35):
            pages.add(rollout.counters(request.at + 700))
        if desk.chance(0.05):
            pages.add(rollout.limits_only(request.at + 900))
        desk.truth.add("codex", request)
        pages.requests += 1
        if not pages.open:
            break
    whole = _remember(desk, "codex", rollout, pages)
    yield rollout.path, whole
    if desk.chance(0.03) and len(whole) < COPY_LIMIT:
        yield f".codex/archived_sessions/{rollout.name}", whole


def write_gemini(desk: Desk, start: int, quota: Quota) -> Files:
    """Write a Gemini CLI chat: ids appended again, and some with the older document beside the lines."""
    rng = desk.rng
    chat = gemini.Chat(Session(uuid4(rng), folder(rng), start), rng)
    pages = _Pages(quota)
    twin = desk.chance(0.15)
    messages = []
    pages.add(chat.opening())
    for request in conversation(rng, "gemini", start):
        asked = chat.question(request.at - 1500, desk.said()) if desk.text_bytes else b""
        answer = chat.answer(request, desk.answered(), again=desk.copies)
        pages.add(asked, answer, chat.touch(request.at + 10))
        messages += [line for line in (asked, answer.splitlines(keepends=True)[-1]) if line]
        desk.truth.add("gemini", request)
        pages.requests += 1
        if not pages.open:
            break
    yield chat.path, pages.bytes()
    if twin:
        yield chat.document_path, chat.document(messages)


def write_kimi(desk: Desk, start: int, quota: Quota) -> Files:
    """Write a Kimi CLI wire, some with a sub-agent's that the parent mirrors."""
    rng, session = desk.rng, Session(uuid4(desk.rng), folder(desk.rng), start)
    wire, pages = kimi.CliWire(session, rng), _Pages(quota)
    agent = f"a{rng.getrandbits(20):05x}" if desk.chance(0.3) else ""
    child = [wire.opening()]
    pages.add(wire.opening())
    for request in conversation(rng, "kimi", start):
        message = kimi.completion_id(rng)
        if agent and rng.random() < 0.3:
            pages.add(wire.mirrored(request, message, agent))
            child.append(wire.status(request, message))
        else:
            if desk.text_bytes:
                pages.add(wire.tool_result(request.at - 1500, desk.said()))
            pages.add(wire.status(request, message))
        desk.truth.add("kimi", request)
        pages.requests += 1
        if not pages.open:
            break
    yield wire.path, pages.bytes()
    if agent:
        yield kimi.CliWire(session, rng, agent=agent).path, b"".join(child)


def write_kimi_code(desk: Desk, start: int, quota: Quota) -> Files:
    """Write a Kimi Code wire with its state; each request is told twice, as it ends and as a record."""
    rng, pages = desk.rng, _Pages(quota)
    wire = kimi.CodeWire(Session(uuid4(rng), folder(rng), start), rng)
    pages.add(wire.opening())
    for request in conversation(rng, "kimi-code", start):
        if desk.text_bytes:
            pages.add(wire.tool_result(request.at - 1500, desk.said()))
        pages.add(wire.answer(request))
        desk.truth.add("kimi", request)
        pages.requests += 1
        if not pages.open:
            break
    yield wire.path, pages.bytes()
    yield f"{wire.folder}/state.json", wire.state()


def _write_tree(agent: str, kind: type[omp.SessionFile], desk: Desk, start: int, quota: Quota) -> Files:
    """Write a session of Oh My Pi or pi; some are forks that repeat another's entries."""
    rng, session = desk.rng, Session(uuid4(desk.rng), folder(desk.rng), start)
    pages, parent, copied = _Pages(quota), "", b""
    if agent in desk.earlier and desk.chance(0.1):
        old, copied = desk.earlier[agent]
        assert isinstance(old, kind)
        parent, session = old.path, session._replace(cwd=old.session.cwd)
    file = kind(session, rng, parent=parent)
    pages.add(file.opening())
    entries = _Pages(quota)
    entries.add(*copied.splitlines(keepends=True)[kind.OPENING_LINES :])
    model = ""
    for request in conversation(rng, agent, start):
        if request.model != model:
            model = request.model
            entries.add(file.model(request.at - 1800, model))
        if desk.text_bytes:
            entries.add(file.tool_result(request.at - 1500, desk.said()))
        entries.add(file.answer(request, desk.answered()))
        desk.truth.add(agent, request)
        entries.requests += 1
        if not entries.open:
            break
    pages.add(*entries.lines)
    yield file.path, _remember(desk, agent, file, pages)


def _remember(desk: Desk, agent: str, session: object, pages: _Pages) -> bytes:
    """Return the whole file; keep it when it is short enough to be resumed."""
    whole = pages.bytes()
    if desk.copies and len(whole) < COPY_LIMIT:
        desk.earlier[agent] = (session, whole)
    return whole


AUTHORS: dict[str, Callable[[Desk, int, Quota], Files]] = {
    "claude": write_claude,
    "codex": write_codex,
    "gemini": write_gemini,
    "kimi": write_kimi,
    "kimi-code": write_kimi_code,
    "omp": partial(_write_tree, "omp", omp.SessionFile),
    "pi": partial(_write_tree, "pi", pi.SessionFile),
}
