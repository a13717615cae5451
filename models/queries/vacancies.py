"""Which vacancies are open, which have changed, and what one of them holds."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.enums import Screening, VacancyStatus
from models.vacancy import Employer, Vacancy

# What the engine reads; texts only to make terms of them.
ENGINE_COLUMNS = (
    Vacancy.id, Vacancy.source, Vacancy.external_id, Vacancy.revision, Vacancy.employer_id, Vacancy.cluster,
    Vacancy.title, Vacancy.skills, Vacancy.description, Vacancy.industry, Vacancy.occupation, Vacancy.kind,
    Vacancy.district, Vacancy.remote, Vacancy.certificates, Vacancy.pay_min, Vacancy.pay_max, Vacancy.education,
    Vacancy.experience, Vacancy.shift, Vacancy.night, Vacancy.minor_barred, Vacancy.valid_from, Vacancy.valid_to,
    Vacancy.release_at,
)  # fmt: skip


def is_open(on: date) -> Any:
    """The condition that a vacancy may be recommended: complete, screened OK, not filled, not past its end."""
    return and_(
        Vacancy.status == VacancyStatus.OPEN.value,
        Vacancy.screening == Screening.OK.value,
        Vacancy.openings > Vacancy.openings_filled,
        or_(Vacancy.valid_to.is_(None), Vacancy.valid_to >= on),
    )


def open_vacancies(session: Session, on: date) -> Iterable[AnyRow]:
    """All open vacancies on a day, in order of id. Those that begin later are among them: the day comes."""
    return session.execute(select(*ENGINE_COLUMNS).where(is_open(on)).order_by(Vacancy.id)).yield_per(5_000)


def open_sums(session: Session, on: date) -> tuple[int, int]:
    """How many vacancies are open on a day, and the sum of their revisions: equal sets have equal sums."""
    query = select(func.count(), func.coalesce(func.sum(Vacancy.revision), 0)).where(is_open(on))
    count, revisions = session.execute(query).one()
    return count, int(revisions)


def changes(session: Session, since: int, on: date) -> tuple[Sequence[AnyRow], Sequence[int]]:
    """What changed after a revision: the rows that are open now, and the ids of those that are not."""
    opened = session.execute(
        select(*ENGINE_COLUMNS).where(Vacancy.revision > since, is_open(on)).order_by(Vacancy.id)
    ).all()
    changed = session.execute(select(Vacancy.id).where(Vacancy.revision > since)).scalars().all()
    still = {row.id for row in opened}
    return opened, [identity for identity in changed if identity not in still]


def find_vacancy(session: Session, source: str, external_id: str) -> Vacancy | None:
    """One vacancy by its outside name."""
    return session.execute(
        select(Vacancy).where(Vacancy.source == source, Vacancy.external_id == external_id)
    ).scalar_one_or_none()


def shown_vacancies(session: Session, ids: Iterable[int]) -> dict[int, AnyRow]:
    """What a person is shown of these vacancies, by id: the row with its employer's name."""
    found = session.execute(_shown().where(Vacancy.id.in_(set(ids))))
    return {row.Vacancy.id: row for row in found}


def shown_vacancy(session: Session, source: str, external_id: str) -> AnyRow | None:
    """The same of one vacancy by its outside name."""
    query = _shown().where(Vacancy.source == source, Vacancy.external_id == external_id)
    return session.execute(query).one_or_none()


def _shown() -> Select[*tuple[Any, ...]]:
    return select(Vacancy, Employer.name.label("employer"), Employer.uscc.label("uscc")).outerjoin(
        Employer, Vacancy.employer_id == Employer.id
    )
