"""What a night leaves behind: the run, the ranked items, the certificates, how often each vacancy was used."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Run(Base):
    """One night. Readers see only a PUBLISHED run; publishing is one update of one row."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    date: Mapped[date]
    k: Mapped[int]
    seed: Mapped[int] = mapped_column(BigInteger)
    config: Mapped[str] = mapped_column(String(32))
    watermark: Mapped[int] = mapped_column(BigInteger)  # newest vacancy revision that the night saw
    seeker_watermark: Mapped[int] = mapped_column(BigInteger)
    vacancies: Mapped[int]
    registered: Mapped[int]
    seeker_only: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snapshot: Mapped[str | None] = mapped_column(String(64))  # file name of the index that the lists were made with
    report: Mapped[dict[str, Any]] = mapped_column(JSON)


# The tables of many short rows: SQLite keeps them as one tree in the order of their key. No foreign key and no second
# index: each would cost as much as the row itself (docs/decisions/0014-rows-in-bulk.md).
NARROW = {"sqlite_with_rowid": False}


class Recommendation(Base):
    """One ranked item of one person in one run. `parts` is one byte a soft part, in the order of scoring.PARTS."""

    __tablename__ = "recommendations"
    __table_args__ = NARROW

    run_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    seeker_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(BigInteger)
    vacancy_revision: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[int] = mapped_column(SmallInteger)
    rung: Mapped[int] = mapped_column(SmallInteger)
    marks: Mapped[int] = mapped_column(SmallInteger)
    parts: Mapped[bytes] = mapped_column(LargeBinary(8))


class Shortfall(Base):
    """The certificate of a person with fewer than three: what binds, the smallest change that frees three."""

    __tablename__ = "shortfalls"

    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("runs.id"), primary_key=True)
    seeker_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    certificate: Mapped[dict[str, Any]] = mapped_column(JSON)


class Departure(Base):
    """An item of the night before that a person has no more, and why: `reason` is a place in enums.LEFT_BECAUSE."""

    __tablename__ = "departures"
    __table_args__ = NARROW

    run_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    seeker_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reason: Mapped[int] = mapped_column(SmallInteger)


class Load(Base):
    """How many people have a vacancy among their first three in one run."""

    __tablename__ = "loads"
    __table_args__ = NARROW

    run_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    people: Mapped[int]
