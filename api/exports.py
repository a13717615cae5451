"""How a night leaves as a file: csv or xlsx, one line an item or a certificate."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from api.answers import certificate_text
from api.imports import inert
from matching.config import PARTS
from matching.marks import from_bits
from models.enums import RUNGS, Constraint
from models.errors import Refused
from models.recommendation import Recommendation, Shortfall
from models.seeker import JobSeeker
from models.vacancy import Employer, Vacancy

ITEM_COLUMNS = (
    "seeker_source", "seeker_id", "rank", "source", "vacancy_id", "score", "rung", "title", "employer",
    "district", "pay_min", "pay_max", *PARTS, "marks",
)  # fmt: skip
CERTIFICATE_COLUMNS = (
    "seeker_source", "seeker_id", "found", "change", "value", "opens", "text",
    *(constraint.value for constraint in Constraint if constraint is not Constraint.OPEN),
)  # fmt: skip


def item_lines(session: Session, run_id: int) -> Iterator[Sequence[Any]]:
    """Every item of a run, by seeker and rank."""
    seeker, vacancy = aliased(JobSeeker), aliased(Vacancy)
    query = (
        select(
            seeker.source.label("seeker_source"), seeker.external_id.label("seeker_id"), Recommendation.rank,
            vacancy.source, vacancy.external_id, Recommendation.score, Recommendation.rung, vacancy.title,
            Employer.name, vacancy.district, vacancy.pay_min, vacancy.pay_max, Recommendation.parts,
            Recommendation.marks,
        )
        .join(seeker, seeker.id == Recommendation.seeker_id)
        .join(vacancy, vacancy.id == Recommendation.vacancy_id)
        .outerjoin(Employer, Employer.id == vacancy.employer_id)
        .where(Recommendation.run_id == run_id)
        .order_by(seeker.source, seeker.external_id, Recommendation.rank)
    )  # fmt: skip
    for row in session.execute(query).yield_per(10_000):
        *facts, parts, marks = row
        facts[6] = RUNGS[facts[6]].value
        yield *facts, *parts, "|".join(mark.value for mark in from_bits(marks))


def certificate_lines(session: Session, run_id: int) -> Iterator[Sequence[Any]]:
    """Every certificate of a run, by seeker."""
    query = (
        select(JobSeeker.source, JobSeeker.external_id, Shortfall.certificate)
        .join(JobSeeker, JobSeeker.id == Shortfall.seeker_id)
        .where(Shortfall.run_id == run_id)
        .order_by(JobSeeker.source, JobSeeker.external_id)
    )
    for source, external_id, certificate in session.execute(query).yield_per(10_000):
        change = certificate["change"] or {"constraint": "", "value": "", "opens": ""}
        held = (certificate["held_back"].get(name, 0) for name in CERTIFICATE_COLUMNS[7:])
        yield (
            source, external_id, len(certificate["found"]), change["constraint"], change["value"],
            change["opens"], certificate_text(certificate), *held,
        )  # fmt: skip


def write_table(path: Path, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> int:
    """Write lines to a .csv or .xlsx file and say how many; text that looks like a formula stays text."""
    if path.suffix == ".csv":
        return _write_csv(path, columns, lines)
    if path.suffix == ".xlsx":
        return _write_xlsx(path, columns, lines)
    raise Refused("文件名须以 .csv 或 .xlsx 结尾")


def _write_csv(path: Path, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for count, line in enumerate(lines, 1):  # noqa: B007 - the last count is the answer
            writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in line])
    return count


def _write_xlsx(path: Path, columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> int:
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, columns)
        for count, line in enumerate(lines, 1):
            sheet.write_row(count, 0, line)
    return count
