"""Which nights there were, what one left for a person, and whether its sum holds."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.enums import RunState
from models.recommendation import Recommendation, Run, Shortfall
from models.seeker import JobSeeker


class Outcomes(NamedTuple):
    """How the people of a run were served."""

    with_three: int
    shortfalls: int
    both: int
    partial: int  # some items but fewer than three: must be 0

    def adds_up(self, people: int) -> bool:
        """Exactly one outcome each: three or more, or a certificate."""
        return self.with_three + self.shortfalls == people and self.both == 0 and self.partial == 0


def latest_run(session: Session) -> Run | None:
    """The newest published night."""
    query = select(Run).where(Run.state == RunState.PUBLISHED.value).order_by(Run.id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


def published_runs(session: Session, limit: int, before: int | None = None) -> Sequence[Run]:
    """Published nights, newest first, those before an id when one is given."""
    query = select(Run).where(Run.state == RunState.PUBLISHED.value).order_by(Run.id.desc()).limit(limit)
    return session.execute(query.where(Run.id < before) if before else query).scalars().all()


def outcomes(session: Session, run_id: int) -> Outcomes:
    """Count what a run holds: one pass over its rows."""
    items = (
        select(Recommendation.seeker_id, func.count().label("held"))
        .where(Recommendation.run_id == run_id)
        .group_by(Recommendation.seeker_id)
        .subquery()
    )
    full = session.execute(select(func.count()).select_from(items).where(items.c.held >= 3)).scalar_one()
    partial = session.execute(select(func.count()).select_from(items).where(items.c.held < 3)).scalar_one()
    certified = select(Shortfall.seeker_id).where(Shortfall.run_id == run_id)
    short = session.execute(select(func.count()).select_from(certified.subquery())).scalar_one()
    both = session.execute(select(func.count()).select_from(items).where(items.c.seeker_id.in_(certified))).scalar_one()
    return Outcomes(full, short, both, partial)


def recommendations(session: Session, run_id: int, seeker_id: int) -> Sequence[Recommendation]:
    """One person's items in a run, by rank."""
    query = select(Recommendation).where(Recommendation.run_id == run_id, Recommendation.seeker_id == seeker_id)
    return session.execute(query.order_by(Recommendation.rank)).scalars().all()


def unpublished(session: Session) -> Sequence[int]:
    """Runs that a killed night left behind."""
    return session.execute(select(Run.id).where(Run.state != RunState.PUBLISHED.value)).scalars().all()


def remove_run(session: Session, run_id: int) -> None:
    """Remove an unpublished run and all its rows."""
    for table in (Recommendation, Shortfall):
        session.execute(delete(table).where(table.run_id == run_id))
    session.execute(delete(Run).where(Run.id == run_id, Run.state != RunState.PUBLISHED.value))


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
