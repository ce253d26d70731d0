"""Newer prices: over real HTTPS, into a file that only grows, and never in the way."""

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from ai_usage.cli.newer_prices import fetch_newer_prices
from ai_usage.config.https import trusted_authorities
from ai_usage.errors import AiUsageError, ServerError
from ai_usage.pricing.catalog import Catalog
from ai_usage.pricing.overlay import refresh as refresh_with
from ai_usage.pricing.price_file import PriceFile, to_day
from ai_usage.pricing.refresh import Attempt, attempt_file, last_attempt, start_refresh

TODAY = date(2026, 12, 1)
NOTHING = (sys.executable, "-c", "")


class Shop(HTTPServer):
    """A server of one answer, behind TLS."""

    status = 200
    body = b""

    @property
    def address(self) -> str:
        return f"https://localhost:{self.server_port}/prices.json"

    def sells(self, **models: dict[str, Any]) -> None:
        """Answer with a table in LiteLLM's form: ids have `_` for `-`, prices are USD per million tokens."""
        rows: dict[str, Any] = {"sample_spec": {"input_cost_per_token": 0, "mode": "one of: chat, embedding"}}
        for name, row in models.items():
            rates = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, **row}
            rows[name.replace("_", "-")] = {"litellm_provider": "anthropic", "mode": "chat", **rates}
        self.status, self.body = 200, json.dumps(rows).encode()


