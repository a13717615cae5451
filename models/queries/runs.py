"""Which nights there were, what one left for a person, whether its sum holds, and how long it is kept."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import ColumnElement, Select, bindparam, delete, func, select, true, update
from sqlalchemy.orm import Session

from models.base import AnyRow, Base
from models.bulk import ROWS_A_TRANSACTION, Arrays, in_turns, read_arrays, write_columns
from models.database import Database
from models.enums import RunState
from models.queries.past import forget
from models.queries.vacancies import counted_at, shown_columns
from models.recommendation import Departure, Load, Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.times import now
from models.vacancy import Employer, Vacancy

HIGHEST = 2**63 - 1  # no key of a database is above it
UNSYNCHRONISED = {"synchronize_session": False}  # nothing is loaded that would have to learn what was removed
PROMISED = 3  # vacancies, all different, that everyone gets or is told why not
ROWS_OF_A_RUN = (  # each table with the second column of its key, the first being the run
    (Recommendation, Recommendation.seeker_id),
    (Shortfall, Shortfall.seeker_id),
    (Departure, Departure.seeker_id),
    (Load, Load.vacancy_id),
)


class Outcomes(NamedTuple):
    """How the people of a run were served."""

    with_three: int
    shortfalls: int
    both: int
    partial: int  # some items but fewer than three different ones: must be 0
    missing: int = 0  # people of the night who have no outcome: must be 0

    def adds_up(self, people: int) -> bool:
        """Exactly one outcome each: three or more, or a certificate."""
        return self.with_three + self.shortfalls == people and not (self.both or self.partial or self.missing)


def latest_run(session: Session) -> Run | None:
    """The newest published night."""
    query = select(Run).where(Run.state == RunState.PUBLISHED.value).order_by(Run.id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def published_runs(session: Session, limit: int, before: int | None = None) -> Sequence[Run]:
    """Published nights, newest first, those before an id when one is given."""
    query = select(Run).where(Run.state == RunState.PUBLISHED.value).order_by(Run.id.desc()).limit(limit)
    return session.execute(query.where(Run.id < before) if before else query).scalars().all()


class Tally(NamedTuple):
    """What is stored of a run."""

    outcomes: Outcomes
    loads: Arrays  # vacancy_id, and how many people have it among their first three


def tally(session: Session, run_id: int, people: ArrayLike) -> Tally:
    """Count what is stored of a run, in one pass over its rows. `people`: the ids of those whom it owes an outcome."""
    query = select(Recommendation.seeker_id, Recommendation.vacancy_id).where(Recommendation.run_id == run_id)
    items = read_arrays(session, query.order_by(Recommendation.seeker_id, Recommendation.rank))
    certified = read_arrays(session, select(Shortfall.seeker_id).where(Shortfall.run_id == run_id))["seeker_id"]
    seeker, vacancy = items["seeker_id"], items["vacancy_id"]
    seekers, first, held = np.unique(seeker, return_index=True, return_counts=True)
    repeated = seeker[_again(seeker, vacancy, int(held.max(initial=1)))]
    different = held - np.bincount(np.searchsorted(seekers, repeated), minlength=len(seekers))
    found = Outcomes(
        with_three=int((different >= PROMISED).sum()),
        shortfalls=len(certified),
        both=int(np.isin(certified, seekers).sum()),
        partial=int((different < PROMISED).sum()),
        missing=int((~np.isin(people, seekers) & ~np.isin(people, certified)).sum()),
    )
    among_first = np.arange(len(seeker)) - np.repeat(first, held) < PROMISED
    used, people_of = np.unique(vacancy[among_first], return_counts=True)
    return Tally(found, {"vacancy_id": used, "people": people_of})


def _again(seekers: NDArray[np.int64], vacancies: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Which rows name a vacancy that the same person, whose rows follow each other, has in an earlier row."""
    again = np.zeros(len(seekers), bool)
    for step in range(1, most):
        again[step:] |= (seekers[step:] == seekers[:-step]) & (vacancies[step:] == vacancies[:-step])
    return again


def recommendations(session: Session, run_id: int, seeker_id: int) -> Sequence[Recommendation]:
    """One person's items in a run, by rank."""
    query = select(Recommendation).where(Recommendation.run_id == run_id, Recommendation.seeker_id == seeker_id)
    return session.execute(query.order_by(Recommendation.rank)).scalars().all()


def latest_list(session: Session, seeker_id: int, revision: int, k: int) -> Sequence[AnyRow]:
    """One person's first `k` items in the newest published night, by rank, each with its `run_id` and with what is
    shown of the vacancy as it stands (`vacancies.shown_columns`).

    None where the person has changed since: `revision` is that of the row as it stands.
    """
    known = {"seeker_id": seeker_id, "revision": revision, "k": k, **counted_at(now())}
    return session.connection().execute(_latest_list(), known).all()


