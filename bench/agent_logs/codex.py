"""Codex rollouts: `sessions/YYYY/MM/DD/rollout-*.jsonl`, running totals after each response."""

import random

from bench.agent_logs.request import DAY_MS, Request, Session, day_of, iso, uuid7

Counts = tuple[int, int, int, int, int]
"""Input, cached input, cache writes, output, reasoning; input holds the cached and the written part."""


class Rollout:
    """One rollout file with its counters."""

    def __init__(self, session: Session, rng: random.Random, *, parent: "Rollout | None" = None) -> None:
        """Begin a rollout.

        Args:
            session: its id (a UUID), folder and start.
            rng: where ids come from.
            parent: the rollout this one was forked from; its counters go on.
        """
        self.session = session
        self.total: Counts = parent.total if parent else (0, 0, 0, 0, 0)
        self.name = f"rollout-{iso(session.start)[:19].replace(':', '-')}-{session.id}.jsonl"
        self.path = f".codex/sessions/{day_of(session.start // DAY_MS).replace('-', '/')}/{self.name}"
        self._rng = rng
        self._fork = f'"forked_from_id":"{parent.session.id}",' if parent else ""
        self._used = 1.0

    def opening(self) -> bytes:
        """Return the line that owns the file."""
        at = iso(self.session.start)
        return (
            f'{{"timestamp":"{at}","type":"session_meta","payload":{{"id":"{self.session.id}",{self._fork}'
            f'"timestamp":"{at}","cwd":"{self.session.cwd}","originator":"codex_cli_rs","cli_version":"0.140.0",'
            f'"source":"cli","model_provider":"openai","base_instructions":{{"text":"Be brief."}}}}}}\n'
        ).encode()

    def turn(self, at: int, model: str, effort: str = "high") -> bytes:
        """Return the line that begins a turn, with its id, model and effort."""
        return (
            f'{{"timestamp":"{iso(at)}","type":"turn_context","payload":{{"turn_id":"{uuid7(self._rng, at)}",'
            f'"cwd":"{self.session.cwd}","approval_policy":"on-request","model":"{model}","effort":"{effort}",'
            f'"summary":"auto"}}}}\n'
        ).encode()

    def tool_output(self, at: int, text: bytes) -> bytes:
        """Return the line with what a tool said."""
        head = (
            f'{{"timestamp":"{iso(at)}","type":"response_item","payload":{{"type":"function_call_output",'
            f'"call_id":"call_{self._rng.getrandbits(96):024x}","output":"'
        )
        return head.encode() + text + b'"}}\n'

    def response(self, request: Request, text: bytes) -> bytes:
        """Return the lines of one response: the message and the counters after it."""
        prompt = request.input + request.cache_read + request.write_5m
        last = (prompt, request.cache_read, request.write_5m, request.output, request.reasoning)
        a, b, c, d, e = self.total
        self.total = (a + last[0], b + last[1], c + last[2], d + last[3], e + last[4])
        self._last = last
        head = (
            f'{{"timestamp":"{iso(request.at - 2)}","type":"response_item","payload":{{"type":"message",'
            f'"role":"assistant","content":[{{"type":"output_text","text":"'
        )
        return head.encode() + text + b'"}]}}\n' + self.counters(request.at)

    def counters(self, at: int) -> bytes:
        """Return the present counters; a second call after one response repeats them."""
        self._used += 0.25
        return (
            f'{{"timestamp":"{iso(at)}","type":"event_msg","payload":{{"type":"token_count","info":{{'
            f'"total_token_usage":{_usage(self.total)},"last_token_usage":{_usage(self._last)},'
            f'"model_context_window":272000}},"rate_limits":{{"limit_id":"codex","primary":{{'
            f'"used_percent":{self._used % 100},"window_minutes":300,'
            f'"resets_at":{at // 1000 + 9000}}}}}}}}}\n'
        ).encode()

    def limits_only(self, at: int) -> bytes:
        """Return an event that tells rate limits and no usage."""
        return (
            f'{{"timestamp":"{iso(at)}","type":"event_msg","payload":{{"type":"token_count","info":null,'
            f'"rate_limits":{{"limit_id":"codex","primary":{{"used_percent":2.0}}}}}}}}\n'
        ).encode()


def _usage(counts: Counts) -> str:
    prompt, cached, written, output, reasoning = counts
    writes = f'"cache_write_input_tokens":{written},' if written else ""
    return (
        f'{{"input_tokens":{prompt},"cached_input_tokens":{cached},{writes}"output_tokens":{output},'
        f'"reasoning_output_tokens":{reasoning},"total_tokens":{prompt + output}}}'
    )
