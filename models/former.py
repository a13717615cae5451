"""What a person's record said before it changed: what a past night went by, as long as that night is kept."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId


class FormerSeeker(Base):
    """A former state of a job seeker, in the columns that the engine reads; it stood until revision `superseded`.

    Written by a trigger of the database, whoever changes the record. It goes with the person (erasure), and when no
    stored run was made by it (`models.queries.past.forget`).
    """

    __tablename__ = "former_seekers"

    id: Mapped[int] = mapped_column(BigId, ForeignKey("job_seekers.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    superseded: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    district: Mapped[str | None] = mapped_column(String(6))
    unemployed_since: Mapped[date | None]
    kinds: Mapped[list[str]] = mapped_column(JSON)
    intentions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    skills: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    certificates: Mapped[list[str]] = mapped_column(JSON)
    education: Mapped[int | None] = mapped_column(SmallInteger)
    experience: Mapped[float | None]
    districts: Mapped[list[str]] = mapped_column(JSON)
    mobility: Mapped[str] = mapped_column(String(16))
    pay_floor: Mapped[int | None]
    shift_limits: Mapped[list[str]] = mapped_column(JSON)
    fixed: Mapped[list[str]] = mapped_column(JSON)
    labels: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    consent_other_city: Mapped[bool]
    consent_personalised: Mapped[bool]
    adult_on: Mapped[date | None]
