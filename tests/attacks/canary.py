"""Somewhere that nobody may be sent: a port that counts who comes."""

import socket
import threading


class Canary:
    """Listens on a port of this machine and counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/canary"
        self.visits = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            visitor, _ = self._socket.accept()
            with visitor:
                if visitor.recv(1) == b"!":
                    return
                self.visits += 1

    def close(self) -> int:
        """How many came, now that nobody can any more."""
        with socket.create_connection(self._socket.getsockname()) as last:
            last.sendall(b"!")
            self._thread.join()
        self._socket.close()
        return self.visits
