"""How do worker processes get even shares of the connections? Each listens at the address by a socket of its own.

Of processes that wait at one socket together the first to wake takes all that have come: of sixteen connections that
were opened at once one of two workers got fifteen.
"""

import socket
from contextlib import closing


class Door:
    """The address of a service, kept for it. A worker process that is given it gets a socket of its own there.

    OSError when somebody else has the address.
    """

    def __init__(self, host: str, port: int) -> None:
        with closing(_bound(host, port, shared=False)) as probe:
            self._kept = probe.getsockname()[:2]
        self._socket = _bound(*self._kept)

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return _bound, self._kept


def _bound(host: str, port: int, shared: bool = True) -> socket.socket:
    kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    door = socket.socket(kind)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, shared)
    door.bind(address)
    return door
