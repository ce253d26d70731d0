"""Hostile requests made from seeds: bytes of HTTP, records, reports, queries, packed bodies, headers."""

import gzip
import json
import random
import sys
import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from ai_usage.wire.record import KEYS

from .desync_corpus import FRAMED, HIDDEN, HOPELESS, head
from .uploads import ndjson, record, report

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class Hostile(NamedTuple):
    """One connection's bytes, in the pieces in which they are sent."""

    kind: str
    pieces: tuple[bytes, ...]


Maker = Callable[[random.Random], Hostile]

_INSERTED: Final = (
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b"\xff", b"\x80", b"%00", b"#", b"?", b"&", b";",
    b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"0\r\n\r\n", b"A" * 3000, HIDDEN,
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**400, 1.0, 0.5, -0.0,
    1e308, 1e-320, "", " ", "x", "x" * 513, "é" * 300, "\0", "\ud800", "\u2028", "claude", "Claude", "-",
    "a" * 64, "A" * 64, [], {}, [[]], {"a": 1}, "2026-05-18T12:00:00Z", "2026-05-18T24:00:00Z",
    "2026-02-30T12:00:00Z", "9999-12-31T23:59:60Z",
    "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "2026-05-18t12:00:00.123456789z", "2026-05-18 12:00:00+00:00",
    "2026-W21-1T12:00:00Z", "٢٠٢٦-05-18T12:00:00Z", "2026-05-18T12:00:00" + ".1" * 40,
)  # fmt: skip
_NUMERALS: Final = (
    "-0", "1.0", "1e2", "1E400", "-1e400", "01", "+1", "0x1", "NaN", "Infinity", "-Infinity", "1_000", ".5", "5.",
    "9" * 500, "1" + "0" * 5000, "-", "", "٣", "1e-400",
)  # fmt: skip
_QUERIES: Final = (
    "after_seq={v}", "after_seq=0&limit={v}", "after_seq=0&supported_vendors={v}", "after_seq=0&exclude_host={v}",
    "after_seq=0&host={v}", "after_seq=0&day={v}", "after_seq=0&epoch={v}", "after_seq=0&after_seq={v}", "{v}",
    "host_id={v}", "host_id=laptop&before={v}",
)  # fmt: skip
_QUERY_VALUES: Final = (
    "", "0", "-0", "-1", "+1", "1.0", "9" * 19, "9" * 20, "9" * 4000, "%", "%zz", "%00", "%ff", "%F0%9F%98%80", "%2B1",
    "*", ",", ",,,", "claude", "a" * 5000, "x" * 32, "../..", "'", '"', "'; DROP TABLE records; --", "2026-05-18",
    "2026-05-18T12:00:00Z", "2026-05-18T12:00:00+00:00", "9999-12-31T23:59:59-23:59", "laptop", "&" * 300, "=" * 300,
)  # fmt: skip


def _request(chance: random.Random) -> bytes:
    body = chance.choice((ndjson(record("a")), ndjson(record("b"), record("c")), b"", b"\n", report()))
    path = chance.choice(("/v1/upload", "/v1/integrity/report", "/v1/upload", "/v1/nothing"))
    if chance.random() < 0.3:
        return head("connection: keep-alive", first="GET /v1/machines HTTP/1.1")
    if chance.random() < 0.3:
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (body[:9], body[9:]) if each)
        return head("transfer-encoding: chunked", first=f"POST {path} HTTP/1.1") + chunks + b"0\r\n\r\n"
    return head(f"content-length: {len(body)}", first=f"POST {path} HTTP/1.1") + body


def _mutated_http(chance: random.Random) -> Hostile:
    content = bytearray(_request(chance))
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(content))
        match chance.randrange(5):
            case 0:
                content[place] ^= 1 << chance.randrange(8)
            case 1:
                content[place:place] = chance.choice(_INSERTED)
            case 2:
                del content[place : place + chance.randrange(1, 12)]
            case 3:
                content[place:place] = content[chance.randrange(len(content)) :][:40]
            case _:
                content += chance.choice((HIDDEN, b"\r\n", b"\0", b"GET / HTTP/1.1\r\n\r\n"))
        if not content:
            content += b"\r\n"
    return Hostile("http", tuple(_in_pieces(chance, bytes(content))))


def _known_desync(chance: random.Random) -> Hostile:
    return Hostile("desync", tuple(_in_pieces(chance, chance.choice((*HOPELESS, *FRAMED)).sent)))


def _in_pieces(chance: random.Random, content: bytes) -> list[bytes]:
    cuts = sorted(chance.randrange(len(content) + 1) for _ in range(chance.choice((0, 0, 1, 2, 5))))
    return [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]


