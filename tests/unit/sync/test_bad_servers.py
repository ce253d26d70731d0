"""Servers, proxies and networks that misbehave: a clear text, the right error, and nothing lost."""

import gzip
import threading
import time
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import msgspec
import pytest

from ai_usage.errors import ServerError
from ai_usage.ledger.ledger import Ledger
from ai_usage.sync.ahead import Begun
from ai_usage.sync.remote import Remote
from ai_usage.sync.retrying import Patience
from ai_usage.sync.state import Status
from ai_usage.sync.transport import Identity
from ai_usage.wire.record import round_cost
from tests.flaky import relaying
from tests.machines import HASTY, TestMachine, at, many, usage, warned
from tests.servers import RunningServer, free_port, running_proxy, running_server
from tests.unit.sync.masks import HEALTHY, Answer, Handler, as_old, masked, pass_on, say_json


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Run one server for all tests here; each uses machine names of its own."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def identity(url: str, **changes: object) -> Identity:
    return Identity(url, "t" * 32, "ant", "ab" * 32, 2.0)._replace(**changes)  # type: ignore[arg-type]  # one of its fields


def complaint(answer: Answer, patience: Patience = HASTY) -> str:
    """Return what asking for the health of such a server says."""
    with masked(answer) as mask, Remote(identity(mask.url), patience) as remote:
        with pytest.raises(ServerError) as told:
            remote.health()
        return str(told.value).replace(mask.url, "URL")


def test_a_page_of_a_proxy_is_not_taken_for_an_answer() -> None:
    assert complaint(lambda handler: handler.say(200, b"<html>Sign in</html>", content_type="text/html")) == (
        "URL/v1/health did not answer as an ai-usage-server does; is a proxy in between, "
        "and is server_url right?"
    )


def test_a_proxys_error_page_is_not_printed() -> None:
    assert complaint(lambda handler: handler.say(502, b"<html><h1>Bad gateway</h1>")) == (
        "URL/v1/health: 502: refused without a reason; is a proxy in between?"
    )


def test_a_server_that_is_not_healthy_is_named_without_its_json() -> None:
    sick = msgspec.json.encode(HEALTHY | {"ok": False})
    told = complaint(lambda handler: handler.say(503, sick, retry_after="600"))

    assert told.startswith(
        "URL/v1/health: 503: the server is not healthy; its log says why; it asks to come back in 600 s"
    )


def test_a_token_does_not_follow_a_redirect() -> None:
    with masked(lambda handler: handler.say(200, b"{}")) as elsewhere:
        told = complaint(lambda handler: handler.say(308, b"", location=f"{elsewhere.url}/v1/health"))

        assert "308: redirects to" in told
        assert elsewhere.seen == []


def test_a_newer_server_says_what_to_do() -> None:
    assert complaint(lambda handler: say_json(handler, HEALTHY | {"schema_version": 2})) == (
        "URL speaks schema version 2, this program 1; run: ai-usage update"
    )


def test_an_answer_that_never_ends_is_given_up() -> None:
    def endless(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"[" * 65_536)

    assert complaint(endless) == "URL/v1/health answered with more than 64 MiB; nothing of it was used"


def test_an_answer_that_inflates_without_end_is_given_up() -> None:
    bomb = gzip.compress(b" " * (80 << 20), 9)

    assert len(bomb) < 100_000
    assert "more than 64 MiB" in complaint(lambda handler: handler.say(200, bomb, content_encoding="gzip"))


def test_an_answer_that_trickles_is_given_up() -> None:
    def trickle(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.02)

    with (
        masked(trickle) as mask,
        Remote(identity(mask.url, timeout_s=0.05), HASTY) as remote,
        pytest.raises(ServerError, match=r"was still sending after 1 s"),
    ):
        remote.health()


