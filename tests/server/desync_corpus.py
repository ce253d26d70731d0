"""Requests whose end two readers may see in different places, each with a hidden request behind that end.

Sources: RFC 9112 sections 2.2, 3.2, 5.1, 6, 7.1 and 11.2, and the published classes of request smuggling: CL.TE, TE.CL,
TE.TE, CL.CL, CL.0, 0.CL, h2c upgrade, chunk extensions, trailers, line ends.
"""

from typing import NamedTuple

from ..servers import TOKEN

HIDDEN_PATH = "/v1/hidden"
FORGED_ADDRESS = "6.6.6.6"
HIDDEN = (
    f"GET {HIDDEN_PATH} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: {FORGED_ADDRESS}\r\n"
    "authorization: Bearer wrong\r\n\r\n"
).encode()


class Case(NamedTuple):
    """Bytes of one connection, and the statuses of all answers that the server itself gives to them."""

    name: str
    sent: bytes
    statuses: tuple[int, ...] = (400,)


def head(*lines: str, first: str = "POST /v1/upload HTTP/1.1", host: str = "host: localhost") -> bytes:
    """Spell a head with the right token; a line is taken as it is, line ends inside it too."""
    known = [first, host, f"authorization: Bearer {TOKEN}", *lines]
    return "".join(f"{line}\r\n" for line in known if line).encode("latin-1") + b"\r\n"


def _length(*more: str, name: str = "content-length", first: str = "POST /v1/upload HTTP/1.1") -> bytes:
    """Hide a request in a body with a right length."""
    return head(f"{name}: {len(HIDDEN)}", *more, first=first) + HIDDEN


def _chunks(*lines: str, chunks: bytes = b"0\r\n\r\n", first: str = "POST /v1/upload HTTP/1.1") -> bytes:
    return head("transfer-encoding: chunked", *lines, first=first) + chunks + HIDDEN


CHUNKED_HIDDEN = b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)

UPGRADES = [
    ("connection: Upgrade", "upgrade: h2c"),
    ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAARAAAAAAAIAAAAA"),
    ("connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: x"),
    ("Connection: UPGRADE", "Upgrade: H2C"),
    ("connection: keep-alive, Upgrade", "upgrade: h2c, websocket"),
    ("connection: keep-alive", "connection: upgrade", "upgrade: TLS/1.0"),
    ("upgrade: foo/2", "upgrade: h2c", "connection: close, upgrade"),
    ("connection:\tupgrade\t", "upgrade:\th2c"),
    ("upgrade: h2c",),
    ("upgrade:", "connection: upgrade"),
]

_LENGTHS = {
    "plus": "content-length: +{n}",
    "minus": "content-length: -{n}",
    "hex": "content-length: 0x{n:x}",
    "list": "content-length: {n}, {n}",
    "two numbers": "content-length: {n} {n}",
    "fraction": "content-length: {n}.0",
    "exponent": "content-length: {n}e0",
    "empty": "content-length:",
    "twice, equal": "content-length: {n}\r\ncontent-length: {n}",
    "twice, other": "content-length: 0\r\ncontent-length: {n}",
    "twice, odd case": "Content-Length: {n}\r\ncONTENT-lENGTH: 0",
    "vertical tab": "content-length: \x0b{n}",
    "other digits": "content-length: \xb2",
    "space before colon": "content-length : {n}",
    "tab before colon": "content-length\t: {n}",
    "space before name": " content-length: {n}",
    "folded": "content-length:\r\n {n}",
    "folded by a tab": "content-length:\r\n\t{n}",
    "NUL in name": "content-\0length: {n}",
    "NUL in value": "content-length: {n}\0",
    "bare CR": "x: y\rcontent-length: {n}",
    "bare LF": "x: y\ncontent-length: {n}",
    "no colon": "content-length {n}",
}

_ENCODINGS = {
    "gzip, chunked": "transfer-encoding: gzip, chunked",
    "chunked, gzip": "transfer-encoding: chunked, gzip",
    "chunked twice": "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
    "chunked, chunked": "transfer-encoding: chunked, chunked",
    "identity": "transfer-encoding: identity",
    "identity and chunked": "transfer-encoding: identity\r\ntransfer-encoding: chunked",
    "unknown": "transfer-encoding: xchunked",
    "with a parameter": "transfer-encoding: chunked;q=1",
    "quoted": 'transfer-encoding: "chunked"',
    "vertical tab": "transfer-encoding: \x0bchunked",
    "space before colon": "transfer-encoding : chunked",
    "folded": "transfer-encoding:\r\n chunked",
    "bare LF before it": "x: y\ntransfer-encoding: chunked",
    "bare CR before it": "x: y\rtransfer-encoding: chunked",
    "NUL": "transfer-encoding: chunked\0",
    "empty": "transfer-encoding:",
    "comma before": "transfer-encoding: , chunked",
    "comma after": "transfer-encoding: chunked,",
    "high byte": "transfer-encoding: chunked\xff",
}

