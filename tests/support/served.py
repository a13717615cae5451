"""The service as it runs for real: a process of its own behind a socket on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from api.settings import Settings

ROOT = Path(__file__).parents[2]
STARTS_WITHIN, STOPS_WITHIN = 120, 30  # seconds
TCP, LISTENING = Path("/proc/net/tcp"), "0A"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its port, and the process that was started (the parent of its workers)."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(settings: Settings, log: Path, workers: int = 1) -> Iterator[Service]:
    """The service of these settings, ready; stopped at the end. What it logs goes to a file."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with log.open("wb") as written:
        command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(port)]
        process = subprocess.Popen(
            [*command, "--workers", str(workers)],
            cwd=settings.folder, env=environment(settings), stdout=written, stderr=written,
        )  # fmt: skip
        service = Service(port, process)
        try:
            _wait(service, workers, log)
            yield service
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOPS_WITHIN)
            process.kill()
            process.wait()


def environment(settings: Settings) -> dict[str, str]:
    """These settings and no other, whatever this process was started with."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ZHIPEI_")}
    ours = {f"ZHIPEI_{name.upper()}": str(value) for name, value in settings.model_dump(exclude_none=True).items()}
    return {**others, **ours, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def listeners(port: int) -> int | None:
    """How many sockets wait for connections at a port; None where that cannot be seen."""
    if not TCP.exists():
        return None
    rows = [line.split() for line in TCP.read_text().splitlines()[1:]]
    return sum(row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port for row in rows)


def _wait(service: Service, workers: int, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and service.process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{service.url}/health/ready", timeout=5) as answer:
            if answer.status == 200 and listeners(service.port) in (workers, None):
                return
        time.sleep(0.1)
    raise AssertionError(f"the service did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
