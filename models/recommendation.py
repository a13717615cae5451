"""What a night leaves behind: the run, the ranked items, the certificates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String
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
    report: Mapped[dict[str, Any]] = mapped_column(JSON)


class Recommendation(Base):
    """One ranked item of one person in one run. `parts` is one byte a soft part, in the order of scoring.PARTS."""

    __tablename__ = "recommendations"
    __table_args__ = (Index("ix_recommendations_vacancy_id", "vacancy_id"),)

    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("runs.id"), primary_key=True)
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
