"""A receiver of pushed vacancies: real HTTP on loopback, which checks signatures, keeps what came and misbehaves."""

import json
import select
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook, WebhookVerificationError

TAKE, TAKE_AND_CUT, CUT, FAIL, HANG, GONE, REDIRECT, FLOOD = range(8)
FLOOD_BYTES = 50_000_000


@dataclass
class Came:
    """One request: when it began, its headers and body, and whether it was answered with a 2xx."""

    at: float
    headers: dict[str, str]
    body: bytes
    taken: bool

    @property
    def message(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def data(self) -> dict[str, Any]:
        return self.message["data"]

    @property
    def name(self) -> str:
        return self.data["external_id"]


@dataclass
class Receiver:
    """`behave(nth request)` says what to do with it. `forged` counts what no secret signed."""

    secrets: list[str] = field(default_factory=list)
    behave: Callable[[int], int] = lambda nth: TAKE
    hang_seconds: float = 4.0
    came: list[Came] = field(default_factory=list)
    forged: int = 0
    overlapping: int = 0
    flooded: int = 0
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: Counter[str] = field(default_factory=Counter)

    def verified(self, headers: dict[str, str], body: bytes) -> bool:
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            return True
        return False

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            doing = self.behave(len(self.came))
            one = Came(time.monotonic(), headers, body, doing in (TAKE, FLOOD))
            self.came.append(one)
            self.forged += not self.verified(headers, body)
            self.overlapping += self._open[one.name] > 0
            self._open[one.name] += 1
        try:
            self._answer(handler, doing)
        finally:
            with self._lock:
                self._open[one.name] -= 1

    def _answer(self, handler: BaseHTTPRequestHandler, doing: int) -> None:
        if doing == HANG:
            # Until the sender gives up: a request that nobody waits for any more is not open.
            select.select([handler.connection], [], [], self.hang_seconds)
        if doing in (CUT, TAKE_AND_CUT, HANG):
            handler.close_connection = True
            return
        status = {TAKE: 204, FLOOD: 200, FAIL: 500, GONE: 410, REDIRECT: 302}[doing]
        handler.send_response(status)
        if doing == REDIRECT:
            handler.send_header("Location", self.url + "/elsewhere")
        handler.send_header("Content-Length", str(FLOOD_BYTES if doing == FLOOD else 0))
        handler.end_headers()
        if doing == FLOOD:
            self._flood(handler)

    def _flood(self, handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        try:
            for _ in range(FLOOD_BYTES // 10_000):
                handler.wfile.write(b"x" * 10_000)
                self.flooded += 10_000
        except OSError:
            pass  # the sender has read enough


def certificate(name: str, folder: Path) -> Path:
    """A self-signed certificate of a name, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1)).not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def receiving(pem: Path | None = None, **given: Any) -> Iterator[Receiver]:
    """A receiver that listens; with a certificate by https."""
    receiver = Receiver(**given)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            receiver.take(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # a sender that was killed

    server = Server(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        receiver.url = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)  # soon told to stop
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