def _members(chance: random.Random) -> str:
    """Spell the members of a record with some of them wrong."""
    members: dict[str, Any] = msgspec.to_builtins(record(f"hostile-{chance.randrange(50)}"))
    spelled = {key: json.dumps(value) for key, value in members.items()}
    for _ in range(chance.randrange(1, 3)):
        key = chance.choice(KEYS)
        match chance.randrange(4):
            case 0:
                spelled.pop(key, None)
            case 1:
                spelled[key] = chance.choice(_NUMERALS)
            case 2:
                spelled[chance.choice((key.upper(), "unknown", "", key + " "))] = json.dumps(
                    chance.choice(_VALUES)
                )
            case _:
                spelled[key] = json.dumps(chance.choice(_VALUES), ensure_ascii=chance.random() < 0.5)
    pairs = [f'"{key}":{value}' for key, value in spelled.items()]
    if chance.random() < 0.1:
        pairs.append(chance.choice(pairs))
    if chance.random() < 0.2:
        chance.shuffle(pairs)
    return ",".join(pairs)


def _hostile_record(chance: random.Random) -> Hostile:
    line = ("{" + _members(chance) + "}").encode("utf-8", "surrogatepass")
    match chance.randrange(10):
        case 0:
            line = line[: chance.randrange(len(line))]
        case 1:
            line = chance.choice((b"\xef\xbb\xbf", b"\xff", b"\0", b"[", b" ")) + line
        case 2:
            line = b"[" * chance.choice((10, 1000, 100_000)) + line
        case 3:
            line += chance.choice((b"}", b"\r", b",", b" x", b"\0", line))
        case 4:
            line = chance.choice((b"[]", b"1", b'"x"', b"null", b"{}", b"{" * 5000, b'{"a":' * 5000))
        case _:
            pass
    lines = [line, ndjson(record("good")).strip()]
    chance.shuffle(lines)
    body = chance.choice((b"\n", b"\r\n", b"\n\n", b"\r")).join(lines)
    return Hostile("record", (head(f"content-length: {len(body)}"), body))


def _hostile_report(chance: random.Random) -> Hostile:
    members = json.loads(report())
    members[chance.choice([*members, "stale", "x"])] = chance.choice(_VALUES)
    body = json.dumps(members).encode("utf-8", "surrogatepass")
    if chance.random() < 0.3:
        place = chance.randrange(len(body))
        body = body[:place] + chance.choice(_INSERTED) + body[place:]
    return Hostile(
        "report", (head(f"content-length: {len(body)}", first="POST /v1/integrity/report HTTP/1.1") + body,)
    )


def _hostile_query(chance: random.Random) -> Hostile:
    query = chance.choice(_QUERIES).replace("{v}", chance.choice(_QUERY_VALUES))
    path = chance.choice(
        ("/v1/pull", "/v1/pull", "/v1/integrity/days", "/v1/machines", "//v1/pull", "/v1/%70ull")
    )
    return Hostile("query", (head(first=f"GET {path}?{query} HTTP/1.1"),))


def _packed(chance: random.Random) -> Hostile:
    plain = chance.choice((ndjson(record("packed")), b"\n" * 5_000_000, b"", b"x" * 1_048_577))
    packed, name = chance.choice(
        (
            (gzip.compress(plain), "gzip"), (zstd.compress(plain), "zstd"), (zlib.compress(plain), "gzip"),
            (gzip.compress(plain) * 2, "gzip"), (gzip.compress(gzip.compress(plain)), "gzip, gzip"),
            (zstd.compress(plain) * 2, "zstd"), (gzip.compress(plain), "zstd"), (gzip.compress(plain), "br"),
        )
    )  # fmt: skip
    if chance.random() < 0.4 and packed:
        content = bytearray(packed)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        packed = bytes(content[: chance.randrange(1, len(content) + 1)])
    return Hostile("packed", (head(f"content-length: {len(packed)}", f"content-encoding: {name}"), packed))


def _hostile_header(chance: random.Random) -> Hostile:
    name = chance.choice(
        ("x-ai-usage-client", "x-ai-usage-installation", "x-ai-usage-adopt", "authorization", "content-encoding",
         "expect", "content-type", "x-forwarded-for", "accept-encoding", "range", "te", "cookie")
    )  # fmt: skip
    value = chance.choice(
        ("", "x", "laptop", "Laptop", "é", "\xff", "a" * 64, "a" * 60_000, "1", "Bearer", "Bearer \xff", "gzip;q=0",
         "100-Continue", "127.0.0.1", "::1, ,", "trailers", '"' * 50, "\t", "bytes=0-", "None")
    )  # fmt: skip
    body = ndjson(record("header"))
    return Hostile("header", (head(f"{name}: {value}", f"content-length: {len(body)}") + body,))


MAKERS: Final[tuple[Maker, ...]] = (
    _mutated_http, _mutated_http, _known_desync, _hostile_record, _hostile_record, _hostile_report, _hostile_query,
    _packed, _hostile_header,
)  # fmt: skip


def make_hostile(seed: int) -> Hostile:
    """Make the input of a seed."""
    chance = random.Random(seed)
    return chance.choice(MAKERS)(chance)
