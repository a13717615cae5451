"""What did a night leave unmatched on both sides, by occupation, district and cause?"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.bulk import read_columns
from models.database import Database
from models.districts import city_of, current
from models.enums import SERVED_STATES, Constraint, LedgerSide, Mobility, RunState
from models.ledger import LedgerCause, LedgerLine
from models.occupations import group
from models.queries.vacancies import is_open
from models.recommendation import Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.vacancy import Vacancy

SIDES = [side.value for side in LedgerSide]
ANYWHERE = "*"
UNLIMITED = 99  # above every education level
PAY_PERCENT = 90  # of the floor that the pay rung still admits


class Cell(NamedTuple):
    """Where a count stands in the ledger."""

    side: str
    occupation: str
    district: str
    cause: str


@dataclass(slots=True)
class Demand:
    """Who asks for a kind of work somewhere: the highest education among them, the lowest pay floor."""

    education: int = -1
    floor: int = 10**9

    def add(self, education: int | None, floor: int | None) -> None:
        """One more person; what is unknown limits nothing."""
        self.education = max(self.education, UNLIMITED if education is None else education)
        self.floor = min(self.floor, floor or 0)


@dataclass(slots=True)
class Demands:
    """All that is asked for: by occupation group ('' for any) and by place (a city, a fixed county, anywhere)."""

    by_group: dict[str, dict[str, Demand]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, groups: Iterable[str], places: Iterable[str], education: int | None, floor: int | None) -> None:
        """One person."""
        for name in {"", *groups}:
            for place in places:
                self.by_group[name].setdefault(place, Demand()).add(education, floor)

    def cause(self, vacancy: Any) -> str:
        """Why a vacancy found nobody, the first of: nobody asks for the work, nobody there, limits of all of them."""
        name = group(vacancy.occupation) if vacancy.occupation else ""
        asked = self.by_group.get(name, {})
        if not asked:
            return Constraint.OCCUPATION
        here = list(asked.values()) if vacancy.remote else [asked[p] for p in _reached(vacancy.district) if p in asked]
        if not here:
            return Constraint.PLACE
        if vacancy.education is not None and vacancy.education > max(demand.education for demand in here):
            return Constraint.EDUCATION
        top = vacancy.pay_max if vacancy.pay_max is not None else None if vacancy.pay_min is None else 10**9
        if top is not None and top * 100 < min(demand.floor for demand in here) * PAY_PERCENT:
            return Constraint.PAY
        return LedgerCause.RANK


def refresh_ledger(database: Database, run_id: int) -> int:
    """Work out the ledger of a published run and store it in the place of what was there; how many lines it has."""
    with database.read() as session:
        run = session.get_one(Run, run_id)
        counts = Counter(wanted(session, run_id))
        counts.update(offered(session, run))
    lines = sorted(counts.items(), key=lambda entry: (SIDES.index(entry[0].side), -entry[1], entry[0]))
    rows = [{"run_id": run_id, **cell._asdict(), "count": count} for cell, count in lines]
    with database.write() as session:
        session.execute(delete(LedgerLine).where(LedgerLine.run_id == run_id))
        if rows:
            session.execute(insert(LedgerLine), rows)
    return len(rows)


def wanted(session: Session, run_id: int) -> Iterator[Cell]:
    """A cell for each person with a certificate, occupation asked for and district asked for."""
    query = (
        select(Shortfall.certificate, JobSeeker.intentions, JobSeeker.districts, JobSeeker.district)
        .join(JobSeeker, JobSeeker.id == Shortfall.seeker_id)
        .where(Shortfall.run_id == run_id)
    )
    for row in session.execute(query).yield_per(5_000):
        cause = _cause_of(row.certificate["held_back"])
        for occupation in {intention["occupation"] or "" for intention in row.intentions} or {""}:
            for district in set(row.districts) or {row.district or ""}:
                yield Cell(LedgerSide.WANTED.value, occupation, current(district), cause)


def _cause_of(held_back: Mapping[str, int]) -> str:
    """The limit that alone holds back most of what this person asks for.

    Only where no limit on the work asked for does, it is the occupation itself: there is nothing of the kind.
    """
    others = {name: count for name, count in held_back.items() if count and name != Constraint.OCCUPATION}
    if others:
        return max(others, key=lambda name: (others[name], name))
    return Constraint.OCCUPATION.value if held_back.get(Constraint.OCCUPATION) else LedgerCause.NONE.value


def offered(session: Session, run: Run) -> Iterator[Cell]:
    """A cell for each open vacancy of a run that was recommended to nobody; duplicates count once."""
    demands = asked_for(session)
    recommended = select(Recommendation.vacancy_id).where(Recommendation.run_id == run.id).distinct()
    used = set(session.execute(recommended).scalars())
    query = select(*OFFERED).where(is_open(run.date), Vacancy.revision <= run.watermark).order_by(Vacancy.id)
    rows = session.execute(query).all()
    told = {row.cluster for row in rows if row.id in used}
    for row in rows:
        if row.cluster not in told:
            told.add(row.cluster)
            yield Cell(LedgerSide.OFFERED.value, row.occupation or "", _place(row), str(demands.cause(row)))


OFFERED = (
    Vacancy.id, Vacancy.cluster, Vacancy.occupation, Vacancy.district, Vacancy.remote, Vacancy.education,
    Vacancy.pay_min, Vacancy.pay_max,
)  # fmt: skip


def _place(row: AnyRow) -> str:
    return "" if row.remote else current(row.district or "")


def asked_for(session: Session) -> Demands:
    """What all people whom a night serves ask for. Their wishes are read once for each distinct text."""
    states = [state.value for state in SERVED_STATES]
    columns = read_columns(session, select(*ASKED).where(JobSeeker.state.in_(states)))
    demands = Demands()
    seen = set(zip(*columns.values(), strict=True))
    for intentions, districts, district, mobility, fixed, consent, education, floor in seen:
        places = _places(districts, district, "place" in json.loads(fixed), mobility, consent)
        demands.add(_groups(intentions), places, education, floor)
    return demands


ASKED = (
    JobSeeker.intentions, JobSeeker.districts, JobSeeker.district, JobSeeker.mobility, JobSeeker.fixed,
    JobSeeker.consent_other_city, JobSeeker.education, JobSeeker.pay_floor,
)  # fmt: skip


@lru_cache(maxsize=65_536)
def _groups(intentions: str) -> frozenset[str]:
    return frozenset(group(each["occupation"]) for each in json.loads(intentions) if each["occupation"])


@lru_cache(maxsize=65_536)
def _places(districts: str, district: str | None, fixed: bool, mobility: str, consent: bool) -> frozenset[str]:
    """Where a person may be sent at the last rung: the whole city, unless the place is fixed; with consent anywhere."""
    if consent and not fixed:
        return frozenset({ANYWHERE})
    wanted = [current(code) for code in json.loads(districts) or filter(None, [district])]
    if fixed and mobility == Mobility.OWN_DISTRICT:
        return frozenset(wanted) or frozenset({ANYWHERE})
    return frozenset(city_of(code) or code for code in wanted) or frozenset({ANYWHERE})


@lru_cache(maxsize=8_192)
def _reached(district: str | None) -> tuple[str, ...]:
    """The places by which a vacancy may have been asked for: itself, its city, its province, anywhere."""
    code = current(district or "")
    return (ANYWHERE, code, city_of(code) or code, f"{code[:2]}0000")


def ledger_lines(
    session: Session, run_id: int, after: int, limit: int, wanted: Mapping[str, Sequence[str]]
) -> Sequence[LedgerLine]:
    """Lines of a run after an id, WANTED first, the largest counts first; `wanted` limits columns to values."""
    query = select(LedgerLine).where(LedgerLine.run_id == run_id, LedgerLine.id > after)
    for name, values in wanted.items():
        query = query.where(getattr(LedgerLine, name).in_(values))
    return session.execute(query.order_by(LedgerLine.id).limit(limit)).scalars().all()


def ledger_sums(session: Session, run_id: int) -> dict[str, dict[str, int]]:
    """What a night left by side and cause."""
    query = select(LedgerLine.side, LedgerLine.cause, func.sum(LedgerLine.count))
    query = query.where(LedgerLine.run_id == run_id).group_by(LedgerLine.side, LedgerLine.cause)
    sums: dict[str, dict[str, int]] = {side: {} for side in SIDES}
    for side, cause, count in session.execute(query.order_by(func.sum(LedgerLine.count).desc(), LedgerLine.cause)):
        sums[side][cause] = int(count)
    return sums


def latest_ledger(session: Session) -> Run | None:
    """The newest published night that has a ledger."""
    has = select(LedgerLine.id).where(LedgerLine.run_id == Run.id).exists()
    query = select(Run).where(Run.state == RunState.PUBLISHED.value, has).order_by(Run.id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()
