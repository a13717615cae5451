"""What an employer is and what a vacancy holds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Employer(Base):
    """用人单位, known by its USCC (GB 32100) where one is given, else by the normal form of its name."""

    __tablename__ = "employers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(256), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    uscc: Mapped[str | None] = mapped_column(String(18))
    industry: Mapped[str] = mapped_column(String(200), default="")


IN_PROGRAM = text("program IS NOT NULL")


class Vacancy(Base):
    """招聘岗位: one row a (source, external_id), in the values that the engine reads.

    Pay is in yuan a month. `stated` keeps what the employer wrote wherever a value was read out of words
    (pay, openings, district, education, experience, hours), so that the record reads back as it was sent.
    `block` and `cluster` are made by `ingest.duplicates`: only vacancies of one block can be one cluster.
    """

    __tablename__ = "vacancies"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_vacancies_revision", "revision"),
        Index("ix_vacancies_program_revision", "revision", sqlite_where=IN_PROGRAM, postgresql_where=IN_PROGRAM),
        Index("ix_vacancies_cluster", "cluster"),
        Index("ix_vacancies_block", "block"),
        Index("ix_vacancies_waiting_since", "waiting_since"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(64))
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("employers.id"), index=True)
    title: Mapped[str] = mapped_column(String(100))
    occupation: Mapped[str | None] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(16))
    program: Mapped[str | None] = mapped_column(String(16))
    openings: Mapped[int]
    openings_filled: Mapped[int] = mapped_column(default=0)
    pay_unit: Mapped[str | None] = mapped_column(String(10))
    pay_min: Mapped[int | None]
    pay_max: Mapped[int | None]
    pay_base: Mapped[int | None]
    district: Mapped[str | None] = mapped_column(String(6))
    remote: Mapped[bool] = mapped_column(default=False)
    address: Mapped[str] = mapped_column(Text, default="")
    education: Mapped[int | None] = mapped_column(SmallInteger)
    experience: Mapped[float | None]
    certificates: Mapped[list[str]] = mapped_column(JSON)
    skills: Mapped[list[str]] = mapped_column(JSON)
    shift: Mapped[str | None] = mapped_column(String(12))
    night: Mapped[bool | None]
    slots: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    description: Mapped[str] = mapped_column(Text, default="")
    industry: Mapped[str] = mapped_column(String(200), default="")
    preferences: Mapped[list[str]] = mapped_column(JSON)
    contact: Mapped[str] = mapped_column(String(200), default="")
    stated: Mapped[dict[str, Any]] = mapped_column(JSON)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(20))
    screening: Mapped[str] = mapped_column(String(8))
    screening_rules: Mapped[str] = mapped_column(String(40), default="")  # the version that gave the findings
    wording: Mapped[bytes | None] = mapped_column(LargeBinary(16))  # digest of all that is screened
    decision_id: Mapped[int | None] = mapped_column(BigInteger)  # the person's word that stands for this wording
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when a person was first needed
    minor_barred: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    release_at: Mapped[datetime] = mapped_column(UtcDateTime)
    block: Mapped[int | None] = mapped_column(BigInteger)  # duplicates share one; none: stored before there were any
    cluster: Mapped[int] = mapped_column(BigInteger)  # one number for all rows of one vacancy posted again
    content: Mapped[bytes] = mapped_column(LargeBinary(16))
    revision: Mapped[int] = mapped_column(BigInteger)
