"""Which vacancies are open, which have changed, and what one of them holds."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from models.base import AnyRow
from models.bulk import Arrays, read_arrays, read_columns
from models.duplicates import DuplicateDecision
from models.enums import Screening, VacancyStatus
from models.times import local_date, now
from models.vacancy import Employer, Vacancy

# What the engine reads; texts only to make terms of them.
ENGINE_COLUMNS = (
    Vacancy.id, Vacancy.source, Vacancy.external_id, Vacancy.revision, Vacancy.employer_id, Vacancy.cluster,
    Vacancy.title, Vacancy.skills, Vacancy.description, Vacancy.industry, Vacancy.occupation, Vacancy.kind,
    Vacancy.district, Vacancy.remote, Vacancy.certificates, Vacancy.pay_min, Vacancy.pay_max, Vacancy.education,
    Vacancy.experience, Vacancy.shift, Vacancy.night, Vacancy.minor_barred, Vacancy.valid_from, Vacancy.valid_to,
    Vacancy.release_at, Vacancy.openings, Vacancy.openings_filled,
)  # fmt: skip

# What a list tells and what it is told from.
SHOWN_COLUMNS = (
    Vacancy.id, Vacancy.source, Vacancy.external_id, Vacancy.revision, Vacancy.title, Vacancy.occupation, Vacancy.kind,
    Vacancy.pay_min, Vacancy.pay_max, Vacancy.district, Vacancy.remote, Vacancy.education, Vacancy.experience,
    Vacancy.certificates, Vacancy.skills, Vacancy.shift, Vacancy.description, Vacancy.stated, Vacancy.valid_to,
    Vacancy.release_at,
)  # fmt: skip


def is_open(on: date, of: Any = Vacancy) -> Any:
    """The condition that a vacancy may be recommended: complete, screened OK, not filled, not past its end."""
    return and_(
        of.status == VacancyStatus.OPEN.value,
        of.screening == Screening.OK.value,
        of.openings > of.openings_filled,
        or_(of.valid_to.is_(None), of.valid_to >= on),
    )


def open_vacancies(session: Session, on: date) -> Iterable[AnyRow]:
    """All open vacancies on a day, in order of id. Those that begin later are among them: the day comes."""
    return session.execute(select(*ENGINE_COLUMNS).where(is_open(on)).order_by(Vacancy.id)).yield_per(5_000)


def open_rows(session: Session, today: date) -> dict[str, Sequence[Any]]:
    """The same as `open_vacancies`: a list a column, JSON as text."""
    return read_columns(session, select(*ENGINE_COLUMNS).where(is_open(today)).order_by(Vacancy.id))


def filled(session: Session) -> Arrays:
    """The vacancies all of whose openings are filled: by id."""
    return read_arrays(session, select(Vacancy.id).where(Vacancy.openings <= Vacancy.openings_filled))


def texts(session: Session) -> Iterable[AnyRow]:
    """Title, skills, description and industry of every vacancy that is stored, open or not, in order of id."""
    columns = (Vacancy.title, Vacancy.skills, Vacancy.description, Vacancy.industry)
    return session.execute(select(*columns).order_by(Vacancy.id)).yield_per(5_000)


def open_sums(session: Session, on: date) -> tuple[int, int]:
    """How many vacancies are open on a day, and the sum of their revisions: equal sets have equal sums."""
    query = select(func.count(), func.coalesce(func.sum(Vacancy.revision), 0)).where(is_open(on))
    count, revisions = session.execute(query).one()
    return count, int(revisions)


def changes(session: Session, since: int, on: date) -> tuple[Sequence[AnyRow], Sequence[int]]:
    """What changed after a revision: the rows that are open now, in order of id, and the ids of those that are not."""
    # Sorted here: asked for in order of id, SQLite walks through all vacancies in that order, however few have changed.
    found = session.execute(select(*ENGINE_COLUMNS).where(Vacancy.revision > since, is_open(on))).all()
    opened = sorted(found, key=attrgetter("id"))
    changed = session.execute(select(Vacancy.id).where(Vacancy.revision > since)).scalars().all()
    still = {row.id for row in opened}
    return opened, [identity for identity in changed if identity not in still]


def find_vacancy(session: Session, source: str, external_id: str) -> Vacancy | None:
    """One vacancy by its outside name."""
    return session.execute(
        select(Vacancy).where(Vacancy.source == source, Vacancy.external_id == external_id)
    ).scalar_one_or_none()


def cluster_of(session: Session, vacancy_id: int) -> Sequence[Vacancy]:
    """A vacancy with all its duplicates, the oldest first."""
    own = select(Vacancy.cluster).where(Vacancy.id == vacancy_id).scalar_subquery()
    return session.execute(select(Vacancy).where(Vacancy.cluster == own).order_by(Vacancy.id)).scalars().all()


def kept_apart(session: Session, blocks: Collection[int]) -> set[frozenset[int]]:
    """The pairs, one of each in these blocks, that people said are no duplicates; the newest word on a pair stands."""
    word = DuplicateDecision
    words = (
        select(word.first_id, word.second_id, word.apart)
        .join(Vacancy, Vacancy.id == word.first_id)
        .where(Vacancy.block.in_(blocks))
        .order_by(word.id)
    )
    newest = {frozenset((row.first_id, row.second_id)): row.apart for row in session.execute(words)} if blocks else {}
    return {pair for pair, apart in newest.items() if apart}


def shown_vacancies(session: Session, ids: Iterable[int]) -> dict[int, AnyRow]:
    """What a person is shown of these vacancies, by id: SHOWN_COLUMNS, `employer` (its name), `openings_left`."""
    found = session.connection().execute(_shown_by_id(), {"ids": list(set(ids)), **counted_at(now())})
    return {row.id: row for row in found}


def shown_vacancy(session: Session, source: str, external_id: str) -> AnyRow | None:
    """The same of one vacancy by its outside name."""
    query = _shown().where(Vacancy.source == source, Vacancy.external_id == external_id)
    return session.execute(query, counted_at(now())).one_or_none()


def public_vacancy(session: Session, source: str, external_id: str, moment: datetime) -> AnyRow | None:
    """The same, if it stands open to everyone at this moment."""
    today = local_date(moment)
    begun = or_(Vacancy.valid_from.is_(None), Vacancy.valid_from <= today)
    named = and_(Vacancy.source == source, Vacancy.external_id == external_id)
    query = _shown().where(named, is_open(today), begun, Vacancy.release_at <= moment)
    return session.execute(query, counted_at(moment)).one_or_none()


def changed_vacancies(session: Session, after: int, most: int, source: str | None) -> Sequence[AnyRow]:
    """Vacancies whose revision is above one, with the employer's name and code, in the order of revisions."""
    columns = select(Vacancy, Employer.name.label("employer"), Employer.uscc.label("uscc"))
    query = columns.outerjoin(Employer, Vacancy.employer_id == Employer.id).where(Vacancy.revision > after)
    if source:
        query = query.where(Vacancy.source == source)
    return session.execute(query.order_by(Vacancy.revision).limit(most)).all()


