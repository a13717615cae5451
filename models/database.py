"""How to reach the database: one engine, a session to read, a session to write, the schema at head."""

import fcntl
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
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
    insert,
    literal,
    make_url,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UtcDateTime
from models.times import now

BUSY_SECONDS = 10
MARK_EVERY = timedelta(minutes=5)
VACANCY_REVISIONS, SEEKER_REVISIONS = "vacancies", "seekers"  # the names of the two counters


class Counter(Base):
    """A named number that only grows.

    Taking from it locks its row until commit: numbers become visible in their own order, none is skipped.
    """

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class RevisionMark(Base):
    """At this instant all revisions of a counter up to this one had been given out, and no later one."""

    __tablename__ = "revision_marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def take_revisions(session: Session, name: str, count: int) -> int:
    """The first of `count` fresh revisions from one of the two counters."""
    taken = session.execute(
        update(Counter).where(Counter.name == name).values(value=Counter.value + count).returning(Counter.value)
    ).scalar_one()
    if count:
        _mark(session, name, taken - count)
    return taken - count + 1


def _mark(session: Session, name: str, revision: int) -> None:
    """Set a mark here unless the last one is young. The counter's row is held: marks are in order."""
    moment, mark = now(), RevisionMark
    last = select(mark.at).where(mark.name == name).order_by(mark.revision.desc()).limit(1).scalar_subquery()
    here = select(literal(name), literal(revision, BigInteger), literal(moment, UtcDateTime))
    is_due = func.coalesce(last < moment - MARK_EVERY, True)
    session.execute(insert(mark).from_select(["name", "revision", "at"], here.where(is_due)))


def revision_at(session: Session, name: str, instant: datetime) -> int:
    """A revision that was given out before an instant, at most `MARK_EVERY` and a pause before; 0 before all marks."""
    mark = RevisionMark
    found = select(mark.revision).where(mark.name == name, mark.at <= instant).order_by(mark.revision.desc()).limit(1)
    return session.execute(found).scalar_one_or_none() or 0


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
        self.engine = self._sqlite() if self.is_sqlite else self._postgres()
        one_state = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(reading=True, **one_state)

    @property
    def path(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        return Path(self.url.database or "") if self.is_sqlite else None

    def _postgres(self) -> Engine:
        return create_engine(self.url, pool_pre_ping=True, json_serializer=_json, hide_parameters=True)

    def _sqlite(self) -> Engine:
        connect = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(self.url, connect_args=connect, json_serializer=_json, hide_parameters=True)
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
                taken = bool(connection.execute(select(func.pg_try_advisory_lock(key))).scalar_one())
                try:
                    yield taken
                finally:  # a connection that goes back to its pool would keep the lock
                    if taken:
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


def _json(value: Any) -> str:
    """The text of a JSON column: mostly an empty list, and Chinese as it is."""
    return "[]" if value == [] else json.dumps(value, ensure_ascii=False)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's events say BEGIN, not the driver
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
