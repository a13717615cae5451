"""What was so at a past night: a person's record, what vacancies were called, how full they were, what was shown."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.bulk import ROWS_A_TRANSACTION, Arrays, in_turns, read_arrays, read_columns
from models.database import Database
from models.enums import RunState
from models.former import FormerSeeker
from models.queries.seekers import ENGINE_COLUMNS
from models.queries.vacancies import is_open
from models.recommendation import Load, Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.showing import Showing
from models.vacancy import Vacancy

FIRST = 3  # places of a list that count as load


def seeker_at(session: Session, seeker_id: int, revision: int) -> AnyRow | None:
    """What the engine read of a person when this was the newest revision; None when that is not known (any more)."""
    present = session.execute(select(*ENGINE_COLUMNS).where(JobSeeker.id == seeker_id)).one_or_none()
    if present is None or present.revision <= revision:
        return present
    former = [getattr(FormerSeeker, column.key) for column in ENGINE_COLUMNS]
    stood = (FormerSeeker.id == seeker_id, FormerSeeker.revision <= revision, FormerSeeker.superseded > revision)
    return session.execute(select(*former).where(*stood)).one_or_none()


def forget(database: Database) -> None:
    """Remove former states of people that no stored run was made by, in short transactions."""
    with database.read() as session:
        marks = np.sort(np.array(session.execute(select(Run.seeker_watermark)).scalars().all(), np.int64))
        columns = select(FormerSeeker.id, FormerSeeker.revision, FormerSeeker.superseded)
        former = read_arrays(session, columns)
    seen = np.searchsorted(marks, former["superseded"]) > np.searchsorted(marks, former["revision"])
    keys = np.stack([former["id"], former["revision"]], axis=1)[~seen].tolist()
    table = FormerSeeker.__table__
    statement = delete(table).where(table.c.id == bindparam("of"), table.c.revision == bindparam("at"))  # type: ignore[arg-type]

    def remove(session: Session, first: int) -> None:
        part = keys[first : first + ROWS_A_TRANSACTION]
        session.connection().execute(statement, [{"of": one, "at": revision} for one, revision in part])

    in_turns(database, range(0, len(keys), ROWS_A_TRANSACTION), remove)


def names(session: Session, today: date) -> dict[str, Sequence[Any]]:
    """Id, outside name, title and content hash of every open vacancy, by columns."""
    columns = (Vacancy.id, Vacancy.source, Vacancy.external_id, Vacancy.title, Vacancy.content)
    return read_columns(session, select(*columns).where(is_open(today)).order_by(Vacancy.id))


def run_before(session: Session, run_id: int) -> Run | None:
    """The published night before another one, if it is still kept."""
    earlier = select(Run).where(Run.state == RunState.PUBLISHED.value, Run.id < run_id)
    return session.execute(earlier.order_by(Run.id.desc()).limit(1)).scalar_one_or_none()


def held(session: Session, run_id: int, seeker_id: int) -> set[int]:
    """The vacancies among a person's first three in a run."""
    mine = (Recommendation.run_id == run_id, Recommendation.seeker_id == seeker_id, Recommendation.rank <= FIRST)
    return set(session.execute(select(Recommendation.vacancy_id).where(*mine)).scalars())


def certificate(session: Session, run_id: int, seeker_id: int) -> dict[str, Any] | None:
    """The certificate of a person in a run."""
    return session.execute(
        select(Shortfall.certificate).where(Shortfall.run_id == run_id, Shortfall.seeker_id == seeker_id)
    ).scalar_one_or_none()


def planned_loads(session: Session, run_id: int) -> Arrays:
    """How many people the plan of a run gave each vacancy to: those who were short with what was found for them too."""
    loads = read_arrays(session, select(Load.vacancy_id, Load.people).where(Load.run_id == run_id))
    certificates = session.execute(select(Shortfall.certificate).where(Shortfall.run_id == run_id)).scalars()
    found = np.array([one for document in certificates for one in document["found"]], np.int64)
    return {
        "vacancy_id": np.append(loads["vacancy_id"], found),
        "people": np.append(loads["people"], np.ones(len(found), np.int64)),
    }


def shown(session: Session, run_id: int, seeker_id: int) -> Sequence[Showing]:
    """What clients were shown of a person's list of a run, in order of time and rank."""
    of_list = (Showing.run_id == run_id, Showing.seeker_id == seeker_id)
    return session.execute(select(Showing).where(*of_list).order_by(Showing.at, Showing.rank)).scalars().all()
