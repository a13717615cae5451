"""What people have decided about what screening found, who objected, and what a change of the rules changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class ScreeningDecision(Base):
    """One person's word on one text of a vacancy. Append-only: triggers refuse UPDATE and DELETE.

    `wording` is the digest of the text that was read, `findings` what was found in it by which `rules`. A word that
    does not take `effect` is the first of the two that open what the rules bar.
    """

    __tablename__ = "screening_decisions"
    __table_args__ = (Index("ix_screening_decisions_vacancy_id_wording", "vacancy_id", "wording"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancies.id"))
    wording: Mapped[bytes] = mapped_column(LargeBinary(16))
    outcome: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    effect: Mapped[bool]
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("screening_appeals.id"), index=True)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    rules: Mapped[str] = mapped_column(String(40))
    decided_by: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScreeningAppeal(Base):
    """The objection of whoever sends a vacancy, to the verdict on one text of it. Append-only like the decisions.

    It is open until a decision on it takes effect, or the text changes.
    """

    __tablename__ = "screening_appeals"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(ForeignKey("vacancies.id"), index=True)
    wording: Mapped[bytes] = mapped_column(LargeBinary(16))
    reason: Mapped[str] = mapped_column(Text)
    appealed_by: Mapped[str] = mapped_column(String(64))
    appealed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScreeningRerun(Base):
    """One pass of a version of the rules over all live vacancies: how far it has come, and what it changed."""

    __tablename__ = "screening_reruns"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    rules: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_id: Mapped[int] = mapped_column(BigId, default=0)  # everything up to this vacancy is done
    difference: Mapped[dict[str, Any]] = mapped_column(JSON)
