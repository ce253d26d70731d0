"""Start the server from its settings, and stop it without losing a request."""

import gc
import signal
import socket
import time
from pathlib import Path

import structlog
import uvicorn

from ai_usage import __version__
from ai_usage.errors import AiUsageError
from ai_usage.server.app import build_app
from ai_usage.server.auth import Proxies
from ai_usage.server.connections import Connections, most_connections
from ai_usage.server.health import ask_health
from ai_usage.server.protocol import limited
from ai_usage.server.self_update import SelfUpdate
from ai_usage.server.settings import Settings
from ai_usage.server.storage.database import Database
from ai_usage.server.supervisor import Supervisor

_KEEP_ALIVE_S = 150
"""Longer than proxies keep idle connections (Caddy 120 s, nginx 60 s): the side that sends requests closes first."""
_DRAIN_S = 25


class AddressUnusable(AiUsageError):
    """The server cannot listen on its address."""


def serve(settings: Settings, updates: SelfUpdate, supervisor: Supervisor) -> None:
    """Serve until SIGTERM, SIGINT or an update, then finish running requests and close the database.

    Raises:
        AiUsageError: it cannot start, with the reason and what to do.
    """
    log = structlog.get_logger()
    listener = listen(settings)
    database = Database(Path(settings.db_path), time.time_ns() // 1000)
    for row in database.set_aside:
        log.warning("row of the older database set aside", seq=row.seq, reason=row.reason)
    server = make_server(settings, database, supervisor)
    # Handle signals from here on, before uvicorn does; it raises them again when everything is closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)
    # Records are many small objects without references to each other: a search for cycles takes a third of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    host, port = listener.getsockname()[:2]
    log.info(
        "listening", address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}", version=__version__
    )
    updates.start(lambda: ask_health(host, port), stop=lambda: setattr(server, "should_exit", True))
    server.run(sockets=[listener])
    updates.close()
    log.info("stopped")


def make_server(settings: Settings, database: Database, supervisor: Supervisor) -> uvicorn.Server:
    """Build the HTTP server over an open database, which it closes when it ends."""
    config = uvicorn.Config(
        build_app(settings, database),
        http=limited(Connections(Proxies(settings.trusted_proxies), most_connections())),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
        callback_notify=supervisor.tell,
        timeout_notify=supervisor.every_s,
    )
    return uvicorn.Server(config)


def listen(settings: Settings) -> socket.socket:
    """Bind the address of the settings.

    Raises:
        AddressUnusable: another program has it, or this machine does not.
    """
    host, port = settings.address()
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(512)
    except OSError as error:
        raise AddressUnusable(
            f"listen: {settings.listen}: {(error.strerror or str(error)).lower()}"
        ) from error
    return listener
