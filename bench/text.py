"""What people and tools say in logs: a pool of text, escaped for JSON, cut at whole paragraphs."""

import json
import random

PARAGRAPHS = 6000
WORDS = """
the file returns value error test when list of path read write cache token usage model request line self
def return import from class None True for in if else raise with open async await const let function
export type string number interface public static void main println fmt Sprintf struct enum match Some Ok
Err unwrap build passed failed warning note deprecated expected actual assert equal total count input
output running installed package version lock commit branch merge diff index header footer button layout
grid flex color naïve café Größe
""".split()  # noqa: SIM905 - a list of one word a line is 120 lines


class Text:
    """A pool of escaped text of a few megabytes, from which pieces of any size are cut."""

    def __init__(self, rng: random.Random, paragraphs: int = PARAGRAPHS) -> None:
        """Fill the pool from a seeded generator."""
        self._paragraphs = paragraphs
        pieces = [_paragraph(rng) for _ in range(paragraphs)]
        self._starts = [0]
        for piece in pieces:
            self._starts.append(self._starts[-1] + len(piece))
        self._pool = b"".join(pieces)
        self._mean = len(self._pool) / paragraphs
        self._rng = rng

    def about(self, size: float) -> bytes:
        """Cut about `size` bytes at a random place; whole paragraphs, at least one."""
        count = max(1, min(self._paragraphs - 1, round(size / self._mean)))
        first = int(self._rng.random() * (self._paragraphs - count))
        return self._pool[self._starts[first] : self._starts[first + count]]


def _paragraph(rng: random.Random) -> bytes:
    """Make 100 to 900 bytes of words, code, listings or a log inside a log."""
    kind = rng.random()
    words = [WORDS[int(rng.random() * len(WORDS))] for _ in range(int(20 + rng.random() * 110))]
    if kind < 0.6:
        text = " ".join(words) + ".\n"
    elif kind < 0.9:
        text = "".join(f"    {a}.{b}({c!r}, {d})\n" for a, b, c, d in zip(*[iter(words)] * 4, strict=False))
    elif kind < 0.98:
        text = "".join(
            f"-rw-r--r-- 1 dev dev {rng.getrandbits(16):6d} src/{word}.py\n" for word in words[:12]
        )
    else:
        text = (
            json.dumps(
                {"type": "assistant", "usage": {"input_tokens": 7, "output_tokens": 9}, "text": words[0]}
            )
            + "\n"
        )
    return json.dumps(text, ensure_ascii=False)[1:-1].encode()
