"""What is asked for and not found, and what is offered and finds nobody, after each night."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId
from models.enums import Labelled, LedgerSide


class LedgerCause(Labelled):
    """Why a side found nothing, where it is no single limit (see `Constraint`) that says so."""

    NONE = "NONE", "几项条件同时不符"
    RANK = "RANK", "有人符合条件，但各有更合适的岗位，或其他条件不符"


# What a cause means for each side; others are called as the limit is.
MEANINGS: Mapping[tuple[LedgerSide, str], str] = {
    (LedgerSide.WANTED, "OCCUPATION"): "没有这类岗位",
    (LedgerSide.WANTED, "PLACE"): "有这类岗位，但不在愿意去的地方",
    (LedgerSide.WANTED, "CONSENT"): "外地有这类岗位，本人没有同意去外地",
    (LedgerSide.WANTED, "PAY"): "有这类岗位，但薪酬低于期望",
    (LedgerSide.OFFERED, "OCCUPATION"): "没有人找这类工作",
    (LedgerSide.OFFERED, "PLACE"): "有人找这类工作，但不到这个地方",
    (LedgerSide.OFFERED, "EDUCATION"): "找这类工作的人学历都达不到",
    (LedgerSide.OFFERED, "PAY"): "薪酬低于所有找这类工作的人的期望",
}


class LedgerLine(Base):
    """How many people (WANTED) or vacancies (OFFERED) one night left without the other, by one cause.

    `occupation` is a code of the 2022 classification, `district` one of GB/T 2260; empty where none is known.
    """

    __tablename__ = "ledger_lines"
    __table_args__ = (Index("ix_ledger_lines_run_id_id", "run_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("runs.id", ondelete="CASCADE"))
    side: Mapped[str] = mapped_column(String(8))
    occupation: Mapped[str] = mapped_column(String(12))
    district: Mapped[str] = mapped_column(String(6))
    cause: Mapped[str] = mapped_column(String(12))
    count: Mapped[int]
