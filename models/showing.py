"""Who was shown which vacancy, for whom, when, and why it was offered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Showing(Base):
    """One vacancy on the list of one person that a client looked at: rank, and the reasons as they were told.

    `registered` is whether the person was REGISTERED then, `released` whether the priority window was over.
    `run_id` is the night that the list came from, None when it was made at that moment.
    """

    __tablename__ = "showings"
    __table_args__ = (Index("ix_showings_vacancy_id_id", "vacancy_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(BigId, ForeignKey("vacancies.id"))
    vacancy_revision: Mapped[int] = mapped_column(BigInteger)
    seeker_id: Mapped[int] = mapped_column(BigId, ForeignKey("job_seekers.id", ondelete="CASCADE"), index=True)
    registered: Mapped[bool]
    released: Mapped[bool]
    client: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[int | None] = mapped_column(BigInteger)
    rank: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reasons: Mapped[dict[str, Any]] = mapped_column(JSON)