def test_an_answer_that_is_cut_off_is_asked_for_again_and_then_told() -> None:
    def cut(handler: Handler) -> None:
        handler.say(200, b'{"ok":', **{"content-length": "100"})
        handler.close_connection = True

    with masked(cut) as mask, Remote(identity(mask.url), HASTY) as remote:
        with pytest.raises(ServerError) as told:
            remote.health()
        assert len(mask.seen) == 2

    assert str(told.value) == (
        f"{mask.url} cannot be reached: peer closed connection without sending complete message body "
        "(received 6 bytes, expected 100); is the server running, and is sync.server_url right?"
    )


def test_a_machine_whose_name_is_a_path_reaches_no_file(tmp_path: Path) -> None:
    with running_server(tmp_path / "server") as real:
        ant = TestMachine(tmp_path / "ant", "ant", real.url, at(9))
        ant.write([usage("one", at(1))])
        ant.cycle()

        def rename(handler: Handler) -> None:
            status, body = pass_on(handler, real.url)
            handler.say(status, body.replace(b'"host_id":"ant"', b'"host_id":"../../ant"'))

        with masked(rename) as mask:
            bee = TestMachine(tmp_path / "bee", "bee", mask.url, at(9))
            done = bee.cycle()

    assert warned(done) == ["1 pulled record is set aside: invalid host_id"]
    assert done.verdicts == {}
    assert not list(tmp_path.rglob("*ant*.bin*"))


def test_a_query_is_sent_as_servers_that_decode_nothing_read_it(tmp_path: Path) -> None:
    lines: list[str] = []

    def answer(handler: Handler) -> None:
        lines.append(handler.requestline)
        say_json(handler, {"records": [], "max_seq": 7, "truncated": False})

    with masked(answer) as mask, Remote(identity(mask.url), HASTY) as remote:
        remote.pull(7, limit="5000", supported_vendors="claude,codex,gemini,kimi,omp", exclude_host="ant_1-b")
        remote.pull(7, supported_vendors="*", epoch="a&b=c%2C d", day="2026-05-18")

    assert lines == [
        "GET /v1/pull?after_seq=7&limit=5000&supported_vendors=claude,codex,gemini,kimi,omp&exclude_host=ant_1-b"
        " HTTP/1.1",
        "GET /v1/pull?after_seq=7&supported_vendors=*&epoch=a%26b%3Dc%252C+d&day=2026-05-18 HTTP/1.1",
    ]


def test_a_missing_server_is_told_with_its_url_and_the_reason() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with Remote(identity(url), HASTY) as remote, pytest.raises(ServerError) as told:
        remote.health()

    assert str(told.value) == (
        f"{url} cannot be reached: Connection refused; is the server running, and is sync.server_url right?"
    )


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(status: int) -> None:
    answers = [status, status, 200]

    def answer(handler: Handler) -> None:
        status = answers.pop(0)
        say_json(handler, HEALTHY, status)

    with masked(answer) as mask, Remote(identity(mask.url), HASTY._replace(retries=5)) as remote:
        assert remote.health().version == "4.0.0"
        assert len(mask.seen) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 501])
def test_a_lasting_failure_is_not_tried_again(status: int) -> None:
    with (
        masked(lambda handler: handler.say(status, b"no")) as mask,
        Remote(identity(mask.url), HASTY) as remote,
    ):
        with pytest.raises(ServerError, match=str(status)):
            remote.health()
        assert len(mask.seen) == 1


def test_a_failure_that_stays_is_tried_five_times_again() -> None:
    patience = Patience(first_wait_s=0.01, longest_wait_s=0.02, jitter_s=0.0)
    with (
        masked(lambda handler: handler.say(503, b"busy")) as mask,
        Remote(identity(mask.url), patience) as remote,
    ):
        with pytest.raises(ServerError, match="503: busy"):
            remote.health()
        assert len(mask.seen) == 6


def test_waiting_for_a_server_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    with masked(lambda handler: handler.say(503, b"busy")) as mask:
        remote = Remote(
            identity(mask.url),
            HASTY._replace(retries=2),
            progress=lambda what, done, total: told.append((what, done, total)),
        )
        with remote, pytest.raises(ServerError):
            remote.health()

    assert told == [("waiting for the server, try", 2, 0), ("waiting for the server, try", 3, 0)]


