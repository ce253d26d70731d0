"""The trial of a new program: migrate a copy of the database, serve it on a loopback port, and ask for health."""

import shutil
import threading
import time
from pathlib import Path

import msgspec

from ai_usage import __version__
from ai_usage.errors import UpdateError
from ai_usage.server.health import ask_health
from ai_usage.server.serving import listen, make_server
from ai_usage.server.settings import Settings
from ai_usage.server.storage.database import Database, back_up
from ai_usage.server.supervisor import Supervisor


def run_trial(settings: Settings) -> None:
    """Do once what a start does, on a copy, without affecting the running server.

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
    database = Database(Path(settings.db_path), time.time_ns() // 1000)
    server = make_server(settings, database, Supervisor({}))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="trial")
    thread.start()
    try:
        _ask(*listener.getsockname()[:2])
    finally:
        server.should_exit = True
        thread.join()


def _ask(host: str, port: int) -> None:
    try:
        health = ask_health(host, port)
    except UpdateError as error:
        raise UpdateError(f"on trial {error}") from error
    if health.version != __version__:
        raise UpdateError(f"on trial the server says that it is {health.version}, not {__version__}")
