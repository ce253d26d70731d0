"""A TCP relay in front of a server that can lose what the server answers, as networks do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Passes bytes both ways; told to, it cuts connections instead of passing answers on."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.lose = 0
        """How many of the next answers are lost: the server has acted, and the client never hears of it."""
        self._good: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def lose_after(self, answers: int) -> None:
        """Lose every answer after so many pieces of them."""
        self._good = answers

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        host, _, port = self.upstream.rpartition(":")
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            client.close()
            return
        threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
        self._pass(server, client, True)

    def _pass(self, source: socket.socket, target: socket.socket, answering: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if answering and self._loses():
                    break
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _loses(self) -> bool:
        with self._lock:
            if self._good is not None:
                self._good -= 1
                return self._good < 0
            if self.lose:
                self.lose -= 1
                return True
            return False


@contextmanager
def relaying(upstream: str) -> Iterator[Relay]:
    """Run a relay while the block lasts."""
    relay = Relay(upstream)
    try:
        yield relay
    finally:
        relay.close()