def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    seen: list[float] = []

    def answer(handler: Handler) -> None:
        seen.append(time.monotonic())
        if len(seen) == 1:
            handler.say(429, b"slow down", retry_after="1")
        else:
            say_json(handler, HEALTHY)

    with masked(answer) as mask, Remote(identity(mask.url), HASTY) as remote:
        remote.health()

    assert seen[1] - seen[0] >= 1


def test_a_wait_of_hours_ends_the_command_with_the_time() -> None:
    with masked(lambda handler: handler.say(503, b"closed", retry_after="7200")) as mask:
        with Remote(identity(mask.url), HASTY) as remote, pytest.raises(ServerError) as told:
            remote.health()
        assert len(mask.seen) == 1

    assert "it asks to come back in 7200 s, at 20" in str(told.value)


ABSURD_WAITS = [
    ["999999999999"],
    ["9" * 5000],
    ["Fri, 31 Dec 9999 23:59:59 GMT"],
    ["5", "999999999999"],
    ["nonsense", "999999999999"],
]
UNREADABLE_WAITS = [
    ["-1"], ["-999999999999"], ["1.5"], ["1e9"], ["inf"], ["nan"], [""], [" "], ["soon"], ["5, 7"], ["0x10"],
    ["Fri, 31 Dec 99999 23:59:59 GMT"], ["Fri, 31 Dec 9999 23:59:59 -2359"], ["Mon, 01 Jan 0001 00:00:00 +2359"],
    ["\xb2"], ["\u0663".encode().decode("latin-1")], ["0"], ["Mon, 01 Jan 1990 00:00:00 GMT"], ["-1", "soon"],
]  # fmt: skip


def say_busy(handler: Handler, waits: list[str]) -> None:
    handler.send_response(503)
    for wait in waits:
        handler.send_header("retry-after", wait)
    handler.send_header("content-length", "4")
    handler.end_headers()
    handler.wfile.write(b"busy")


@pytest.mark.parametrize("waits", ABSURD_WAITS)
def test_an_absurd_wait_ends_the_command_at_once(waits: list[str]) -> None:
    with masked(lambda handler: say_busy(handler, waits)) as mask:
        with Remote(identity(mask.url), HASTY) as remote, pytest.raises(ServerError) as told:
            remote.health()
        assert len(mask.seen) == 1

    assert str(told.value).startswith(
        f"{mask.url}/v1/health: 503: busy; it asks to come back in 3153600000 s, at 21"
    )


@pytest.mark.parametrize("waits", UNREADABLE_WAITS)
def test_a_wait_that_cannot_be_read_or_is_over_counts_for_nothing(waits: list[str]) -> None:
    with masked(lambda handler: say_busy(handler, waits)) as mask:
        with Remote(identity(mask.url), HASTY) as remote, pytest.raises(ServerError) as told:
            remote.health()
        assert len(mask.seen) == 2

    assert str(told.value) == f"{mask.url}/v1/health: 503: busy"


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +2359", "99", "", "(", "a" * 9000]
)
def test_a_date_beyond_all_clocks_gives_no_traceback(
    server: RunningServer, tmp_path: Path, date: str
) -> None:
    def answer(handler: Handler) -> None:
        status, body = pass_on(handler, server.url)
        handler.send_response_only(status)
        handler.send_header("date", date)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with masked(answer) as mask:
        ant = TestMachine(tmp_path, f"date-{abs(hash(date)) % 10**9}", mask.url, at(9))
        ant.write([usage("one", at(1))])
        done = ant.cycle()

    assert done.pushed is not None
    assert done.pushed.status is Status.CHECKED


@pytest.mark.parametrize(
    "failure", [ValueError("odd"), AssertionError("odd"), KeyError("odd"), SystemExit(3)]
)
def test_a_thread_passes_on_whatever_it_fails_with(failure: BaseException) -> None:
    def fail() -> None:
        raise failure

    with pytest.raises(type(failure)) as told:
        Begun(fail).wait()
    assert told.value is failure


