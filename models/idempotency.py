"""What was a request with an Idempotency-Key told?"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UtcDateTime


class KeptAnswer(Base):
    """What one transaction of a request was answered, written in that transaction: its name is taken once.

    A record is one part; a batch has one a chunk, numbered from 0. `digest` is of the request, keyed; `body` is
    compressed JSON; `revision` is the record's then, for its entity tag. Holds no personal data.
    """

    __tablename__ = "kept_answers"
    __table_args__ = (Index("ix_kept_answers_at", "at"),)

    client: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int] = mapped_column(SmallInteger)
    revision: Mapped[int | None] = mapped_column(BigInteger)
    body: Mapped[bytes]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
