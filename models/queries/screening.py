"""Which vacancies wait for a person, what was decided and objected, and which are to be screened again?"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.enums import Screening, VacancyStatus
from models.screening import ScreeningAppeal, ScreeningDecision, ScreeningRerun
from models.vacancy import Employer, Vacancy

Word = TypeVar("Word", ScreeningDecision, ScreeningAppeal)

# Key enterprises and major projects first, then whoever waits longest.
_PRIORITY = case((Vacancy.program.is_(None), 1), else_=0)


class Place(NamedTuple):
    """Where in the queue something stands."""

    priority: int
    since: datetime
    id: int


def waiting(
    session: Session, scope: ColumnElement[bool], on: date, limit: int, after: Place | None = None
) -> Sequence[AnyRow]:
    """The vacancies that need a person, with employer's name and priority: those undecided and those appealed."""
    query = (
        select(Vacancy, Employer.name.label("employer"), _PRIORITY.label("priority"))
        .outerjoin(Employer, Vacancy.employer_id == Employer.id)
        .where(Vacancy.waiting_since.is_not(None), _is_live(on), scope)
        .order_by(_PRIORITY, Vacancy.waiting_since, Vacancy.id)
        .limit(limit)
    )
    return session.execute(query.where(_behind(after)) if after else query).all()


def _behind(place: Place) -> ColumnElement[bool]:
    later = or_(Vacancy.waiting_since > place.since, and_(Vacancy.waiting_since == place.since, Vacancy.id > place.id))
    return or_(place.priority < _PRIORITY, and_(_PRIORITY.in_([place.priority]), later))


def _is_live(on: date) -> ColumnElement[bool]:
    ends = Vacancy.valid_to
    return and_(Vacancy.status.not_in([VacancyStatus.WITHDRAWN.value]), or_(ends.is_(None), ends >= on))


def live_vacancies(session: Session, on: date, after: int, limit: int) -> Sequence[Vacancy]:
    """Those that are neither withdrawn nor past their end, in order of id, after one."""
    query = select(Vacancy).where(Vacancy.id > after, _is_live(on)).order_by(Vacancy.id).limit(limit)
    return session.execute(query).scalars().all()


def decisions_of(session: Session, vacancies: Collection[int]) -> Mapping[int, list[ScreeningDecision]]:
    """Everything that was decided about these vacancies, on any text of theirs, in order."""
    query = select(ScreeningDecision).where(ScreeningDecision.vacancy_id.in_(vacancies)).order_by(ScreeningDecision.id)
    return _grouped(session.execute(query).scalars().all())


def appeals_of(session: Session, vacancies: Collection[int]) -> Mapping[int, list[ScreeningAppeal]]:
    """Every objection to these vacancies' verdicts, in order."""
    query = select(ScreeningAppeal).where(ScreeningAppeal.vacancy_id.in_(vacancies)).order_by(ScreeningAppeal.id)
    return _grouped(session.execute(query).scalars().all())


def _grouped(words: Sequence[Word]) -> Mapping[int, list[Word]]:
    found = defaultdict[int, list[Word]](list)
    for word in words:
        found[word.vacancy_id].append(word)
    return found


def open_appeal(
    vacancy: Vacancy, wording: bytes, appeals: Sequence[ScreeningAppeal], decisions: Sequence[ScreeningDecision]
) -> ScreeningAppeal | None:
    """The objection that still waits for its decision: on the text of now, which is not shown."""
    decided = {decision.appeal_id for decision in decisions if decision.effect}
    waits = [appeal for appeal in appeals if appeal.wording == wording and appeal.id not in decided]
    return waits[-1] if waits and vacancy.screening != Screening.OK else None


def standing_decisions(session: Session, source: str, names: Collection[str]) -> Mapping[Any, AnyRow]:
    """By outside name, the decisions that stand for stored texts."""
    return _standing(session, and_(Vacancy.source == source, Vacancy.external_id.in_(names)), Vacancy.external_id)


def standing_by_id(session: Session, vacancies: Collection[int]) -> Mapping[Any, AnyRow]:
    """The same by the vacancy's id."""
    return _standing(session, Vacancy.id.in_(vacancies), Vacancy.id)


def _standing(session: Session, which: ColumnElement[bool], name: Any) -> Mapping[Any, AnyRow]:
    word = ScreeningDecision
    columns = (name, word.id, word.outcome, word.reason, word.wording, word.findings)
    query = select(*columns).join(word, word.id == Vacancy.decision_id).where(which)
    return {row[0]: row for row in session.execute(query)}


def unfinished_rerun(session: Session, rules: str) -> ScreeningRerun | None:
    """The pass of these rules that was cut off, if the newest pass was."""
    newest = session.execute(select(ScreeningRerun).order_by(ScreeningRerun.id.desc()).limit(1)).scalar_one_or_none()
    return newest if newest and newest.rules == rules and newest.finished_at is None else None


def reruns(session: Session, limit: int, before: int | None = None) -> Sequence[ScreeningRerun]:
    """Passes of the rules over what is stored, newest first, those before an id when one is given."""
    query = select(ScreeningRerun).order_by(ScreeningRerun.id.desc()).limit(limit)
    return session.execute(query.where(ScreeningRerun.id < before) if before else query).scalars().all()