def test_a_certificate_that_is_not_trusted_is_told_at_once(tmp_path: Path, server: RunningServer) -> None:
    told: list[str] = []
    with (
        running_proxy(tmp_path, server.address) as proxy,
        Remote(identity(proxy.url), HASTY._replace(retries=5), tell=told.append) as remote,
        pytest.raises(ServerError, match="its certificate is not trusted"),
    ):
        remote.health()
    assert remote.requests == 1
    assert told == []


def test_plain_http_where_tls_is_expected_is_told_at_once(server: RunningServer) -> None:
    with (
        Remote(identity(server.url.replace("http:", "https:")), HASTY._replace(retries=5)) as remote,
        pytest.raises(ServerError, match="cannot be reached"),
    ):
        remote.health()
    assert remote.requests == 1


def speak(pieces: Iterator[bytes], pause_s: float) -> Answer:
    """Answer with raw bytes, piece by piece."""

    def answer(handler: Handler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            time.sleep(pause_s)

    return answer


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), id="informational-for-ever"),
        pytest.param(repeat(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), id="hints-for-ever"),
        pytest.param(chain([b"HTTP/1.1 200 OK\r\nx-a: "], repeat(b"a")), id="headers-drip"),
        pytest.param(chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(b" ")), id="body-drips"),
        pytest.param(
            chain([b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"], repeat(b"1\r\n \r\n")),
            id="chunks-drip",
        ),
    ],
)
def test_one_deadline_holds_for_a_whole_request(pieces: Iterator[bytes]) -> None:
    before = threading.active_count()
    with masked(speak(pieces, 0.01)) as mask:
        began = time.monotonic()
        with (
            Remote(identity(mask.url, timeout_s=0.05), HASTY) as remote,
            pytest.raises(
                ServerError, match=r"/v1/health was still sending after 1 s; nothing of it was used"
            ),
        ):
            remote.health()
        assert remote.requests == 1
        while threading.active_count() > before + 1 and time.monotonic() - began < 30:
            time.sleep(0.05)
        assert threading.active_count() <= before + 1, "the thread of the request lives on"


def test_a_refused_connection_is_told_at_once_and_given_up_before_the_last_attempt() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    told: list[tuple[int, str]] = []
    remote = Remote(identity(url), tell=lambda text: told.append((remote.requests, text)))
    with remote, pytest.raises(ServerError, match="Connection refused; is the server running"):
        remote.health()

    assert told == [(1, f"{url} cannot be reached: Connection refused; trying again")]
    assert remote.requests in (4, 5), "1.1 s apart, for 5 s"


def test_an_unknown_host_is_told_at_once_and_given_up_before_the_last_attempt() -> None:
    told: list[str] = []
    with (
        Remote(identity("https://usage.invalid"), tell=told.append) as remote,
        pytest.raises(ServerError, match="cannot be reached"),
    ):
        remote.health()

    assert len(told) == 1
    assert told[0].endswith("; trying again")
    assert remote.requests <= 5


@pytest.mark.parametrize("line", ["0", "3", "999999999", "-1", "00"])
def test_a_line_outside_the_batch_names_no_record(server: RunningServer, tmp_path: Path, line: str) -> None:
    def answer(handler: Handler) -> None:
        if handler.path == "/v1/upload":
            handler.say(400, f"line {line}: invalid vendor".encode())
        else:
            handler.say(*pass_on(handler, server.url))

    with masked(answer) as mask:
        ant = TestMachine(tmp_path, f"line-{line}", mask.url, at(9))
        ant.write([usage("one", at(1)), usage("two", at(1))])
        with pytest.raises(ServerError, match="invalid vendor"):
            ant.cycle()
        with Ledger.open(ant.paths.ledger, write=False) as ledger, ledger.reading() as connection:
            assert connection.execute("SELECT count(*) FROM set_aside").fetchone() == (0,)


