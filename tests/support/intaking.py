"""Rows read and stored in one transaction, that of the caller: a verdict for each, in order."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ingest.files import Row
from ingest.intake import Intake, read_seekers, read_vacancies
from ingest.verdicts import Verdict


def take_vacancies(session: Session, rows: Iterable[Row], intake: Intake) -> list[Verdict]:
    """Vacancies."""
    return read_vacancies(rows, intake)(session)


def take_seekers(session: Session, rows: Iterable[Row], intake: Intake) -> list[Verdict]:
    """People."""
    return read_seekers(rows, intake)(session)
