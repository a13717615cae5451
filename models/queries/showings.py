"""Who was shown a vacancy, in order of time, and who first; and how long that is kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.bulk import ROWS_A_TRANSACTION, in_turns
from models.database import Database
from models.enums import SeekerState
from models.seeker import JobSeeker
from models.showing import Showing
from models.times import start_of

# Three years: what is passed on of a person is logged for so long (网络数据安全管理条例 12), the ledger of a service
# for two (人力资源市场暂行条例 33).
KEPT_DAYS = 3 * 366


class Shown(NamedTuple):
    """One item of a list as it was told: the vacancy (`shown_vacancies`), its place in the list, the reasons."""

    vacancy: AnyRow
    rank: int
    reasons: Mapping[str, Any]


class Viewing(NamedTuple):
    """Who looked at whose list, when, and the night that the list came from, if it did."""

    client: str
    seeker_id: int
    state: str
    run_id: int | None
    at: datetime


_KEEP = insert(Showing)


def keep_showings(session: Session, viewing: Viewing, items: Iterable[Shown]) -> None:
    """Write down what a client was shown for a person, in the transaction of the caller."""
    rows = [
        {
            "vacancy_id": item.vacancy.id, "vacancy_revision": item.vacancy.revision,
            "seeker_id": viewing.seeker_id, "registered": viewing.state == SeekerState.REGISTERED,
            "released": item.vacancy.release_at <= viewing.at, "client": viewing.client, "run_id": viewing.run_id,
            "rank": item.rank, "at": viewing.at, "reasons": item.reasons,
        }
        for item in items
    ]  # fmt: skip
    if rows:
        session.connection().execute(_KEEP, rows)


def showings(session: Session, vacancy_id: int, after: int, limit: int) -> Sequence[AnyRow]:
    """Showings of a vacancy with the outside names of the people, in order of time, those after an id."""
    query = select(Showing, JobSeeker.source, JobSeeker.external_id).join(JobSeeker, JobSeeker.id == Showing.seeker_id)
    query = query.where(Showing.vacancy_id == vacancy_id, Showing.id > after)
    return session.execute(query.order_by(Showing.id).limit(limit)).all()


def showing_sums(session: Session, vacancy_id: int) -> Sequence[AnyRow]:
    """(registered, released, showings, first instant) of a vacancy, a row for each of the kinds that there were."""
    query = select(
        Showing.registered, Showing.released, func.count().label("showings"), func.min(Showing.at).label("first")
    )
    return session.execute(
        query.where(Showing.vacancy_id == vacancy_id).group_by(Showing.registered, Showing.released)
    ).all()


def expire_showings(database: Database, today: date, keep_days: int = KEPT_DAYS) -> None:
    """Remove showings of more than so many days ago, in short transactions."""
    limit = start_of(today - timedelta(days=keep_days))

    def remove(session: Session, stretch: tuple[int, int]) -> None:
        old = (Showing.id.between(*stretch), Showing.at < limit)
        session.execute(delete(Showing).where(*old), execution_options={"synchronize_session": False})

    in_turns(database, _old_stretches(database, limit), remove)


def _old_stretches(database: Database, limit: datetime) -> Iterator[tuple[int, int]]:
    """First and last id of the oldest rows, a stretch for each transaction, to the first row that is not old: rows
    are written in order of time.
    """
    last, count = 0, ROWS_A_TRANSACTION
    while count == ROWS_A_TRANSACTION:
        query = select(Showing.id, Showing.at).where(Showing.id > last).order_by(Showing.id).limit(ROWS_A_TRANSACTION)
        with database.read() as session:
            old = [row.id for row in session.execute(query) if row.at < limit]
        count = len(old)
        if old:
            last = old[-1]
            yield old[0], last
