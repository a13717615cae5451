"""Which receivers want to hear of vacancies, what each of them has yet to be told, and what they answered."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Subscription(Base):
    """A receiver of key-enterprise and major-project vacancies; an empty filter lets everything through.

    `cursor` is the vacancy revision up to which it has been considered. `secret` and `former_secret` (valid until
    `former_until`, after a rotation) are ciphertext. Failures in a row hold the whole subscription back until
    `not_before`. Whoever holds the `lease` alone sends, until `leased_until`; `looked_at` is when it was last taken.
    """

    __tablename__ = "subscriptions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client: Mapped[str] = mapped_column(String(64), index=True)
    url: Mapped[str] = mapped_column(String(500))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    districts: Mapped[list[str]] = mapped_column(JSON)
    occupations: Mapped[list[str]] = mapped_column(JSON)
    programs: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(12), index=True)
    reason: Mapped[str | None] = mapped_column(String(20))
    cursor: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    looked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxMessage(Base):
    """What one receiver has to be told, or was told last, of one vacancy: a newer change replaces an older one.

    `told` means that the receiver may hold the vacancy as open: only then is its end worth telling. `content` is
    the digest of what was sent last, None when it has to be sent whatever it is.
    """

    __tablename__ = "outbox_messages"
    __table_args__ = (Index("ix_outbox_messages_state_next_at", "subscription_id", "state", "next_at"),)

    subscription_id: Mapped[int] = mapped_column(BigId, ForeignKey("subscriptions.id"), primary_key=True)
    vacancy_id: Mapped[int] = mapped_column(BigId, ForeignKey("vacancies.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12))
    told: Mapped[bool]
    content: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    attempts: Mapped[int] = mapped_column(SmallInteger)
    noticed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Receipt(Base):
    """One attempt to tell one receiver of one vacancy: the HTTP status it answered, or the error instead of one."""

    __tablename__ = "receipts"
    __table_args__ = (Index("ix_receipts_subscription_id_id", "subscription_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(BigId, ForeignKey("subscriptions.id"))
    vacancy_id: Mapped[int] = mapped_column(BigId, ForeignKey("vacancies.id"), index=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str] = mapped_column(String(20))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    error: Mapped[str | None] = mapped_column(String(20))
    milliseconds: Mapped[int]
