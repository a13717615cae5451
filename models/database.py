"""How to reach the database: one engine, a session to read, a session to write, the schema at head."""

import fcntl
import json
import random
import sqlite3
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    Executable,
    String,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UtcDateTime
from models.times import now
from models.together import Together, Work

BUSY_SECONDS = 10
PAUSE = (0.001, 0.003)  # seconds between two tries for the lock of writers
# As many as a process ever has, all of them kept: to open one costs more than a request. The last used is warm.
CONNECTIONS: Mapping[str, Any] = {"pool_size": 15, "max_overflow": 0, "pool_use_lifo": True}
MARK_EVERY = timedelta(minutes=5)
_CHINESE = json.JSONEncoder(ensure_ascii=False)
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
    taken: int = session.connection().execute(_take(), {"counter": name, "count": count}).scalar_one()
    if count:
        _mark(session, name, taken - count)
    return taken - count + 1


def _mark(session: Session, name: str, revision: int) -> None:
    """Set a mark here unless the last one is young. The counter's row is held: marks are in order."""
    moment = now()
    told = {"counter": name, "here": revision, "moment": moment, "young": moment - MARK_EVERY}
    session.connection().execute(_mark_here(), told)


@lru_cache(maxsize=1)
def _take() -> Executable:
    """The statement that takes revisions: every write has it, so it is made once."""
    table = Base.metadata.tables[Counter.__tablename__]
    taken = update(table).where(table.c.name == bindparam("counter"))
    return taken.values(value=table.c.value + bindparam("count", type_=BigInteger)).returning(table.c.value)


@lru_cache(maxsize=1)
def _mark_here() -> Executable:
    mark = Base.metadata.tables[RevisionMark.__tablename__]
    name, moment = bindparam("counter", type_=String), bindparam("moment", type_=UtcDateTime)
    last = select(mark.c.at).where(mark.c.name == name).order_by(mark.c.revision.desc()).limit(1).scalar_subquery()
    is_due = func.coalesce(last < bindparam("young", type_=UtcDateTime), True)
    here = select(name, bindparam("here", type_=BigInteger), moment).where(is_due)
    return insert(mark).from_select(["name", "revision", "at"], here)


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
    return session.connection().execute(_VALUE, {"name": name}).scalar_one()


_VALUE = select(Counter.value).where(Counter.name == bindparam("name"))  # asked once a request: made once


class Database:
    """One SQLite file or PostgreSQL database.

    SQLite: WAL, synchronous=FULL (a commit survives a power cut), foreign keys on, and writers take the
    lock at BEGIN: a deferred BEGIN fails at once under concurrent writers, whatever the busy timeout.
    """

    def __init__(self, url: str | URL) -> None:
        parsed = make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = self._sqlite() if self.is_sqlite else self._postgres()
        one_state = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(reading=True, **one_state)
        no_begin = {"single": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._looking = self.engine.execution_options(reading=True, **no_begin)
        self._together = Together(self.write)

    def __reduce__(self) -> tuple[type["Database"], tuple[URL]]:
        """Another process opens connections of its own."""
        return Database, (self.url,)

    @property
    def path(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        return Path(self.url.database or "") if self.is_sqlite else None

    def _postgres(self) -> Engine:
        return create_engine(self.url, pool_pre_ping=True, json_serializer=_json, hide_parameters=True, **CONNECTIONS)

    def _sqlite(self) -> Engine:
        connect = {"timeout": BUSY_SECONDS, "check_same_thread": False}
        engine = create_engine(
            self.url, connect_args=connect, json_serializer=_json, hide_parameters=True, **CONNECTIONS
        )
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
    def look(self) -> Iterator[Connection]:
        """A connection for one statement that writes nothing: that sees one state without a transaction around it."""
        with self._looking.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose work is committed when the block ends well, and undone otherwise."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def write_together(self, work: Work) -> None:
        """Do a small work and return when it is committed; those of other threads may be in the same transaction."""
        self._together.write(work)

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
    return "[]" if value == [] else _CHINESE.encode(value)


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's events say BEGIN, not the driver
    # The log is taken into the file after 32 MB of it, not 4: a page that many commits change is written there once.
    settings = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-16384",
        "wal_autocheckpoint=8192",
    )
    for pragma in settings:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    driver: Any = connection.connection.driver_connection
    if options.get("reading", False):
        if not options.get("single", False):
            driver.execute("BEGIN")  # takes no lock and cannot wait
    elif not _lock(driver):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Any) -> bool:
    """Take the lock of writers; False when the time that a connection waits is over.

    Not SQLite's own waiting: it sleeps ever longer, so that who has waited longest has the least chance, and of eight
    that write without a pause one waits ten seconds in vain.
    """
    ((most,),) = connection.execute("PRAGMA busy_timeout")
    until = time.monotonic() + most / 1000
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    return False
                time.sleep(random.uniform(*PAUSE))  # noqa: S311
            else:
                return True
    finally:
        connection.execute(f"PRAGMA busy_timeout={most}")
