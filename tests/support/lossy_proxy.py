"""A proxy that loses answers and cuts connections, as networks do: one request a connection, seeded faults."""

import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

HEADER_END = b"\r\n\r\n"
PATIENCE = 30.0  # seconds that either side may be silent


class Fault(StrEnum):
    """What happens to a connection."""

    NONE = "none"
    ANSWER_LOST = "answer lost"  # the request was delivered: the fault that matters most
    ANSWER_CUT = "answer cut"
    REQUEST_CUT = "request cut"
    RESET = "reset"  # before anything was delivered


HARMFUL = tuple(fault for fault in Fault if fault is not Fault.NONE)


class LossyProxy:
    """Stands before a service on loopback. `share` of the connections get a fault; `met` counts which."""

    def __init__(self, target: int, share: float, seed: int) -> None:
        self.met: Counter[Fault] = Counter()
        self._target, self._share, self._dice = target, share, random.Random(seed)
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._door.getsockname()[1]

    def serve(self) -> None:
        """Take connections until the door is shut."""
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Take no further connections."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _draw(self) -> tuple[Fault, float]:
        with self._lock:
            hit, where = self._dice.random() < self._share, self._dice.random()
            fault = self._dice.choice(HARMFUL) if hit else Fault.NONE
            self.met[fault] += 1
        return fault, where

    def _carry(self, client: socket.socket) -> None:
        fault, where = self._draw()
        client.settimeout(PATIENCE)
        with client, suppress(OSError):
            if fault is Fault.RESET:
                client.recv(1)
                _reset(client)
                return
            request = _message(client)
            with socket.create_connection(("127.0.0.1", self._target), PATIENCE) as server:
                if fault is Fault.REQUEST_CUT:
                    server.sendall(request[: int(len(request) * where)])
                    _reset(server)
                    _reset(client)
                    return
                server.sendall(request)
                answer = _message(server)
            if fault is Fault.NONE:
                client.sendall(answer)
            elif fault is Fault.ANSWER_CUT:
                client.sendall(answer[: int(len(answer) * where)])
            if fault is not Fault.NONE:
                _reset(client)


def _message(peer: socket.socket) -> bytes:
    """One HTTP message as far as it comes: its head, and as much of a body as its Content-Length says."""
    data = b""
    while HEADER_END not in data:
        data += _more(peer)
    head, _, body = data.partition(HEADER_END)
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _more(peer)
    return head + HEADER_END + body


def _more(peer: socket.socket) -> bytes:
    found = peer.recv(65_536)
    if not found:
        raise ConnectionError
    return found


def _reset(peer: socket.socket) -> None:
    """End a connection the hard way: whatever was under way is gone."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


@contextmanager
def lossy_proxy(target: int, share: float = 0.5, seed: int = 7) -> Iterator[LossyProxy]:
    """A running proxy before the service at a port."""
    proxy = LossyProxy(target, share, seed)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.close()