def test_a_wrong_token_says_that_tokens_do_not_match(server: RunningServer) -> None:
    with Remote(identity(server.url), HASTY) as remote:
        remote.health()
        with pytest.raises(ServerError) as told:
            remote.machines()

    assert str(told.value) == (
        f"{server.url}/v1/machines: 401: client and server tokens do not match; "
        "sync.token must equal the server's shared_token"
    )


def test_a_machine_that_is_not_allowed_is_named(tmp_path: Path) -> None:
    with running_server(tmp_path / "server", allowed_hosts=["bee"]) as strict:
        machine = TestMachine(tmp_path / "ant", "ant", strict.url, at(9))
        machine.write([usage("one", at(1))])

        with pytest.raises(ServerError, match="the machine_id ant is not in allowed_hosts"):
            machine.cycle()


def test_a_clock_that_is_off_is_said_and_harmless(server: RunningServer, tmp_path: Path) -> None:
    machine = TestMachine(tmp_path, "clock", server.url, time.time_ns() // 1000 + 3600 * 1_000_000)
    machine.write([usage("one", at(1))])

    done = machine.cycle()

    assert done.pushed is not None
    assert done.pushed.status is Status.CHECKED
    assert done.warnings in (
        ("this machine's clock is 60 minutes ahead of the server's",),
        ("this machine's clock is 59 minutes ahead of the server's",),
    )


def test_a_lost_answer_loses_nothing_and_doubles_nothing(server: RunningServer, tmp_path: Path) -> None:
    with relaying(server.address) as relay:
        ant = TestMachine(tmp_path / "ant", "lost-ant", relay.url, at(9))
        ant.write(list(many("x", 50, at(1), 1_000_000)))
        relay.lose = 2
        with pytest.raises(ServerError, match="cannot be reached"):
            ant.cycle()
        relay.lose = 0
        done = ant.cycle()
        bee = TestMachine(tmp_path / "bee", "lost-bee", relay.url, at(9))
        bee.cycle()

    assert done.pushed is not None
    assert done.pushed.status is Status.CHECKED
    assert bee.view("lost-ant") == ant.view("lost-ant")


@pytest.mark.parametrize("integrity", [False, True], ids=["without-integrity", "without-days"])
def test_a_server_of_the_old_kind_serves_as_well_as_it_can(tmp_path: Path, integrity: bool) -> None:
    with (
        running_server(tmp_path / "server") as real,
        masked(as_old(real.url, integrity=integrity)) as old,
    ):
        ant = TestMachine(tmp_path / "ant", "ant", old.url, at(9))
        bee = TestMachine(tmp_path / "bee", "bee", old.url, at(9))
        ant.write([*many("x", 30, at(1), 3_600_000_000), usage("o", at(2), vendor="openclaw")])
        first = ant.cycle()
        second = bee.cycle()
        ant.write([usage("late", at(1))])
        ant.cycle()
        third = bee.cycle()

    expected = Status.CHECKED if integrity else Status.UNSUPPORTED
    assert first.pushed is not None
    assert first.pushed.status is expected
    assert warned(first) == [
        "1 record is set aside, the server refuses: openclaw openclaw:message:o: the server knows no vendor openclaw"
    ]
    assert [done.verdicts["ant"].status for done in (second, third)] == [expected, expected]
    assert bee.view("ant") == [row for row in ant.view("ant") if row.vendor == "claude"]


def test_what_one_server_refused_is_offered_to_its_next_version(tmp_path: Path) -> None:
    with running_server(tmp_path / "server") as real:
        with masked(as_old(real.url, integrity=True, vendors=("claude",))) as old:
            ant = TestMachine(tmp_path / "ant", "ant", old.url, at(9))
            ant.write([usage("a", at(1)), usage("b", at(1), vendor="codex"), usage("c", at(2))])
            done = ant.cycle()
            again = ant.cycle()
        assert warned(done) == [
            "1 record is set aside, the server refuses: codex codex:message:b: invalid vendor"
        ]
        assert warned(again) == warned(done)

        def newer(handler: Handler) -> None:
            status, body = pass_on(handler, real.url)
            handler.say(status, body.replace(b'"version":"4.0.0"', b'"version":"4.0.1"'))

        with masked(newer) as new:
            ant.server_url = new.url
            last = ant.cycle()
        bee = TestMachine(tmp_path / "bee", "bee", real.url, at(9))
        bee.cycle()

    assert warned(last) == []
    assert bee.view("ant") == ant.view("ant")


def test_an_invalid_pulled_record_is_set_aside_and_the_others_stay(tmp_path: Path) -> None:
    with running_server(tmp_path / "server") as real:

        def spoil(handler: Handler) -> None:
            status, body = pass_on(handler, real.url)
            handler.say(status, body.replace(b'"claude:message:bad"', b'""'))

        ant = TestMachine(tmp_path / "ant", "ant", real.url, at(9))
        ant.write([usage("good", at(1)), usage("bad", at(1))])
        ant.cycle()
        with masked(spoil) as spoiled:
            bee = TestMachine(tmp_path / "bee", "bee", spoiled.url, at(9))
            done = bee.cycle()
            assert [row.dedup_key for row in bee.view("ant")] == ["claude:message:good"]
            assert "1 pulled record is set aside: dedup_key must not be empty" in done.warnings
            assert done.verdicts["ant"].status is Status.FAILED
        bee.server_url = real.url
        assert (
            bee.cycle().verdicts["ant"].status is Status.FAILED
        )  # the day was fetched in vain, and says the same
        proofs = bee.verify(repair=True)

    assert [proof.status for proof in proofs] == [Status.CHECKED, Status.CHECKED]
    assert bee.view("ant") == ant.view("ant")


def test_of_two_batches_on_their_way_one_may_get_lost(server: RunningServer, tmp_path: Path) -> None:
    """The second is then stored before the first; the next push sends the first again and nothing is double."""
    refused: list[bytes] = []

    def answer(handler: Handler) -> None:
        first = b'"claude:message:x-00000000"' in handler.body
        if handler.path == "/v1/upload" and first and len(refused) < 2:
            refused.append(handler.body)
            handler.say(503, b"busy")
        else:
            handler.say(*pass_on(handler, server.url))

    with masked(answer) as mask:
        ant = TestMachine(tmp_path / "ant", "two-ant", mask.url, at(9))
        ant.write(list(many("x", 3000, at(1), 1_000_000)))
        with pytest.raises(ServerError, match="503: busy"):
            ant.cycle()
        done = ant.cycle()
    bee = TestMachine(tmp_path / "bee", "two-bee", server.url, at(9))
    bee.cycle()

    assert done.pushed is not None
    assert (done.pushed.sent, done.pushed.accepted, done.pushed.status) == (3000, 2000, Status.CHECKED)
    assert bee.view("two-ant") == ant.view("two-ant")


def test_recorded_costs_travel_with_the_digits_that_every_peer_reads(
    server: RunningServer, tmp_path: Path
) -> None:
    ant = TestMachine(tmp_path / "ant", "cost-ant", server.url, at(9))
    bee = TestMachine(tmp_path / "bee", "cost-bee", server.url, at(9))
    cost = 0.1 + 0.2
    ant.write(
        [usage("c", at(1), cost_input=cost, cost_output=1e-5, cost_cache_read=0.0, cost_cache_creation=1e16)]
    )
    ant.cycle()
    done = bee.cycle()

    assert done.verdicts["cost-ant"].status is Status.CHECKED
    assert bee.view("cost-ant")[0].cost_input == round_cost(cost) == 0.3


def test_another_history_that_never_fits_ends_the_pull(tmp_path: Path) -> None:
    with running_server(tmp_path / "server") as real:

        def forgetful(handler: Handler) -> None:
            if "after_seq" in handler.path:
                handler.say(409, b"cursor belongs to another history")
            else:
                handler.say(*pass_on(handler, real.url))

        with masked(forgetful) as mask:
            ant = TestMachine(tmp_path / "ant", "ant", mask.url, at(9))
            with pytest.raises(ServerError, match="another history"):
                ant.cycle()