# Every answer asks this: the statement is made once, since making and hashing it costs more than running it.
@cache
def _shown() -> Select[*tuple[Any, ...]]:
    return select(
        Vacancy, Employer.name.label("employer"), Employer.uscc.label("uscc"), _openings_left().label("openings_left")
    ).outerjoin(Employer, Vacancy.employer_id == Employer.id)


@cache
def _shown_by_id() -> Select[*tuple[Any, ...]]:
    found = select(*shown_columns()).outerjoin(Employer, Vacancy.employer_id == Employer.id)
    return found.where(Vacancy.id.in_(bindparam("ids", expanding=True)))


def shown_columns() -> tuple[Any, ...]:
    """What a person is shown of a vacancy beside its `Employer`, in a statement that is told `counted_at`."""
    return *SHOWN_COLUMNS, Employer.name.label("employer"), _openings_left().label("openings_left")


def counted_at(moment: datetime) -> dict[str, Any]:
    """The moment at which openings are counted, as the statements ask for it."""
    return {"today": local_date(moment), "moment": moment}


def _openings_left() -> ScalarSelect[int]:
    """What is left of a vacancy and of its duplicates that stand open to everyone at a moment."""
    one = aliased(Vacancy)
    today: Any = bindparam("today", type_=Vacancy.valid_to.type)
    released = one.release_at <= bindparam("moment", type_=Vacancy.release_at.type)
    counts = or_(one.id == Vacancy.id, and_(is_open(today, one), released))
    left = func.sum(one.openings - one.openings_filled).filter(one.openings > one.openings_filled)
    return (
        select(func.coalesce(left, 0))
        .where(one.cluster == Vacancy.cluster, counts)
        .correlate(Vacancy)
        .scalar_subquery()
    )