@cache
def _latest_list() -> Select[*tuple[Any, ...]]:
    newest = select(func.max(Run.id)).where(Run.state == RunState.PUBLISHED.value).scalar_subquery()
    item = Recommendation
    return (
        select(item.run_id, item.vacancy_revision, item.score, item.rung, item.marks, item.parts, *shown_columns())
        .join(Run, Run.id == item.run_id)
        .join(Vacancy, Vacancy.id == item.vacancy_id)
        .outerjoin(Employer, Vacancy.employer_id == Employer.id)
        .where(Run.id == newest, Run.seeker_watermark >= bindparam("revision"))
        .where(item.seeker_id == bindparam("seeker_id"), item.rank <= bindparam("k"))
        .order_by(item.rank)
    )


def last_items(session: Session, run_id: int) -> Arrays:
    """All items of a run, by seeker and rank."""
    columns = (Recommendation.seeker_id, Recommendation.rank, Recommendation.vacancy_id, Recommendation.marks)
    query = select(*columns).where(Recommendation.run_id == run_id)
    return read_arrays(session, query.order_by(Recommendation.seeker_id, Recommendation.rank))


def store_loads(database: Database, run_id: int, loads: Arrays) -> None:
    """Keep how many people of a run have each vacancy among their first three."""
    write_columns(database, Load, {"run_id": np.full(len(loads["vacancy_id"]), run_id), **loads})


def recent_load(session: Session, nights: int) -> Arrays:
    """How many people had each vacancy among their first three, over the latest published nights: by vacancy_id."""
    latest = select(Run.id).where(Run.state == RunState.PUBLISHED.value).order_by(Run.id.desc()).limit(nights)
    runs = session.execute(latest).scalars().all()
    loads = read_arrays(session, select(Load.vacancy_id, Load.people).where(Load.run_id.in_(runs)))
    vacancies, places = np.unique(loads["vacancy_id"], return_inverse=True)
    people = np.bincount(places, loads["people"], len(vacancies)).astype(np.int64)
    return {"vacancy_id": vacancies, "people": people}


def departures(session: Session, run_id: int, seeker_id: int) -> Sequence[Departure]:
    """What one person had the night before and has no more."""
    query = select(Departure).where(Departure.run_id == run_id, Departure.seeker_id == seeker_id)
    return session.execute(query.order_by(Departure.vacancy_id)).scalars().all()


def unpublished(session: Session) -> Sequence[int]:
    """Runs that nobody sees: of a night that was killed, or past their time."""
    return session.execute(select(Run.id).where(Run.state != RunState.PUBLISHED.value)).scalars().all()


def remove_unpublished(database: Database) -> None:
    """Remove all runs that nobody sees, in short transactions. Only where no other night can be running."""
    with database.read() as session:
        found = unpublished(session)
    for run_id in found:
        _remove_run(database, run_id)


def expire_runs(database: Database, today: date, keep_days: int = 40) -> None:
    """Remove runs of more than so many days ago, never the newest published one. Where no other night can be running.

    One row takes a run out of sight; its rows then go in short transactions, and what is left after a kill goes next
    time. What was kept of people only for the sake of such runs goes with them.
    """
    newest = select(func.max(Run.id)).where(Run.state == RunState.PUBLISHED.value).scalar_subquery()
    old = (Run.date < today - timedelta(days=keep_days), Run.id != newest)
    with database.write() as session:
        session.execute(update(Run).where(*old).values(state=RunState.EXPIRED.value))
    remove_unpublished(database)
    forget(database)


def snapshots(session: Session) -> set[str]:
    """The names of what stored runs kept so that they can be replayed: all others may go."""
    return {name for name in session.execute(select(Run.snapshot)).scalars() if name}


def _remove_run(database: Database, run_id: int) -> None:
    for table, key in ROWS_OF_A_RUN:
        _remove_rows(database, table, key, run_id)
    with database.write() as session:
        session.execute(delete(Run).where(Run.id == run_id, Run.state != RunState.PUBLISHED.value))


def _remove_rows(database: Database, table: type[Base], key: Any, run_id: int) -> None:
    of_run = key.class_.run_id == run_id

    def remove(session: Session, stretch: tuple[int, int]) -> None:
        session.execute(delete(table).where(of_run, key.between(*stretch)), execution_options=UNSYNCHRONISED)

    in_turns(database, _stretches(database, select(key).where(of_run).order_by(key)), remove)


def _stretches(database: Database, keys: Select[int]) -> Iterator[tuple[int, int]]:
    """First and last of the keys, a stretch for each transaction, until all are covered."""
    last = 0
    while last < HIGHEST:
        with database.read() as session:
            reached = session.execute(
                keys.where(keys.selected_columns[0] > last).offset(ROWS_A_TRANSACTION - 1).limit(1)
            )
            first, last = last + 1, reached.scalar_one_or_none() or HIGHEST
        yield first, last


def shortfalls(
    session: Session, run_id: int, after: int, limit: int, people: ColumnElement[bool] | None = None
) -> Sequence[AnyRow]:
    """Certificates of a run with the outside names of the people, in order of seeker, those after a seeker id.

    `people` is a condition on `JobSeeker`: whom the reader may see.
    """
    query = (
        select(Shortfall, JobSeeker.source, JobSeeker.external_id)
        .join(JobSeeker, JobSeeker.id == Shortfall.seeker_id)
        .where(Shortfall.run_id == run_id, Shortfall.seeker_id > after, true() if people is None else people)
    )
    return session.execute(query.order_by(Shortfall.seeker_id).limit(limit)).all()
