"""Workers of a service share its connections: each listens at the address by a socket of its own."""

import socket
import subprocess
import sys
import urllib.request

import pytest
from served import environment, listeners, served


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url  # who listens depends on no database


@pytest.mark.skipif(listeners(0) is None, reason="sockets are counted in /proc")
def test_each_worker_has_a_door_of_its_own(settings, tmp_path):
    settings.database.migrate()
    with served(settings, tmp_path / "log", workers=2) as service:
        for _ in range(8):
            with urllib.request.urlopen(f"{service.url}/health/live", timeout=30) as answer:
                assert answer.status == 200
        assert listeners(service.port) == 2


def test_an_address_that_somebody_has_is_refused_in_one_line(settings, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = "from api.cli import main; main()"
        told = subprocess.run(
            [sys.executable, "-c", command, "serve", "--workers", "2", "--port", str(taken.getsockname()[1])],
            env=environment(settings), capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert told.returncode != 0
    assert "请换一个端口或地址" in told.stderr
    assert "Traceback" not in told.stderr