_CHUNKS = {
    "hex prefix": b"0x0\r\n\r\n",
    "plus": b"+0\r\n\r\n",
    "minus": b"-0\r\n\r\n",
    "blank before size": b" 0\r\n\r\n",
    "blank after size": b"0 \r\n\r\n",
    "no size": b"\r\n\r\n",
    "overflow": b"10000000000000000\r\n",
    "line end is LF": b"1\n\n\n0\n\n",
    "line end is CR": b"1\r\n\r0\r\r",
    "LF after the data": b"1\r\n\n\n0\r\n\r\n",
    "no line end after the data": b"1\r\n\n0\r\n\r\n",
    "data longer than its size": b"1\r\n\n\n\n0\r\n\r\n",
    "LF ends the last chunk": b"0\r\n\n",
    "extension without a name": b"0;\r\n\r\n",
    "extension with LF": b"0;a\n\r\n\r\n",
    "extension with quoted LF": b'0;a="\n"\r\n\r\n',
    "extension with quoted CRLF": b'0;a="\r\n"\r\n\r\n',
    "extension after a blank": b"0 ;a=b\r\n\r\n",
    "NUL in the size": b"0\0\r\n\r\n",
    "trailer": b"0\r\nx-more: 1\r\n\r\n",
    "trailer with an address": f"0\r\nx-forwarded-for: {FORGED_ADDRESS}\r\n\r\n".encode(),
    "trailer with a length": b"0\r\ncontent-length: 7\r\n\r\n",
    "trailer with an encoding": b"0\r\ntransfer-encoding: chunked\r\n\r\n",
    "trailer with a token": b"0\r\nauthorization: Bearer x\r\n\r\n",
    "folded trailer": b"0\r\nx: 1\r\n 2\r\n\r\n",
}

_FIRST_LINES = {
    "HTTP/0.9": "POST /v1/upload HTTP/0.9",
    "HTTP/1.2": "POST /v1/upload HTTP/1.2",
    "HTTP/2.0": "POST /v1/upload HTTP/2.0",
    "http/1.1": "POST /v1/upload http/1.1",
    "RTSP": "SETUP /v1/upload RTSP/1.0",
    "ICE": "SOURCE /v1/upload ICE/1.0",
    "blank at the end": "POST /v1/upload HTTP/1.1 ",
    "tabs": "POST\t/v1/upload\tHTTP/1.1",
    "blank before": " POST /v1/upload HTTP/1.1",
    "lower case": "post /v1/upload HTTP/1.1",
    "unknown method": "SMUGGLE /v1/upload HTTP/1.1",
    "fragment": "POST /v1/upload#x HTTP/1.1",
    "NUL in the target": "POST /v1/upload\0 HTTP/1.1",
    "high byte in the target": "POST /v1/upl\xf6ad HTTP/1.1",
    "bare CR": "POST /v1/upload HTTP/1.1\rx: y",
    "bare LF": "POST /v1/upload HTTP/1.1\nx: y",
    "CONNECT": "CONNECT localhost:80 HTTP/1.1",
}

_HEADERS = {
    "NUL in a value": "x: a\0b",
    "control character in a value": "x: a\x01b",
    "NUL in a name": "x\0: a",
    "blank in a name": "x y: a",
    "high byte in a name": "x\xff: a",
    "empty name": ": a",
    "no colon": "x",
    "folded": "x: a\r\n b",
    "CR CR LF": "x: a\r",
    "second Host": "host: other",
}


