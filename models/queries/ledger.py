"""What did a night leave unmatched on both sides, by occupation, district and cause?"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, delete, func, select, union
from sqlalchemy.orm import Session

from models.base import AnyRow
from models.bulk import insert_columns, read_arrays
from models.coded import Coded
from models.database import Database
from models.districts import city_of, current
from models.enums import Constraint, FixedWish, LedgerSide, Mobility, RunState
from models.ledger import LedgerCause, LedgerLine
from models.occupations import group
from models.queries.among import among
from models.queries.runs import PROMISED
from models.queries.vacancies import is_open
from models.recommendation import Load, Recommendation, Run, Shortfall
from models.seeker import JobSeeker
from models.vacancy import Vacancy

SIDES = [side.value for side in LedgerSide]
ANYWHERE = "*"
UNLIMITED = 99  # above every education level
NO_FLOOR = 10**9  # above every pay
PAY_PERCENT = 90  # of the floor that the pay rung still admits
JSON = json.JSONDecoder()  # `json.loads` takes twice as long: texts are many and short


class Cell(NamedTuple):
    """Where a count stands in the ledger."""

    side: str
    occupation: str
    district: str
    cause: str


class Demand(NamedTuple):
    """Who asks for a kind of work somewhere: the highest education among them, the lowest pay floor."""

    education: int
    floor: int

    def joined(self, other: Demand | None) -> Demand:
        """These people and others, if there are any."""
        return Demand(max(self.education, other.education), min(self.floor, other.floor)) if other else self


@dataclass(frozen=True, slots=True)
class Demands:
    """All that is asked for: by occupation group ('' for any) and by place (a city, a fixed county, anywhere)."""

    by_group: Mapping[str, dict[str, Demand]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, groups: Iterable[str], places: Collection[str], demand: Demand) -> None:
        """What some people ask for in common."""
        for name in ("", *groups):
            here = self.by_group[name]
            for place in places:
                here[place] = demand.joined(here.get(place))

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
        top = vacancy.pay_max if vacancy.pay_max is not None else None if vacancy.pay_min is None else NO_FLOOR
        if top is not None and top * 100 < min(demand.floor for demand in here) * PAY_PERCENT:
            return Constraint.PAY
        return LedgerCause.RANK


def refresh_ledger(database: Database, run_id: int, demands: Demands) -> int:
    """Work out the ledger of a published run and store it in the place of what was there; how many lines it has.

    `demands` is what the people of the run ask for.
    """
    with database.read() as session:
        run = session.get_one(Run, run_id)
        counts = Counter(wanted(session, run_id))
        counts.update(offered(session, run, demands))
    lines = sorted(counts.items(), key=lambda entry: (SIDES.index(entry[0].side), -entry[1], entry[0]))
    columns = {name: [getattr(cell, name) for cell, _ in lines] for name in Cell._fields}
    with database.write() as session:
        session.execute(delete(LedgerLine).where(LedgerLine.run_id == run_id))
        counted = [count for _, count in lines]
        insert_columns(session, LedgerLine, {"run_id": [run_id] * len(lines), **columns, "count": counted})
    return len(lines)


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


def offered(session: Session, run: Run, demands: Demands) -> Iterator[Cell]:
    """A cell for each open vacancy of a run that was recommended to nobody; duplicates count once."""
    query = select(*OFFERED).where(among(Vacancy.id, "unmatched"))
    for row in session.execute(query, {"unmatched": _unmatched(session, run).tolist()}):
        yield Cell(LedgerSide.OFFERED.value, row.occupation or "", _place(row), str(demands.cause(row)))


def _unmatched(session: Session, run: Run) -> NDArray[np.int64]:
    """The ids of open vacancies of whose clusters nobody was given any, the least of each cluster.

    Not one statement: PostgreSQL knows no statistics of a run that was just written, takes it for a row or two, and
    joins 70,000 vacancies with 90,000 one by one.
    """
    known = select(Vacancy.id, Vacancy.cluster).where(is_open(run.date), Vacancy.revision <= run.watermark)
    vacancies, given = read_arrays(session, known.order_by(Vacancy.id)), read_arrays(session, _recommended(run.id))
    matched = vacancies["cluster"][np.isin(vacancies["id"], given["vacancy_id"])]
    clusters, first = np.unique(vacancies["cluster"], return_index=True)
    return vacancies["id"][first[~np.isin(clusters, matched)]]


def _recommended(run_id: int) -> Select[tuple[int]]:
    """The vacancies that somebody was given: `loads` has those among the first three, so that few rows are read."""
    further = select(Recommendation.vacancy_id).where(Recommendation.run_id == run_id, Recommendation.rank > PROMISED)
    return select(union(select(Load.vacancy_id).where(Load.run_id == run_id), further).subquery().c.vacancy_id)


OFFERED = (
    Vacancy.occupation, Vacancy.district, Vacancy.remote, Vacancy.education, Vacancy.pay_min, Vacancy.pay_max,
)  # fmt: skip


def _place(row: AnyRow) -> str:
    return "" if row.remote else current(row.district or "")


def asked_for(columns: Mapping[str, Sequence[Any]]) -> Demands:
    """What people ask for, from `served_columns`. What many of them have in common is looked at once."""
    shared = {name: Coded.of(columns[name]) for name in SHARED}
    groups = shared.pop("intentions").mapped(_groups)
    shared["fixed"] = shared["fixed"].mapped(lambda text: FixedWish.PLACE in _decoded(text))
    both = Coded.combined(lambda *pair: pair, groups, Coded.combined(_places, *shared.values()))
    highest, lowest = np.full(len(both.values), -1), np.full(len(both.values), NO_FLOOR)
    np.maximum.at(highest, both.code, [UNLIMITED if level is None else level for level in columns["education"]])
    np.minimum.at(lowest, both.code, [floor or 0 for floor in columns["pay_floor"]])
    demands = Demands()
    for (wanted, where), *limits in zip(both.values, highest.tolist(), lowest.tolist(), strict=True):
        demands.add(wanted, where, Demand(*limits))
    return demands


SHARED = ("intentions", "districts", "district", "mobility", "consent_other_city", "fixed")  # by many people


def _decoded(text: str) -> Any:
    return JSON.raw_decode(text)[0]


def _groups(intentions: str) -> frozenset[str]:
    return frozenset(group(each["occupation"]) for each in _decoded(intentions) if each["occupation"])


def _places(districts: str, district: str | None, mobility: str, consent: bool, fixed: bool) -> frozenset[str]:
    """Where a person may be sent at the last rung: the whole city, unless the place is fixed; with consent anywhere."""
    if consent and not fixed:
        return frozenset({ANYWHERE})
    wanted = [current(code) for code in _decoded(districts) or filter(None, [district])]
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
