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
    with socket.create_server(("127.0.0.1", 0), backlog=512) as door, log.open("wb") as written:
        command = [sys.executable, "-m", "uvicorn", "--factory", "api.app:from_environment", "--fd", str(door.fileno())]
        process = subprocess.Popen(
            [*command, "--workers", str(workers), "--no-access-log"],
            cwd=settings.folder, env=_environment(settings), stdout=written, stderr=written, pass_fds=[door.fileno()],
        )  # fmt: skip
        service = Service(door.getsockname()[1], process)
        try:
            _wait(service, log)
            yield service
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOPS_WITHIN)
            process.kill()
            process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    """These settings and no other, whatever this process was started with."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ZHIPEI_")}
    ours = {f"ZHIPEI_{name.upper()}": str(value) for name, value in settings.model_dump(exclude_none=True).items()}
    return {**others, **ours, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def _wait(service: Service, log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and service.process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{service.url}/health/ready", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the service did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
