"""How to reach the database: one engine, a session to read, a session to write, the schema at head."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    String,
    create_engine,
    event,
    func,
    make_url,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base

BUSY_SECONDS = 10
VACANCY_REVISIONS, SEEKER_REVISIONS = "vacancies", "seekers"  # the names of the two counters


class Counter(Base):
    """A named number that only grows.

    Taking from it locks its row until commit: numbers become visible in their own order, none is skipped.
    """

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def take_revisions(session: Session, name: str, count: int) -> int:
    """The first of `count` fresh revisions from one of the two counters."""
    taken = session.execute(
        update(Counter).where(Counter.name == name).values(value=Counter.value + count).returning(Counter.value)
    ).scalar_one()
    return taken - count + 1


def hold(session: Session, name: str) -> None:
    """Let no other writer of this counter's table in until this transaction ends: what is read stays true."""
    take_revisions(session, name, 0)


def watermark(session: Session, name: str) -> int:
    """The newest revision that a counter gave out."""
    return session.execute(select(Counter.value).where(Counter.name == name)).scalar_one()


class Database:
    """One SQLite file or PostgreSQL database.

    SQLite: WAL, synchronous=FULL (a commit survives a power cut), foreign keys on, and writers take the
    lock at BEGIN: a deferred BEGIN fails at once under concurrent writers, whatever the busy timeout.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = self._sqlite() if self.is_sqlite else create_engine(parsed, pool_pre_ping=True)
        self._reading = self.engine.execution_options(reading=True)

    @property
    def path(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        return Path(self.url.database or "") if self.is_sqlite else None

    def _sqlite(self) -> Engine:
        engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def close(self) -> None:
        """Give all connections back; the next use opens new ones."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state of the data and writes nothing."""
        with Session(self._reading) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed when the block ends well, and undone otherwise."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def exclusive(self, name: str) -> Iterator[bool]:
        """Whether this process is the only one inside the block of that name. A dead process holds nothing."""
        if self.path:
            with Path(f"{self.path}.{name}.lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield False
                else:
                    yield True
        else:
            with self.engine.connect() as connection:
                key = zlib.crc32(name.encode())
                yield bool(connection.execute(select(func.pg_try_advisory_lock(key))).scalar_one())
                connection.execute(select(func.pg_advisory_unlock(key)))

    def migrate(self) -> None:
        """Bring the schema to head (Alembic; the scripts travel inside the package)."""
        from alembic import command

        command.upgrade(self._alembic(), "head")

    def at_head(self) -> bool:
        """Whether the schema is the one that this code was written for."""
        from alembic.runtime.migration import MigrationContext

        with self._reading.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current == self._head

    @cached_property
    def _head(self) -> str | None:
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self._alembic()).get_current_head()

    def _alembic(self) -> Any:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "models:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["engine"] = self.engine
        return config


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's events say BEGIN, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
