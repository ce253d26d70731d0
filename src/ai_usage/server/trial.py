"""A new program's trial: it migrates a copy of the database, serves it on a loopback port, and must answer health."""

import http.client
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Final

import msgspec

from ai_usage import __version__
from ai_usage.errors import UpdateError
from ai_usage.server.serving import listen, make_server
from ai_usage.server.settings import Settings
from ai_usage.server.storage.database import Database, back_up
from ai_usage.wire.messages import Health

_ANSWER_S: Final = 30.0


def run_trial(settings: Settings) -> None:
    """Do once what a start would do, on a copy; nothing of the running server is touched.

    Raises:
        AiUsageError: it cannot be done.
    """
    database = Path(settings.db_path)
    folder = database.with_name(database.name + ".trial")
    shutil.rmtree(folder, ignore_errors=True)  # of a trial that was killed
    try:
        folder.mkdir(mode=0o700)
        copy = folder / database.name
        if database.exists() and database.stat().st_size > 0:
            back_up(database, copy)
        _serve_once(msgspec.structs.replace(settings, db_path=str(copy), listen="127.0.0.1:0"))
    except OSError as error:
        raise UpdateError(f"{folder} cannot be used for a trial: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve_once(settings: Settings) -> None:
    listener = listen(settings)
    server = make_server(settings, Database(Path(settings.db_path), time.time_ns() // 1000))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="trial")
    thread.start()
    try:
        _ask(listener)
    finally:
        server.should_exit = True
        thread.join()


def _ask(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/v1/health")
        health = msgspec.json.decode(connection.getresponse().read(), type=Health)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
        raise UpdateError(f"on trial the server does not answer health: {error}") from error
    finally:
        connection.close()
    if health.version != __version__:
        raise UpdateError(f"on trial the server says that it is {health.version}, not {__version__}")
