"""What a registered person wants and offers: everything the engine may know, nothing of who it is."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId
from models.enums import ServingClass

# 12 months without work is 长期失业 for recognition (national Q&A of the ministry; domain notes 2).
LONG_WAITING_DAYS = 365


class JobSeeker(Base):
    """登记失业人员 or 求职登记人员: one row a (source, external_id). Pay floor in yuan a month.

    `adult_on` is set for minors only (the 18th birthday): it is all that matching learns of an age.
    """

    __tablename__ = "job_seekers"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_job_seekers_state", "state"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12))
    registration_kind: Mapped[str | None] = mapped_column(String(50))
    channel: Mapped[str | None] = mapped_column(String(50))
    applied_at: Mapped[date]
    district: Mapped[str | None] = mapped_column(String(6))
    unemployed_since: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    wish: Mapped[str] = mapped_column(String(16))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    intentions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    skills: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    certificates: Mapped[list[str]] = mapped_column(JSON)
    education: Mapped[int | None] = mapped_column(SmallInteger)
    graduated_at: Mapped[date | None]
    experience: Mapped[float | None]
    districts: Mapped[list[str]] = mapped_column(JSON)
    mobility: Mapped[str] = mapped_column(String(16))
    pay_floor: Mapped[int | None]
    shift_limits: Mapped[list[str]] = mapped_column(JSON)
    availability: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fixed: Mapped[list[str]] = mapped_column(JSON)
    labels: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    consent_other_city: Mapped[bool] = mapped_column(default=False)
    consent_personalised: Mapped[bool] = mapped_column(default=True)
    pension_drawn: Mapped[bool] = mapped_column(default=False)
    broker: Mapped[str | None] = mapped_column(String(64), index=True)
    adult_on: Mapped[date | None]
    stated: Mapped[dict[str, Any]] = mapped_column(JSON)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    content: Mapped[bytes] = mapped_column(LargeBinary(16))
    revision: Mapped[int] = mapped_column(BigInteger)


def serving_class(hardship: bool, unemployed_since: date | None, on: date) -> ServingClass:
    """The published serving class on a day: hardship label in force, long wait, or rotation."""
    if hardship:
        return ServingClass.HARDSHIP
    if unemployed_since is not None and (on - unemployed_since).days >= LONG_WAITING_DAYS:
        return ServingClass.LONG_WAITING
    return ServingClass.ROTATION


def in_hardship(labels: Iterable[dict[str, Any]], on: date) -> bool:
    """Whether any of a person's labels is a hardship label in force on a day."""
    return any(holds_hardship(label, on) for label in labels)


def holds_hardship(label: dict[str, Any], on: date) -> bool:
    """Whether a stored label is a hardship label (就业困难, codes H..) in force on a day."""
    if not str(label["code"]).startswith("H"):
        return False
    start, end = label.get("valid_from"), label.get("valid_to")
    return (not start or start <= on.isoformat()) and (not end or on.isoformat() <= end)
