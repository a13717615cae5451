"""The night: everyone gets an outcome, written under an unpublished run that one row publishes at the end."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import update

from matching.archive import Archive
from matching.certificate import Certificate
from matching.config import Config
from matching.index import Index
from matching.ladder import Ladder
from matching.loading import Ints, Loaded, Night, See, Stages, load
from matching.planner import CLASSES, Items, Plan, Report
from matching.seekers import seekers_of
from matching.serving import (
    Crew,
    Listed,
    Reach,
    Served,
    capacities,
    certificates,
    cities_of,
    looked,
    looked_further,
    plan_region,
    planned,
    reach_of,
    report_of,
    serve,
)
from models import times
from models.bulk import Columns, write_columns
from models.database import Database
from models.enums import RUNGS, RunState, SeekerState
from models.errors import Conflict, ZhipeiError
from models.queries import runs
from models.queries.ledger import refresh_ledger
from models.queries.showings import expire_showings
from models.recommendation import Departure, Recommendation, Run, Shortfall
from models.times import local_date

KEEP_DAYS = 40  # a run, its lists and the index that they were made with
BY_CLASS = ("people", "short", "over")  # figures of a plan that are given by serving class


class PromiseBroken(ZhipeiError):
    """The sum does not hold: somebody has no outcome, or two. The run stays unpublished."""

    title = "承诺未达成：不是每个人都恰有一个结果"
    exit_code = 3


class Alone:
    """The crew of one machine: this process, with threads."""

    def __init__(self, database: Database, night: Night, loaded: Loaded, stages: Stages) -> None:
        self._database, self._night, self._loaded, self._stages = database, night, loaded, stages
        with stages.measure("match"):
            self._ladder = Ladder(loaded.people.known, loaded.index, night.config, night.now)
        self._city, self._places = cities_of(loaded.index), capacities(loaded.index, loaded.before, night.config)
        self._listed: Listed

    def look(self, k: int) -> None:
        """See `Crew`."""
        night, people = self._night, len(self._loaded.people.id)
        self._listed = looked(
            self._ladder, self._loaded.before, k, night.workers, lambda done: night.progress(done, people)
        )

    def ask(self, people: Ints, k: int, open_rows: NDArray[np.bool_] | None) -> None:
        """See `Crew`."""
        listed = self._listed
        found = looked_further(
            self._ladder.among(people), listed.offers.of(people), k, self._night.workers, open_rows
        )  # fmt: skip
        self._listed = Listed(listed.people, listed.offers.replaced(people, found))

    def reach(self) -> Reach:
        """See `Crew`."""
        return reach_of(self._listed, self._city)

    def plans(self, region: Ints, held: Items | None) -> Iterator[tuple[Ints, Plan]]:
        """See `Crew`."""
        for number in np.unique(region[region >= 0]):
            members = np.flatnonzero(region == number)
            own = held and held.of(members)
            yield members, plan_region(self._listed.of(members), own, self._places, self._night.config.plan)

    def serving(self) -> NDArray[np.int8]:
        """See `Crew`."""
        return self._listed.people.serving

    def write(self, run_id: int, done: Plan) -> None:
        """See `Crew`."""
        loaded, night, index = self._loaded, self._night, self._loaded.index
        with ThreadPoolExecutor(1) as aside:  # whoever writes rests between transactions
            certified = aside.submit(certificates, self._ladder, done.items, night.workers)
            with self._stages.measure("write"):
                served = serve(self._ladder, done.items, self._listed.offers, night.k, night.workers)
                items = item_rows(run_id, loaded.people.id, served, index, night.config)
                write_columns(self._database, Recommendation, items)
                left = left_rows(run_id, loaded.people.id, loaded.before.row, done.left, index)
                write_columns(self._database, Departure, left)
            with self._stages.measure("certificates"):  # what is left to do of them
                short = shortfall_rows(run_id, loaded.people.id, certified.result(), index)
                write_columns(self._database, Shortfall, short)


@dataclass(frozen=True, slots=True)
class Hire:
    """Who is hired to do the work on people, and how they see people."""

    crew: Callable[[Database, Night, Loaded, Stages], Crew]
    see: See


ALONE = Hire(Alone, seekers_of)


def run_night(database: Database, night: Night, hire: Hire = ALONE) -> tuple[int, Stages]:
    """The id of the published run. Conflict when another night is running; PromiseBroken when the sum fails.

    A killed night leaves an unpublished run, which this one removes; the lists are those of an undisturbed night,
    whoever is hired to make them.
    """
    stages = Stages()
    with database.exclusive("nightly") as alone:
        if not alone:
            raise Conflict("另一个夜间批次正在运行")
        with stages.measure("clean up"):
            _disown(database)
            runs.remove_unpublished(database)
            runs.expire_runs(database, local_date(night.now), KEEP_DAYS)
            expire_showings(database, local_date(min(night.now, times.now())))  # a night of another day keeps them, too
            _clear(database, night)
        loaded = load(database, night, hire.see, stages)
        run_id = _begin(database, night, loaded)
        crew = hire.crew(database, night, loaded, stages)
        places = capacities(loaded.index, loaded.before, night.config)
        with stages.measure("match"):
            crew.look(night.candidates)
        with stages.measure("plan"):
            done = planned(crew, len(loaded.people.id), loaded.index, places, night.candidates)
        crew.write(run_id, done)
        with stages.measure("write"):
            write_columns(database, Departure, _of_run(run_id, loaded.gone))
        with stages.measure("prove and publish"):
            _publish(database, run_id, loaded, report_of(crew, done, places), stages)
        with stages.measure("ledger"):
            refresh_ledger(database, run_id, loaded.people.demands)
    return run_id, stages


def _disown(database: Database) -> None:
    """Close the runs of killed nights: a task of a cluster that outlived its night must not write behind the broom."""
    with database.write() as session:
        writing = update(Run).where(Run.state == RunState.WRITING.value)
        session.execute(writing.values(state=RunState.EXPIRED.value))


def _clear(database: Database, night: Night) -> None:
    """Remove what was kept of nights that are gone."""
    if night.archive:
        with database.read() as session:
            named = runs.snapshots(session)
        Archive(night.archive).clear(named)


def _begin(database: Database, night: Night, loaded: Loaded) -> int:
    states = loaded.people.states
    run = Run(
        state=RunState.WRITING.value, date=local_date(night.now), k=night.k, seed=night.config.seed,
        config=night.config.identity, watermark=loaded.index.watermark, seeker_watermark=loaded.people.mark,
        vacancies=len(loaded.index),
        registered=states[SeekerState.REGISTERED], seeker_only=states[SeekerState.SEEKER_ONLY],
        started_at=night.now, published_at=None, snapshot=loaded.kept,
        report={"mark": secrets.token_hex(8)},  # no other run has it, whatever number it is given
    )  # fmt: skip
    with database.write() as session:
        session.add(run)
        session.flush()
        return run.id


def item_rows(run_id: int, ids: Ints, served: Served, index: Index, config: Config) -> Columns:
    """The items that some people get, as columns; `ids` has an id a person."""
    rungs = np.array([RUNGS.index(rung) for rung in config.ladder], np.int16)
    return {
        "run_id": np.full(len(served.row), run_id), "seeker_id": ids[served.person], "rank": served.rank,
        "vacancy_id": index.facts.id[served.row], "vacancy_revision": index.facts.revision[served.row],
        "score": served.score, "rung": rungs[served.level], "marks": served.marks, "parts": served.parts,
    }  # fmt: skip


def shortfall_rows(run_id: int, ids: Ints, short: Mapping[int, Certificate], index: Index) -> Columns:
    """The certificates of some people, given by number, as columns."""
    return {
        "run_id": [run_id] * len(short),
        "seeker_id": ids[np.fromiter(short, np.int64, len(short))].tolist(),
        "certificate": [certificate_document(found, index) for found in short.values()],
    }


def left_rows(
    run_id: int, ids: Ints, had: NDArray[np.int32], left: NDArray[np.int8], index: Index
) -> dict[str, Ints]:  # fmt: skip
    """What of last night's items (`had`: index rows) left some people, as columns; `left` says why, -1: it stays."""
    person, place = np.nonzero(left >= 0)
    gone = {"seeker_id": ids[person], "vacancy_id": index.facts.id[had[person, place]]}
    return _of_run(run_id, gone | {"reason": left[person, place].astype(np.int64)})


