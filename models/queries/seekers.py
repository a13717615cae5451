"""Whom the service serves, and what is known of them for matching."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, Text, bindparam, cast, func, select
from sqlalchemy.orm import Session

from models.bulk import read_columns
from models.enums import SERVED_STATES, SeekerState
from models.seeker import JobSeeker

# What the engine reads of a person.
ENGINE_COLUMNS = (
    JobSeeker.id, JobSeeker.source, JobSeeker.external_id, JobSeeker.revision, JobSeeker.state, JobSeeker.district,
    JobSeeker.unemployed_since, JobSeeker.kinds, JobSeeker.intentions, JobSeeker.skills, JobSeeker.certificates,
    JobSeeker.education, JobSeeker.experience, JobSeeker.districts, JobSeeker.mobility, JobSeeker.pay_floor,
    JobSeeker.shift_limits, JobSeeker.fixed, JobSeeker.labels, JobSeeker.consent_other_city,
    JobSeeker.consent_personalised, JobSeeker.adult_on,
)  # fmt: skip


# Said by exclusion: most people are served, and SQLite would take the index on states and sort all that it found.
IS_SERVED = JobSeeker.state.not_in([state.value for state in SeekerState if state not in SERVED_STATES])


def served_columns(session: Session) -> dict[str, Sequence[Any]]:
    """What the engine reads of everyone whom a night owes an outcome, in order of id, by columns; JSON as text."""
    return read_columns(session, select(*ENGINE_COLUMNS).where(IS_SERVED).order_by(JobSeeker.id))


def at_most(session: Session) -> int:
    """So many people there are at most, without counting them."""
    return session.execute(select(func.max(JobSeeker.id))).scalar() or 0


def latest_served(session: Session, most: int) -> dict[str, Sequence[Any]]:
    """The same of so many of them, those who came last."""
    return read_columns(session, select(*ENGINE_COLUMNS).where(IS_SERVED).order_by(JobSeeker.id.desc()).limit(most))


def matched_seeker(people: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The statement for what the engine reads of one of these people, by `source` and `external_id`; JSON as text."""
    columns = (cast(c, Text).label(c.key) if isinstance(c.type, JSON) else c for c in ENGINE_COLUMNS)
    source, name = JobSeeker.source == bindparam("source"), JobSeeker.external_id == bindparam("external_id")
    return select(*columns).where(source, name, people)


def find_seeker(session: Session, source: str, external_id: str) -> JobSeeker | None:
    """One person by the outside name."""
    return session.execute(
        select(JobSeeker).where(JobSeeker.source == source, JobSeeker.external_id == external_id)
    ).scalar_one_or_none()


def sources_of(session: Session, external_id: str) -> Sequence[str]:
    """The sources that know a person by this name: more than one means that the name needs its source."""
    return (
        session.execute(select(JobSeeker.source).where(JobSeeker.external_id == external_id).order_by(JobSeeker.source))
        .scalars()
        .all()
    )