class Answer(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Location", "http://localhost/")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def shop(authority: trustme.CA) -> Iterator[Shop]:
    server = Shop(("localhost", 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trusted(authority_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "prices.json"


def rates(overlay: Path, model: str) -> list[tuple[str | None, float]]:
    """The input rates of the overlay's own history of a model, with their first days."""
    content = overlay.read_bytes()
    PriceFile(content, "").history(model)
    return [(entry.get("from"), entry["input"]) for entry in json.loads(content)[model]]


def refresh(overlay: Path, today: date, source: str) -> None:
    """Refresh as the program does, with the authorities that the environment names."""
    refresh_with(overlay, today, trusted_authorities(os.environ), source)


@pytest.mark.usefixtures("trusted")
def test_a_new_model_is_priced_after_a_refresh(shop: Shop, overlay: Path) -> None:
    assert Catalog(overlay=overlay).price("claude-opus-9", "claude", 0) is None
    shop.sells(claude_opus_9={"input_cost_per_token": 7e-6})
    refresh(overlay, TODAY, shop.address)
    price = Catalog(overlay=overlay).price("claude-opus-9", "claude", to_day("2026-11-01"))
    assert price is not None
    assert (price.rates.input, price.rates.cache_read, price.origin) == (
        7_000_000,
        700_000,
        "LiteLLM: claude-opus-9",
    )
    assert (overlay.stat().st_mode & 0o777, overlay.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [path.name for path in overlay.parent.iterdir()] == ["prices.json"]


@pytest.mark.usefixtures("trusted")
def test_nothing_that_was_known_is_lost_and_a_change_is_dated(shop: Shop, overlay: Path) -> None:
    shop.sells(claude_opus_9={}, claude_opus_8={})
    refresh(overlay, TODAY, shop.address)
    shop.sells(claude_opus_9={"input_cost_per_token": 3e-6})
    refresh(overlay, date(2026, 12, 5), shop.address)
    refresh(overlay, date(2026, 12, 6), shop.address)
    assert rates(overlay, "claude-opus-9") == [(None, 1), ("2026-12-05", 3)]
    assert rates(overlay, "claude-opus-8") == [(None, 1)]


@pytest.mark.usefixtures("trusted")
def test_a_later_price_cut_of_a_packaged_model_is_noticed(shop: Shop, overlay: Path) -> None:
    shop.sells(claude_opus_4_8={"input_cost_per_token": 5e-6})
    refresh(overlay, TODAY, shop.address)
    shop.sells(claude_opus_4_8={"input_cost_per_token": 4e-6})
    refresh(overlay, date(2026, 12, 5), shop.address)
    catalog = Catalog(overlay=overlay)
    found = [catalog.price("claude-opus-4-8", "claude", to_day(day)) for day in ("2026-12-04", "2026-12-05")]
    assert [price and price.rates.input for price in found] == [5_000_000, 4_000_000]


@pytest.mark.usefixtures("trusted")
def test_what_is_known_under_its_plain_name_is_not_added_under_a_dated_one(shop: Shop, overlay: Path) -> None:
    shop.sells(claude_opus_4_6_20991231={}, claude_opus_9_20991231={})
    refresh(overlay, TODAY, shop.address)
    assert PriceFile(overlay.read_bytes(), "").models() == ["claude-opus-9-20991231"]


@pytest.mark.usefixtures("trusted")
def test_a_change_that_was_dated_by_a_clock_ahead_is_dated_again(shop: Shop, overlay: Path) -> None:
    for today, usd in ((TODAY, 1), (date(2027, 5, 1), 2), (date(2026, 12, 2), 2), (date(2026, 12, 3), 2)):
        shop.sells(claude_opus_9={"input_cost_per_token": usd / 1e6})
        refresh(overlay, today, shop.address)
    assert rates(overlay, "claude-opus-9") == [(None, 1), ("2026-12-02", 2)]


@pytest.mark.usefixtures("trusted")
def test_a_damaged_overlay_is_made_again(shop: Shop, overlay: Path) -> None:
    overlay.parent.mkdir()
    overlay.write_text('{\n"#":{"format":1},\n"x":[7]\n}\n', encoding="utf-8")
    shop.sells(claude_opus_9={})
    refresh(overlay, TODAY, shop.address)
    assert rates(overlay, "claude-opus-9") == [(None, 1)]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [(404, "", "answered 404"), (302, "", "answered 302"), (200, "<html>", "is not a table of prices"),
     (200, "[" * 100_000, "is not a table of prices"), (200, "[]", "has no prices"), (200, "{}", "has no prices")],
    ids=["missing", "redirected", "a page", "deep", "a list", "empty"],
)  # fmt: skip
def test_an_answer_that_is_not_a_table_changes_nothing(
    shop: Shop, overlay: Path, status: int, body: str, said: str
) -> None:
    shop.sells(claude_opus_9={})
    refresh(overlay, TODAY, shop.address)
    before = overlay.read_bytes()
    shop.status, shop.body = status, body.encode()
    with pytest.raises(ServerError, match=said):
        refresh(overlay, TODAY, shop.address)
    assert overlay.read_bytes() == before


@pytest.mark.usefixtures("trusted")
def test_a_row_that_is_not_a_price_does_not_spoil_the_others(shop: Shop, overlay: Path) -> None:
    wrong: list[Any] = ["1", float("nan"), float("inf"), -1, 3, [], {}, None]
    rows = {f"claude_{index}": {"input_cost_per_token": value} for index, value in enumerate(wrong)}
    odd: dict[str, Any] = {
        "claude_odd": {"tiered_pricing": 7},
        'claude"': {},
        "claude\n": {},
        "claude_9": {"mode": []},
    }
    shop.sells(**rows, **odd, claude_opus_9={})
    refresh(overlay, TODAY, shop.address)
    assert PriceFile(overlay.read_bytes(), "").models() == ["claude-opus-9"]


def test_only_https_is_asked(overlay: Path) -> None:
    with pytest.raises(ServerError, match="over https:// only"):
        refresh(overlay, TODAY, "http://localhost:1/prices.json")


def test_a_server_with_an_untrusted_certificate_is_refused(shop: Shop, overlay: Path) -> None:
    with pytest.raises(ServerError, match="prices cannot be fetched"):
        refresh(overlay, TODAY, shop.address)


@pytest.mark.usefixtures("trusted")
def test_a_folder_that_cannot_be_made_is_named(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shop.sells(claude_opus_9={})
    with pytest.raises(AiUsageError, match="cannot write"):
        refresh(tmp_path / "file" / "prices.json", TODAY, shop.address)


def wait_for(overlay: Path) -> None:
    deadline = time.monotonic() + 30
    while not overlay.exists() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.usefixtures("trusted")
def test_a_process_of_its_own_fetches_once_a_day(shop: Shop, overlay: Path) -> None:
    shop.sells(claude_opus_9={})
    now_s = time.time()
    assert fetch_newer_prices(overlay, now_s, shop.address)
    assert not fetch_newer_prices(overlay, now_s + 60, shop.address)
    wait_for(overlay)
    assert rates(overlay, "claude-opus-9") == [(None, 1)]
    assert not fetch_newer_prices(overlay, now_s + 23 * 3600, shop.address)
    assert start_refresh(overlay, now_s + 25 * 3600, NOTHING, shop.address)


def test_a_failure_is_noted_and_not_tried_again_that_day(overlay: Path) -> None:
    overlay.parent.mkdir()
    command = [sys.executable, "-m", "ai_usage.cli.newer_prices", str(overlay), "http://localhost:1/"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    attempt = last_attempt(overlay)
    assert attempt == Attempt(
        attempt_file(overlay).stat().st_mtime,
        "prices are fetched over https:// only, not from http://localhost:1/",
    )
    assert not start_refresh(overlay, attempt.at_s + 1, NOTHING)


def test_authorities_that_cannot_be_read_are_noted(overlay: Path) -> None:
    overlay.parent.mkdir()
    command = [sys.executable, "-m", "ai_usage.cli.newer_prices", str(overlay)]
    done = subprocess.run(command, env={"SSL_CERT_FILE": "/nowhere.pem"}, check=False)
    attempt = last_attempt(overlay)
    assert (done.returncode, attempt and attempt.failure) == (1, "SSL_CERT_FILE: No such file or directory")


def test_before_the_first_attempt_no_attempt_is_remembered(overlay: Path) -> None:
    assert last_attempt(overlay) is None


def test_a_clock_that_was_ahead_does_not_stop_the_fetching(overlay: Path) -> None:
    overlay.parent.mkdir()
    attempt_file(overlay).touch()
    at_s = attempt_file(overlay).stat().st_mtime
    assert start_refresh(overlay, at_s - 10, NOTHING)


def test_a_pipe_at_the_path_of_the_last_attempt_stops_no_command(overlay: Path) -> None:
    overlay.parent.mkdir()
    os.mkfifo(attempt_file(overlay))
    assert last_attempt(overlay) is None
    assert start_refresh(overlay, time.time(), NOTHING)
    assert last_attempt(overlay) is not None


def test_where_nothing_can_be_written_nothing_is_started(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not start_refresh(tmp_path / "file" / "prices.json", 0.0, NOTHING)
