"""What people have decided about vacancies that look like duplicates: every decision is kept, the newest stands."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class DuplicateDecision(Base):
    """One decision on two vacancies, the smaller id first: kept `apart`, the `same`, or left to their texts again."""

    __tablename__ = "duplicate_decisions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("vacancies.id", ondelete="CASCADE"), index=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("vacancies.id", ondelete="CASCADE"), index=True)
    apart: Mapped[bool]
    same: Mapped[bool] = mapped_column(default=False)
    decided_by: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