def _hopeless() -> list[Case]:
    """Requests that nothing frames: one refusal, and the connection ends."""
    n = len(HIDDEN)
    return [
        *(Case(f"upgrade {lines}", _length(*lines)) for lines in UPGRADES),
        *(
            Case(f"upgrade and chunks {lines}", head("transfer-encoding: chunked", *lines) + CHUNKED_HIDDEN)
            for lines in UPGRADES
        ),
        *(Case(f"upgrade without a body {lines}", head(*lines) + HIDDEN) for lines in UPGRADES),
        *(Case(f"length: {name}", head(line.format(n=n)) + HIDDEN) for name, line in _LENGTHS.items()),
        *(
            Case(f"length and encoding: {name}", head(f"content-length: {n}", line) + CHUNKED_HIDDEN)
            for name, line in {**_ENCODINGS, "chunked": "transfer-encoding: chunked"}.items()
        ),
        *(
            Case(f"encoding and length: {name}", head(line, f"content-length: {n}") + CHUNKED_HIDDEN)
            for name, line in {**_ENCODINGS, "chunked": "transfer-encoding: chunked"}.items()
        ),
        *(Case(f"encoding: {name}", head(line) + CHUNKED_HIDDEN) for name, line in _ENCODINGS.items()),
        *(Case(f"chunks: {name}", _chunks(chunks=chunks)) for name, chunks in _CHUNKS.items()),
        *(Case(f"first line: {name}", _length(first=first)) for name, first in _FIRST_LINES.items()),
        *(Case(f"header: {name}", _length(line)) for name, line in _HEADERS.items()),
        Case("encoding in HTTP/1.0", _chunks(first="POST /v1/upload HTTP/1.0")),
        Case("no Host", head(f"content-length: {n}", host="") + HIDDEN),
        Case("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN),
        Case("HTTP/0.9 request", b"GET /v1/health\r\n\r\n" + HIDDEN),
        Case("TLS hello", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + HIDDEN),
        Case("length of 4,301 digits", head(f"content-length: {'9' * 4301}") + HIDDEN, (413,)),
    ]


def _framed() -> list[Case]:
    """Requests that look odd and are framed: each gets its answer, and what the body hides gets none."""
    bad_line = 400  # the hidden request is not a record
    return [
        Case("a right length", _length(), (bad_line,)),
        Case("right chunks", head("transfer-encoding: chunked") + CHUNKED_HIDDEN, (bad_line,)),
        Case("a length in odd case", _length(name="cOnTeNt-LeNgTh"), (bad_line,)),
        Case("an encoding in odd case", head("Transfer-ENCODING:  ChUnKeD ") + CHUNKED_HIDDEN, (bad_line,)),
        Case(
            "a length with zeros before it", head(f"content-length: 000{len(HIDDEN)}") + HIDDEN, (bad_line,)
        ),
        Case("a length with blanks", head(f"content-length: \t{len(HIDDEN)} \t") + HIDDEN, (bad_line,)),
        Case("a body of a GET", _length(first="GET /v1/health HTTP/1.1"), (200,)),
        Case("an absolute target", _length(first="POST http://localhost/v1/upload HTTP/1.1"), (bad_line,)),
        Case("an extension of a chunk", _chunks("connection: close", chunks=b"0;a=b\r\n\r\n"), (200,)),
        Case("line ends before the request", b"\r\n\r\n" + _length(), (bad_line,)),
        Case(
            "names with underscores", _length("content_length: 3", "transfer_encoding: chunked"), (bad_line,)
        ),
        Case("Connection: upgrade alone", _length("connection: upgrade"), (bad_line,)),
        Case(
            "Connection: upgrade alone, and chunks",
            head("connection: upgrade, close", "transfer-encoding: chunked") + CHUNKED_HIDDEN,
            (bad_line,),
        ),
        Case("Proxy-Connection", _length("proxy-connection: upgrade"), (bad_line,)),
        Case("a wrong token and a body", _length("authorization: Bearer wrong"), (bad_line,)),
        Case("HTTP/1.0", _length(first="POST /v1/upload HTTP/1.0"), (bad_line,)),
        Case(
            "what follows Connection: close", head("connection: close", "content-length: 0") + HIDDEN, (200,)
        ),
        Case("another encoding of the content", _length("content-encoding: identity, gzip"), (415,)),
        Case("an unknown expectation", _length("expect: more"), (bad_line,)),
        Case(
            "a length of 4,301 digits that is small", head(f"content-length: {'0' * 4300}1") + b"\n", (413,)
        ),
        Case(
            "two requests and a fault: the answers keep their order",
            head("content-length: 1")
            + b"\n"
            + head(first="GET /v1/machines HTTP/1.1")
            + b"x y\r\n\r\n"
            + HIDDEN,
            (200, 200, 400),
        ),
        Case(
            "a request and a fault in the body of the next",
            head(first="GET /v1/machines HTTP/1.1") + _chunks(chunks=b"zz\r\n"),
            (200, 400),
        ),
        Case("a hundred requests at once", head(first="GET /v1/machines HTTP/1.1") * 100, (200,) * 100),
        Case(
            "a thousand requests at once",
            head(first="GET /v1/machines HTTP/1.1") * 1000,
            (200,) * 101 + (400,),
        ),
    ]


HOPELESS = _hopeless()
FRAMED = _framed()