def _of_run(run_id: int, columns: Mapping[str, Ints]) -> dict[str, Ints]:
    return {"run_id": np.full(len(columns["reason"]), run_id), **columns}


def certificate_document(certificate: Certificate, index: Index) -> dict[str, Any]:
    """A certificate as it is stored: vacancy ids found, counts by constraint, the change or null."""
    change = certificate.change
    return {
        "found": [int(index.facts.id[row]) for row in certificate.found],
        "held_back": {constraint.value: count for constraint, count in certificate.held_back.items()},
        "change": change and {"constraint": change.constraint.value, "value": change.value, "opens": change.opens},
    }


def _publish(database: Database, run_id: int, loaded: Loaded, figures: Report, stages: Stages) -> None:
    """Prove the sum over what is stored, then publish: one update of one row."""
    people = len(loaded.people.id)
    with database.read() as session:
        found = runs.tally(session, run_id, loaded.people.id)
    if not found.outcomes.adds_up(people):
        raise PromiseBroken(f"应有 {people} 个结果，实有 {found.outcomes}")
    runs.store_loads(database, run_id, found.loads)
    report = {
        "people": people, "senses": loaded.index.senses.identity, "with_three": found.outcomes.with_three,
        "shortfalls": found.outcomes.shortfalls, "plan": plan_document(figures),
        **asdict(stages),
    }  # fmt: skip
    published = {"state": RunState.PUBLISHED.value, "published_at": times.now(), "report": report}
    with database.write() as session:
        session.execute(update(Run).where(Run.id == run_id).values(published))


def plan_document(figures: Report) -> dict[str, Any]:
    """The figures of a plan as they are stored."""
    by_class = {name: dict(zip(map(str, CLASSES), getattr(figures, name), strict=True)) for name in BY_CLASS}
    return by_class | {
        "kept": figures.kept,
        "left": {why.value: count for why, count in figures.left.items()},
        "worth": figures.worth, "bound": figures.bound,
        "gini": round(figures.gini, 4), "coverage": round(figures.coverage, 4), "fullest": round(figures.fullest, 2),
    }  # fmt: skip
